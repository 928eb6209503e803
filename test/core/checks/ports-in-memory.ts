import type { App } from '../../../src/core/app/app.ts';
import { names } from '../../../src/core/app/app.ts';
import { clusterOutput } from '../../../src/core/checks/cluster-output.ts';
import { clusterPlace } from '../../../src/core/checks/place.ts';
import {
  CannotCheck,
  type ClusterPort,
  McpFailure,
  type McpSession,
  type MemoryUse,
  type NameLookup,
  type Pod,
  type PodContainer,
  type Ports,
  type SecurityContext,
} from '../../../src/core/checks/ports.ts';
import { buildObjects } from '../../../src/core/manifests/objects.ts';

/** What one server does in a pretended cluster. */
export interface FakeServer {
  tools: string[];
  ready: boolean;
  log: string;
  /** Undefined: it answers. `hang`: like docker's bridge when exec fails. */
  failure?: McpFailure | 'hang' | undefined;
}

export interface World {
  app: App;
  servers: Record<string, FakeServer>;
  gatewayReady: boolean;
  gatewayLog: string;
  gatewayTools: string[];
  /** Objects that are not there: "Service mcp-time". */
  missing: Set<string>;
  /** Rights that are missing, as "verb resource/subresource". */
  denied: Set<string>;
  health: number;
  statusWithoutToken: number;
  statusWithToken: number;
  secret: { keys: string[]; length: number } | undefined;
  lookups: Record<string, NameLookup>;
  podPatch: Partial<Pod>;
  containerSecurity: SecurityContext;
  unreachable: boolean;
  /** Laid over every object's metadata, and over every Deployment's spec. */
  metadata: { deletionTimestamp?: string };
  deployment: Record<string, unknown>;
  endpoints: { ready: number; notReady: number };
  callResult: { isError: boolean; text: string };
  /** What each Secret but the token's has. */
  secrets: Record<string, string[]>;
  memory: MemoryUse[] | undefined;
  user: string | undefined;
  /** Of every server's pod, where it is not the one of the config. */
  image: string | undefined;
  claimPhase: string;
  /** How many sessions were opened, by server. */
  opened: Map<string, number>;
}

/** A cluster where the app runs well. */
export function healthyWorld(app: App): World {
  const servers = Object.fromEntries(
    app.servers.map(({ name }) => [name, { tools: [`${name}_a`, `${name}_b`], ready: true, log: '' } as FakeServer]),
  );
  return {
    app,
    servers,
    gatewayReady: true,
    gatewayLog: gatewayLog(Object.keys(servers)),
    gatewayTools: Object.entries(servers).flatMap(([name, { tools }]) => tools.map((tool) => `${name}__${tool}`)),
    missing: new Set(),
    denied: new Set(),
    health: 200,
    statusWithoutToken: 401,
    statusWithToken: 400,
    secret: { keys: ['token'], length: 64 },
    lookups: Object.fromEntries(
      app.servers.map(({ name }, i) => [names.serverService(name), { address: `10.0.0.${i + 1}`, connect: 'ok' }]),
    ),
    podPatch: {},
    containerSecurity: {
      runAsUser: 1000,
      runAsNonRoot: true,
      readOnlyRootFilesystem: true,
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
    },
    unreachable: false,
    metadata: {},
    deployment: {},
    endpoints: { ready: 1, notReady: 0 },
    callResult: { isError: false, text: 'ok' },
    secrets: {},
    memory: [
      { name: 'gateway', used: '61440Ki', limit: '256Mi' },
      { name: 'time', used: '40Mi', limit: '256Mi' },
    ],
    user: 'dev',
    image: undefined,
    claimPhase: 'Bound',
    opened: new Map(),
  };
}

export function gatewayLog(servers: string[]): string {
  return [
    `- Those servers are enabled: ${servers.join(', ')}`,
    '- Listing MCP tools...',
    ...servers.map((server) => `  > ${server}: (2 tools)`),
    `> ${servers.length * 2} tools listed in 418ms`,
    '> Initialized in 718ms',
    '> Start streaming server on port 8811',
  ].join('\n');
}

/** A clock that never waits: when everybody sleeps, it moves on to whoever wakes first. */
export function fakeClock() {
  let now = 0;
  let ticking = false;
  const sleepers: { due: number; wake: () => void }[] = [];
  const tick = () => {
    sleepers.sort((a, b) => a.due - b.due);
    const next = sleepers.shift();
    ticking = sleepers.length > 0;
    if (ticking) setImmediate(tick);
    if (!next) return;
    now = Math.max(now, next.due);
    next.wake();
  };
  return {
    now: () => now,
    wall: () => 1_700_000_000_000 + now,
    sleep: (ms: number, signal: AbortSignal) => {
      signal.throwIfAborted();
      return new Promise<void>((resolve, reject) => {
        const stop = () => {
          sleepers.splice(sleepers.indexOf(sleeper), 1);
          reject(signal.reason);
        };
        const wake = () => {
          signal.removeEventListener('abort', stop);
          resolve();
        };
        const sleeper = { due: now + ms, wake };
        sleepers.push(sleeper);
        signal.addEventListener('abort', stop, { once: true });
        if (!ticking) setImmediate(tick);
        ticking = true;
      });
    },
  };
}

export function portsOf(world: World): Ports & { clock: ReturnType<typeof fakeClock> } {
  const clock = fakeClock();
  const denied = (right: string) => {
    if (world.denied.has(right)) throw new CannotCheck(`you may not ${right}`, { code: 'cluster.forbidden' });
  };
  const cluster: ClusterPort = {
    version: async () => {
      if (world.unreachable) throw new CannotCheck('cannot reach the cluster: nothing listens', { transient: true });
      return 'v1.35.4';
    },
    get: async (kind, name) => (world.missing.has(`${kind} ${name}`) ? undefined : liveObject(world, kind, name)),
    pods: async (component) => {
      denied('list pods');
      return [component === 'gateway' ? gatewayPod(world) : serverPod(world, component.server)];
    },
    endpoints: async () => world.endpoints,
    allowed: async ({ verb, resource, subresource }) =>
      !world.denied.has(`${verb} ${resource}${subresource ? `/${subresource}` : ''}`),
    user: async () => world.user,
    secretKeys: async (name) => {
      denied('get secrets');
      return world.secrets[name];
    },
    memory: async () => {
      denied('list pods.metrics.k8s.io');
      return world.memory;
    },
    log: async (pod) => {
      denied('get pods/log');
      return pod === 'gateway-pod' ? world.gatewayLog : (world.servers[pod.replace('-pod', '')]?.log ?? '');
    },
    explain: async (component, message) => ({
      cause: `explained: ${message}`,
      remedies: ['describe it'],
      evidence: [JSON.stringify(component)],
    }),
    lookUp: async (_pod, services) => {
      denied('create pods/exec');
      return new Map(services.map((service) => [service, world.lookups[service] ?? {}]));
    },
  };
  return {
    clock,
    cluster,
    output: clusterOutput(cluster),
    place: clusterPlace(world.app),
    token: { inspect: async () => world.secret, appearsIn: async (text) => text.includes('the-token') },
    gateway: {
      status: async ({ path, token }) =>
        path === '/health' ? world.health : token ? world.statusWithToken : world.statusWithoutToken,
    },
    mcp: {
      server: async (name, { timeoutMs, signal }) => {
        denied('create pods/portforward');
        world.opened.set(name, (world.opened.get(name) ?? 0) + 1);
        const { failure, tools = [] } = world.servers[name] ?? {};
        if (failure === 'hang') {
          await clock.sleep(timeoutMs, signal);
          throw new McpFailure('timeout', 'no answer in time');
        }
        if (failure) throw failure;
        return session(name, tools, world);
      },
      gateway: async () => session('gateway', world.gatewayTools, world),
    },
  };
}

function session(name: string, tools: string[], world: World): McpSession {
  return {
    server: { name, version: '1.0.0' },
    protocolVersion: '2025-11-25',
    connectMs: 312.4,
    listTools: async () => tools,
    callTool: async () => world.callResult,
    close: async () => {},
  };
}

/** As rendered, with a status as if a controller had worked. */
function liveObject(world: World, kind: string, name: string) {
  const object = buildObjects(world.app).find((o) => o.kind === kind && o.metadata.name === name);
  if (!object) return undefined;
  const server = world.app.servers.find((s) => names.serverDeployment(s.name) === name)?.name;
  const stopped = world.deployment['replicas'] === 0;
  const ready = !stopped && (server === undefined ? world.gatewayReady : (world.servers[server]?.ready ?? false));
  const available = ready ? 1 : 0;
  return {
    metadata: { ...object.metadata, generation: 1, ...world.metadata },
    spec: { ...(object as { spec?: Record<string, unknown> }).spec, ...(kind === 'Deployment' && world.deployment) },
    status: {
      observedGeneration: 1,
      replicas: 1,
      updatedReplicas: 1,
      availableReplicas: available,
      readyReplicas: available,
      ...(kind === 'PersistentVolumeClaim' && { phase: world.claimPhase }),
    },
  };
}

function container(name: string, world: World, rest: Partial<PodContainer> = {}): PodContainer {
  return {
    ...{ name, state: 'running', restarts: 0, security: world.containerSecurity, image: 'x', literals: {} },
    ...rest,
  };
}

function imageOf({ app }: World, server: string): string {
  return app.servers.find(({ name }) => name === server)?.image ?? '';
}

function serverPod(world: World, server: string): Pod {
  const ready = world.servers[server]?.ready ?? false;
  return {
    name: `${server}-pod`,
    phase: 'Running',
    ready,
    containers: [container('server', world, { image: world.image ?? imageOf(world, server) })],
    initContainers: [container('install-bridge', world, { state: 'terminated' })],
    security: { runAsNonRoot: true, runAsUser: 1000 },
    ...world.podPatch,
  };
}

function gatewayPod(world: World): Pod {
  return {
    name: 'gateway-pod',
    phase: 'Running',
    ready: world.gatewayReady,
    containers: [container('gateway', world)],
    initContainers: [],
    security: {},
  };
}
