/**
 * What the checks need of the outside. Adapters implement it over a cluster; tests do in memory. Every method may throw
 * CannotCheck, and that makes the result "unchecked": neither good nor bad.
 */

/** The environment did not let us find out: no rights, no answer, no such facility. */
export class CannotCheck extends Error {
  /** Stable id, also the page name of `mcpk explain`. */
  readonly code: string;
  readonly remedies: string[];
  /** True when a later try may succeed. */
  readonly transient: boolean;

  constructor(message: string, details: { code?: string; remedies?: string[]; transient?: boolean } = {}) {
    super(message);
    this.code = details.code ?? 'verify.unchecked';
    this.remedies = details.remedies ?? [];
    this.transient = details.transient ?? false;
  }
}

/** How an MCP conversation failed. */
export type McpFailureKind =
  /** Nobody answered within the deadline. */
  | 'timeout'
  /** The other side hung up. */
  | 'closed'
  /** Nothing listens on the port. */
  | 'refused'
  /** A JSON-RPC error came back. */
  | 'rpc'
  /** The gateway answered with an HTTP status other than 2xx. */
  | 'http'
  /** What came back is not MCP. */
  | 'invalid';

export class McpFailure extends Error {
  readonly kind: McpFailureKind;
  readonly details: { code?: number | undefined; data?: unknown; status?: number | undefined };

  constructor(kind: McpFailureKind, message: string, details: McpFailure['details'] = {}) {
    super(message);
    this.kind = kind;
    this.details = details;
  }
}

/** One open MCP conversation, already initialized. */
export interface McpSession {
  readonly server: { name: string; version: string };
  readonly protocolVersion: string;
  /** How long connect and initialize took, as seen from here. */
  readonly connectMs: number;
  /** Names of all tools, every page. */
  listTools(options: CallOptions): Promise<string[]>;
  callTool(
    name: string,
    args: Record<string, unknown>,
    options: CallOptions,
  ): Promise<{ isError: boolean; text: string }>;
  close(): Promise<void>;
}

export interface CallOptions {
  timeoutMs: number;
  signal: AbortSignal;
}

/** A Kubernetes object as the API gives it; checks read only what they need. */
export interface LiveObject {
  metadata: { name: string; generation?: number; labels?: Record<string, string>; deletionTimestamp?: string };
  spec?: Record<string, unknown>;
  status?: Record<string, unknown>;
}

/** The parts of a pod that checks look at. */
export interface Pod {
  name: string;
  ready: boolean;
  phase: string;
  containers: PodContainer[];
  initContainers: PodContainer[];
  /** Pod-level security context, as admitted. */
  security: SecurityContext;
}

export interface PodContainer {
  name: string;
  /** As the kubelet sees it. */
  state: 'waiting' | 'running' | 'terminated' | 'unknown';
  /** Why it waits or ended, in the kubelet's words: ImagePullBackOff, CrashLoopBackOff, OOMKilled. */
  reason?: string;
  message?: string;
  restarts: number;
  lastEnd?: { at: number; reason: string; exitCode: number };
  security: SecurityContext;
  /** As the pod names it. */
  image: string;
  /** Names of variables whose values stand in the pod itself, with the values. */
  literals: Record<string, string>;
}

export interface SecurityContext {
  runAsNonRoot?: boolean;
  runAsUser?: number;
  readOnlyRootFilesystem?: boolean;
  allowPrivilegeEscalation?: boolean;
  capabilities?: { drop?: string[]; add?: string[] };
}

export interface Access {
  verb: string;
  group?: string;
  resource: string;
  subresource?: string;
}

export interface NameLookup {
  /** The address that the name leads to. */
  address?: string;
  /** Why there is none. */
  error?: string;
  /** Whether the bridge's port could be reached there; absent where that was not tried. */
  connect?: 'ok' | string;
}

/** What a container of the app uses and may use, as Kubernetes writes it: "52Mi". */
export interface MemoryUse {
  /** A server's name, or "gateway". */
  name: string;
  used: string;
  limit?: string;
}

/** The API server, for reading only. */
export interface ClusterPort {
  version(): Promise<string>;
  /** Undefined: there is no such object. */
  get(kind: string, name: string): Promise<LiveObject | undefined>;
  /** Pods of a server, or of the gateway, that are not on their way out; newest first. */
  pods(component: Component): Promise<Pod[]>;
  /** Addresses behind a Service. */
  endpoints(service: string): Promise<{ ready: number; notReady: number }>;
  allowed(access: Access): Promise<boolean>;
  /** The name under which the cluster knows us; undefined where it does not tell. */
  user(): Promise<string | undefined>;
  /** Keys of a Secret, never its values; undefined: there is no such Secret. */
  secretKeys(name: string): Promise<string[] | undefined>;
  /** Undefined: the cluster has no metrics. */
  memory(): Promise<MemoryUse[] | undefined>;
  log(pod: string, container: string): Promise<string>;
  /** Why a workload is not ready, from its containers' states, events and logs. */
  explain(component: Component, message: string): Promise<{ cause: string; remedies: string[]; evidence: string[] }>;
  /** Looks names up and connects to them from inside the gateway's pod. */
  lookUp(pod: string, services: string[]): Promise<Map<string, NameLookup>>;
}

export type Component = { server: string } | 'gateway';

/** The gateway's token. Its value never leaves the adapter. */
export interface TokenPort {
  /** Undefined: there is no such Secret. The length tells an empty token. */
  inspect(): Promise<{ keys: string[]; length: number } | undefined>;
  appearsIn(text: string): Promise<boolean>;
}

export interface GatewayPort {
  /** An HTTP request straight to the gateway's pod; the status it answers with. */
  status(request: { method: string; path: string; token: boolean; body?: string }): Promise<number>;
}

export interface McpPort {
  /** Straight to a server's pod, past Service and gateway. @throws McpFailure */
  server(name: string, options: CallOptions): Promise<McpSession>;
  /** Through the gateway, with its token. @throws McpFailure */
  gateway(options: CallOptions): Promise<McpSession>;
}

export interface ClockPort {
  /** Milliseconds that only ever grow. */
  now(): number;
  /** Milliseconds since 1970, to compare with what the cluster says. */
  wall(): number;
  sleep(ms: number, signal: AbortSignal): Promise<void>;
}

/** What the programs print. Undefined: there is nothing to read yet. */
export interface OutputPort {
  gateway(): Promise<string | undefined>;
  server(name: string): Promise<string | undefined>;
}

/** What people type there, and where things are: the same fault has other remedies on a cluster than on a laptop. */
export interface Place {
  /** Brings what runs in line with mcpk.yaml. */
  apply: string;
  restartGateway: string;
  /** Shows what a server prints. */
  serverOutput(server: string): string;
  /** Where the token is kept. */
  tokenIn: string;
  /** What it means that a server's port or program does not take our connection. */
  refused: string;
}

/** What every target has. */
export interface CommonPorts {
  token: TokenPort;
  gateway: GatewayPort;
  mcp: McpPort;
  output: OutputPort;
  clock: ClockPort;
  place: Place;
}

/** Those of a cluster. */
export interface Ports extends CommonPorts {
  cluster: ClusterPort;
}

/** What `mcpk up` left about itself on this machine. */
export interface LocalPort {
  /** Undefined: nothing runs. */
  running(): Promise<{ url: string } | undefined>;
  /** Why a server of mcpk.yaml was not started; undefined where it was. */
  notStarted(server: string): Promise<{ message: string; remedies: string[] } | undefined>;
  /** The command line that the gateway starts for a server. */
  argv(server: string): Promise<string[] | undefined>;
  /** Files that only their owner may read, and those among them that others can. */
  privateFiles(): Promise<{ all: string[]; open: string[] }>;
}

/** Those of the local target. */
export interface LocalPorts extends CommonPorts {
  local: LocalPort;
}
