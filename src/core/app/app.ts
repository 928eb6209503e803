import type { CatalogEntry, EgressRule, Engine, SecretEnv } from '../config/schema.ts';

/**
 * The one typed middle: what an app is, every default and catalog fact filled in. What comes before it knows nothing
 * of Kubernetes; what comes after it knows nothing of files, catalogs or flags.
 */
export interface App {
  name: string;
  namespace: string;
  gateway: Gateway;
  bridge: Bridge;
  /** Sorted by name, so that the same config always renders the same bytes. */
  servers: Server[];
}

export interface Gateway {
  engine: Engine;
  image: string;
  /** Secret whose key `token` holds the bearer token. */
  tokenSecret: string;
  resources: Resources;
}

export interface Bridge {
  engine: Engine;
  image: string;
}

export interface Server {
  name: string;
  /** Container image; on the local target, where a server may have none, what stands for it. */
  image: string;
  /** Whole command line of the stdio server: the bridge replaces the image's ENTRYPOINT, so nothing is left implied. */
  argv: string[];
  env: Record<string, string>;
  secrets: SecretEnv[];
  egress: EgressRule[];
  volumes: Volume[];
  /** Folders on the pod's own storage, empty at each start. */
  writable: string[];
  identity: Identity;
  /** One process for all sessions. */
  shared: boolean;
  resources: Resources;
  expect: Expectation;
  /** How it runs without a cluster; absent where nobody has said. */
  local?: LocalProgram;
  /** What the catalog knows about running this image without root; absent where the image is not the catalog's. */
  nonRoot?: CatalogEntry['nonRoot'];
}

/** A server as a process of this machine: a published package, or any command line. */
export type LocalProgram =
  | { kind: 'command'; argv: string[] }
  | { kind: 'package'; package: Package /** The first word is a program of the package. */; argv: string[] };

export interface Package {
  registry: 'npm' | 'pypi';
  name: string;
  version: string;
}

/** Where an app runs. */
export type TargetKind = 'cluster' | 'local';

export interface Volume {
  name: string;
  mountPath: string;
  size: string;
}

export interface Identity {
  runAsUser: number;
  runAsGroup: number;
  /** False: the pod has a user namespace of its own. */
  hostUsers?: false;
}

export interface Resources {
  requests: { cpu: string; memory: string };
  limits: { cpu: string; memory: string };
}

export interface Expectation {
  tools: string[];
  call?: { tool: string; arguments: Record<string, unknown> };
}

/** Names that both engines share: docker/mcp-gateway hard-codes `mcp-<server>:4444`. */
export const names = {
  gateway: 'mcp-gateway',
  gatewayPort: 8811,
  bridgePort: 4444,
  /** Health, readiness and metrics of mcpk's bridge. */
  bridgeHealthPort: 4445,
  tokenKey: 'token',
  serverDeployment: (server: string) => `mcp-server-${server}`,
  serverService: (server: string) => `mcp-${server}`,
  claim: (server: string, volume: string) => `mcp-${server}-${volume}`,
} as const;
