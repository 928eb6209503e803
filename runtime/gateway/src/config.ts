/** The gateway's config file. */
import { readFileSync } from 'node:fs';
import { isObject } from './jsonrpc.ts';

export type Endpoint =
  | { kind: 'tcp'; host: string; port: number }
  | { kind: 'command'; argv: string[]; env: Record<string, string> };

export interface Config {
  host: string;
  port: number;
  /** Undefined: no authentication, which the file must ask for by name. */
  tokenFile: string | undefined;
  /** Origins that browsers may call from, beside localhost. */
  allowedOrigins: string[];
  timeouts: { initializeMs: number; requestMs: number };
  servers: Map<string, Endpoint>;
}

export class ConfigError extends Error {}

export function readConfig(path: string): Config {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new ConfigError(`cannot read the config: ${(error as Error).message}`);
  }
  try {
    return parseConfig(JSON.parse(text));
  } catch (error) {
    throw new ConfigError(`${path}: ${(error as Error).message}`);
  }
}

function parseConfig(value: unknown): Config {
  const config = object(value, 'the config');
  onlyKeys(config, 'the config', ['listen', 'auth', 'allowedOrigins', 'timeouts', 'servers']);
  const servers = Object.entries(object(config.servers, 'servers'));
  return {
    ...address(config.listen ?? ':8811', 'listen'),
    tokenFile: tokenFile(config.auth),
    allowedOrigins: strings(config.allowedOrigins ?? [], 'allowedOrigins'),
    timeouts: timeouts(config.timeouts),
    servers: new Map(
      servers.map(([name, endpoint]) => [serverName(name), serverEndpoint(endpoint, `servers.${name}`)]),
    ),
  };
}

function object(value: unknown, where: string): Record<string, unknown> {
  if (!isObject(value)) throw new ConfigError(`${where} must be an object`);
  return value;
}

function strings(value: unknown, where: string): string[] {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw new ConfigError(`${where} must be a list of strings`);
}

function onlyKeys(value: Record<string, unknown>, where: string, known: string[]): void {
  const unknown = Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined)
    throw new ConfigError(`${where} has an unknown key "${unknown}"; known: ${known.join(', ')}`);
}

/** `host:port`, `:port` for every interface, `[::1]:port`. */
function address(value: unknown, where: string): { host: string; port: number } {
  const match = typeof value === 'string' ? /^(.*):(\d{1,5})$/.exec(value) : null;
  const port = Number(match?.[2]);
  if (match === null || port > 65535) throw new ConfigError(`${where} must be "host:port"`);
  return { host: (match[1] as string).replace(/^\[(.*)\]$/, '$1') || '::', port };
}

function tokenFile(value: unknown): string | undefined {
  const auth = object(value, 'auth');
  onlyKeys(auth, 'auth', ['tokenFile', 'none']);
  if (auth.none === true && auth.tokenFile === undefined) return undefined;
  if (typeof auth.tokenFile === 'string' && auth.tokenFile !== '' && auth.none === undefined) return auth.tokenFile;
  throw new ConfigError('auth must be {"tokenFile": PATH} or {"none": true}');
}

function timeouts(value: unknown): Config['timeouts'] {
  const { initialize = 20, request = 60, ...rest } = object(value ?? {}, 'timeouts');
  onlyKeys(rest, 'timeouts', []);
  const ms = (seconds: unknown, where: string) => {
    if (typeof seconds === 'number' && seconds > 0 && seconds <= 86_400) return seconds * 1000;
    throw new ConfigError(`${where} must be a number of seconds above 0`);
  };
  return { initializeMs: ms(initialize, 'timeouts.initialize'), requestMs: ms(request, 'timeouts.request') };
}

function serverName(name: string): string {
  if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) return name;
  throw new ConfigError(`"${name}" is not a server name: small letters, digits and dashes, at most 63`);
}

function serverEndpoint(value: unknown, where: string): Endpoint {
  const server = object(value, where);
  onlyKeys(server, where, ['tcp', 'command', 'env']);
  if (server.tcp !== undefined && server.command === undefined && server.env === undefined) {
    return { kind: 'tcp', ...address(server.tcp, `${where}.tcp`) };
  }
  const argv = server.tcp === undefined ? strings(server.command, `${where}.command`) : [];
  if (argv.length === 0) throw new ConfigError(`${where} needs either "tcp" or "command"`);
  const env = object(server.env ?? {}, `${where}.env`);
  strings(Object.values(env), `${where}.env`);
  return { kind: 'command', argv, env: env as Record<string, string> };
}
