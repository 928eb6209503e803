/** Reading single values of the config, each with an error that says where it is and what may stand there. */
import { isObject } from './jsonrpc.ts';

export class ConfigError extends Error {}

const MAX_SECONDS = 86_400;

/** An object; with `known`, one that has no other keys. */
export function object(value: unknown, where: string, known?: string[]): Record<string, unknown> {
  if (!isObject(value)) throw new ConfigError(`${where} must be an object`);
  const unknown = known && Object.keys(value).find((key) => !known.includes(key));
  if (unknown !== undefined) {
    throw new ConfigError(`${where} has an unknown key "${unknown}"; known: ${known?.join(', ')}`);
  }
  return value;
}

export function strings(value: unknown, where: string): string[] {
  if (Array.isArray(value) && value.every((item) => typeof item === 'string')) return value;
  throw new ConfigError(`${where} must be a list of strings`);
}

export function boolean(value: unknown, where: string): boolean {
  if (typeof value === 'boolean') return value;
  throw new ConfigError(`${where} must be true or false`);
}

export function integer(value: unknown, where: string, min: number, max: number): number {
  if (Number.isInteger(value) && (value as number) >= min && (value as number) <= max) return value as number;
  throw new ConfigError(`${where} must be a whole number from ${min} to ${max}`);
}

/** Milliseconds; undefined if the key is missing. */
export function seconds(value: unknown, where: string): number | undefined {
  if (value === undefined) return undefined;
  if (typeof value === 'number' && value > 0 && value <= MAX_SECONDS) return value * 1000;
  throw new ConfigError(`${where} must be a number of seconds above 0`);
}

export function oneOf<T extends string>(value: unknown, where: string, choices: readonly T[]): T {
  const found = choices.find((choice) => choice === value);
  if (found === undefined) throw new ConfigError(`${where} must be one of ${choices.join(', ')}`);
  return found;
}

/** `host:port`, `:port` for every interface, `[::1]:port`. */
export function address(value: unknown, where: string): { host: string; port: number } {
  const match = typeof value === 'string' ? /^(.*):(\d{1,5})$/.exec(value) : null;
  const port = Number(match?.[2]);
  if (match === null || port > 65535) throw new ConfigError(`${where} must be "host:port"`);
  return { host: (match[1] as string).replace(/^\[(.*)\]$/, '$1') || '::', port };
}

/** The names that Kubernetes takes for a Service, so that a config means the same in both places. */
export function serverName(name: string): string {
  if (/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/.test(name)) return name;
  throw new ConfigError(`"${name}" is not a server name: small letters, digits and dashes, at most 63`);
}
