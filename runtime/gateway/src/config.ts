/** The gateway's config: what it may hold, and what stands where a key is missing. */
import { readFileSync } from 'node:fs';
import * as read from './config-values.ts';
import { ConfigError } from './config-values.ts';

export { ConfigError };

export type Endpoint =
  | { kind: 'tcp'; host: string; port: number }
  | { kind: 'command'; argv: string[]; env: Record<string, string>; cwd: string | undefined };

export interface ServerConfig {
  endpoint: Endpoint;
  initializeMs: number;
  requestMs: number;
  /** Patterns with `*`; a tool is offered if one of allow (or none is given) and none of deny matches its name. */
  tools: { allow: string[] | undefined; deny: string[] };
}

export interface Limits {
  sessions: number;
  sessionIdleMs: number;
  /** Bytes of a request's body, and of one message of a server. */
  body: number;
  line: number;
  /** HTTP requests of MCP that may be under way, streams that only listen not counted. */
  requests: number;
  /** Connections to one server. */
  connections: number;
}

/** When /ready says yes: with any server, with all, or with those named. */
export type ReadyPolicy = 'any' | 'all' | string[];

export interface Config {
  host: string;
  port: number;
  /** Undefined: no authentication, which the file must ask for by name. */
  tokenFile: string | undefined;
  /** Origins that browsers may call from, beside localhost. */
  allowedOrigins: string[];
  /** Names that clients may use as Host, beside localhost, where the gateway listens on loopback only. */
  allowedHosts: string[];
  prefix: 'collisions' | 'always';
  pageSize: number;
  limits: Limits;
  ready: ReadyPolicy;
  accessLog: boolean;
  servers: Map<string, ServerConfig>;
}

const KEYS = [
  'listen',
  'auth',
  'allowedOrigins',
  'allowedHosts',
  'names',
  'pageSize',
  'timeouts',
  'limits',
  'ready',
  'accessLog',
  'servers',
];

/** Reads JSON or YAML. Throws a ConfigError that names the file, the place and what is allowed there. */
export async function readConfig(path: string): Promise<Config> {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError(`cannot read the config: ${(error as Error).message}`);
  }
  try {
    return parseConfig(await parseText(text));
  } catch (error) {
    throw new ConfigError(`${path}: ${(error as Error).message}`);
  }
}

/** JSON needs no YAML parser, which costs more memory than the rest of the gateway's code. */
async function parseText(text: string): Promise<unknown> {
  if (text.trimStart().startsWith('{')) return JSON.parse(text);
  return (await import('yaml')).parse(text);
}

function parseConfig(value: unknown): Config {
  const config = read.object(value, 'the config', KEYS);
  const names = read.object(config.names ?? {}, 'names', ['prefix']);
  const timeouts = readTimeouts(config.timeouts, 'timeouts', { initializeMs: 20_000, requestMs: 60_000 });
  const servers = Object.entries(read.object(config.servers, 'servers'));
  const parsed: Config = {
    ...read.address(config.listen ?? ':8811', 'listen'),
    tokenFile: readAuth(config.auth),
    allowedOrigins: read.strings(config.allowedOrigins ?? [], 'allowedOrigins'),
    allowedHosts: read.strings(config.allowedHosts ?? [], 'allowedHosts'),
    prefix: read.oneOf(names.prefix ?? 'collisions', 'names.prefix', ['collisions', 'always'] as const),
    pageSize: read.integer(config.pageSize ?? 1000, 'pageSize', 1, 100_000),
    limits: readLimits(config.limits),
    ready: readReady(config.ready ?? 'any'),
    accessLog: read.boolean(config.accessLog ?? false, 'accessLog'),
    servers: new Map(
      servers.map(([name, server]) => [read.serverName(name), readServer(server, `servers.${name}`, timeouts)]),
    ),
  };
  checkReady(parsed);
  return parsed;
}

function readAuth(value: unknown): string | undefined {
  const auth = read.object(value, 'auth', ['tokenFile', 'none']);
  if (auth.none === true && auth.tokenFile === undefined) return undefined;
  if (typeof auth.tokenFile === 'string' && auth.tokenFile !== '' && auth.none === undefined) return auth.tokenFile;
  throw new ConfigError('auth must be {"tokenFile": PATH} or {"none": true}');
}

interface Timeouts {
  initializeMs: number;
  requestMs: number;
}

function readTimeouts(value: unknown, where: string, otherwise: Timeouts): Timeouts {
  const { initialize, request } = read.object(value ?? {}, where, ['initialize', 'request']);
  return {
    initializeMs: read.seconds(initialize, `${where}.initialize`) ?? otherwise.initializeMs,
    requestMs: read.seconds(request, `${where}.request`) ?? otherwise.requestMs,
  };
}

function readLimits(value: unknown): Limits {
  const limits = read.object(value ?? {}, 'limits', [
    'sessions',
    'sessionIdle',
    'body',
    'line',
    'requests',
    'connections',
  ]);
  return {
    sessions: read.integer(limits.sessions ?? 256, 'limits.sessions', 1, 100_000),
    sessionIdleMs: read.seconds(limits.sessionIdle, 'limits.sessionIdle') ?? 1_800_000,
    body: read.integer(limits.body ?? 4 * 1024 * 1024, 'limits.body', 1024, 256 * 1024 * 1024),
    line: read.integer(limits.line ?? 16 * 1024 * 1024, 'limits.line', 1024, 256 * 1024 * 1024),
    requests: read.integer(limits.requests ?? 512, 'limits.requests', 1, 100_000),
    connections: read.integer(limits.connections ?? 64, 'limits.connections', 2, 10_000),
  };
}

function readReady(value: unknown): ReadyPolicy {
  if (value === 'any' || value === 'all') return value;
  if (Array.isArray(value)) return read.strings(value, 'ready');
  throw new ConfigError('ready must be "any", "all" or a list of servers');
}

function checkReady({ ready, servers }: Config): void {
  if (typeof ready === 'string') return;
  const unknown = ready.find((name) => !servers.has(name));
  if (unknown !== undefined) throw new ConfigError(`ready names "${unknown}", which is not among the servers`);
}

function readServer(value: unknown, where: string, timeouts: Timeouts): ServerConfig {
  const server = read.object(value, where, ['tcp', 'command', 'env', 'cwd', 'timeouts', 'tools']);
  const tools = read.object(server.tools ?? {}, `${where}.tools`, ['allow', 'deny']);
  return {
    endpoint: readEndpoint(server, where),
    ...readTimeouts(server.timeouts, `${where}.timeouts`, timeouts),
    tools: {
      allow: tools.allow === undefined ? undefined : read.strings(tools.allow, `${where}.tools.allow`),
      deny: read.strings(tools.deny ?? [], `${where}.tools.deny`),
    },
  };
}

function readEndpoint(server: Record<string, unknown>, where: string): Endpoint {
  const { tcp, command, env, cwd } = server;
  if (tcp !== undefined && command === undefined) {
    if (env !== undefined || cwd !== undefined) throw new ConfigError(`${where}: "env" and "cwd" go with "command"`);
    return { kind: 'tcp', ...read.address(tcp, `${where}.tcp`) };
  }
  const argv = tcp === undefined && command !== undefined ? read.strings(command, `${where}.command`) : [];
  if (argv.length === 0) throw new ConfigError(`${where} needs either "tcp" or "command"`);
  if (cwd !== undefined && typeof cwd !== 'string') throw new ConfigError(`${where}.cwd must be a path`);
  const variables = read.object(env ?? {}, `${where}.env`);
  read.strings(Object.values(variables), `${where}.env`);
  return { kind: 'command', argv, env: variables as Record<string, string>, cwd };
}
