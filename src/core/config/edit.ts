import { Document, isMap, isNode, isScalar, type Pair, parseDocument, type YAMLMap } from 'yaml';
import type { ServerConfig } from './schema.ts';

/** The line that lets editors complete and check the file. */
const SCHEMA_LINE = '# yaml-language-server: $schema=https://unpkg.com/mcpk/schemas/mcpk.v1.schema.json';

/** Keys whose values read better on one line. */
const ONE_LINE = ['command', 'args', 'secrets', 'auth'];

export interface NewConfig {
  name: string;
  namespace: string;
  engine: 'mcpk' | 'docker';
  servers: Record<string, ServerConfig>;
}

/** The text of a new mcpk.yaml. */
export function newConfig({ name, namespace, engine, servers }: NewConfig): string {
  const gateway = { engine, auth: { secret: 'mcp-gateway-token' } };
  return `${SCHEMA_LINE}\n${print({ apiVersion: 'mcpk/v1', name, namespace, gateway, servers })}`;
}

/**
 * Adds servers to the text of a config that parsed without faults. Every other byte stays as it is.
 * @returns the new text
 */
export function addServers(text: string, servers: Record<string, ServerConfig>): string {
  const { key, map } = serversOf(text);
  const end = text.includes('\r\n') ? '\r\n' : '\n';
  if (map && map.items.length > 0 && !map.flow) {
    const indent = columnOf(text, startOf(map.items[0]));
    const at = lineEnd(text, lastCharacter(text, map.range?.[1] ?? text.length));
    return splice(text, at, at, end + lines(servers, indent, end));
  }
  if (map && map.items.length > 0) {
    const at = lastCharacter(text, (map.range?.[1] ?? text.length) - 1);
    const entries = Object.entries(servers).map(([name, config]) => `${name}: ${JSON.stringify(config)}`);
    return splice(text, at, at, `, ${entries.join(', ')}`);
  }
  // `servers:` or `servers: {}`: what stands after the colon gives way, a comment behind it stays.
  const colon = text.indexOf(':', key) + 1;
  const after = map?.range?.[1] ?? colon;
  const eol = lineEnd(text, after);
  const rest = text.slice(after, eol).trimEnd();
  return splice(text, colon, eol, rest + end + lines(servers, 2, end));
}

/** Removes servers, each with the comment lines right above it. @returns the new text */
export function removeServers(text: string, names: readonly string[]): string {
  return names.reduce(removeServer, text);
}

function removeServer(text: string, name: string): string {
  const { key, map } = serversOf(text);
  const pair = map?.items.find((item) => keyOf(item) === name);
  if (!map || !pair) return text;
  if (map.flow) {
    const document = parseDocument(text);
    document.deleteIn(['servers', name]);
    return document.toString({ lineWidth: 0 });
  }
  const value = isNode(pair.value) ? pair.value.range?.[1] : undefined;
  const last = lineEnd(text, lastCharacter(text, value ?? startOf(pair) + name.length));
  const first = withCommentsAbove(text, text.lastIndexOf('\n', startOf(pair)) + 1);
  const without = splice(text, first, Math.min(last + 1, text.length), '');
  if (map.items.length > 1) return without;
  const colon = without.indexOf(':', key) + 1;
  return splice(without, colon, colon, ' {}');
}

function serversOf(text: string): { key: number; map: YAMLMap | undefined } {
  const document = parseDocument(text);
  const pair = isMap(document.contents) ? document.contents.items.find((item) => keyOf(item) === 'servers') : undefined;
  return { key: pair ? startOf(pair) : text.length, map: isMap(pair?.value) ? pair.value : undefined };
}

function keyOf(pair: Pair): unknown {
  return isScalar(pair.key) ? pair.key.value : pair.key;
}

function startOf(pair: Pair | undefined): number {
  return (isNode(pair?.key) ? pair.key.range?.[0] : undefined) ?? 0;
}

/** Offset behind the last character before `end` that is not blank. */
function lastCharacter(text: string, end: number): number {
  return text.slice(0, end).trimEnd().length;
}

function lineEnd(text: string, from: number): number {
  const at = text.indexOf('\n', from);
  if (at < 0) return text.length;
  return text[at - 1] === '\r' ? at - 1 : at;
}

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf('\n', offset - 1) + 1);
}

/** Start of the first of the comment lines that stand right above the line that starts at `start`. */
function withCommentsAbove(text: string, start: number): number {
  const above = text.lastIndexOf('\n', start - 2) + 1;
  const line = text.slice(above, Math.max(above, start - 1));
  return above < start && /^\s+#/.test(line) ? withCommentsAbove(text, above) : start;
}

function splice(text: string, from: number, to: number, inserted: string): string {
  return text.slice(0, from) + inserted + text.slice(to);
}

function lines(servers: Record<string, ServerConfig>, indent: number, end: string): string {
  const margin = ' '.repeat(indent);
  return print(servers)
    .trimEnd()
    .split('\n')
    .map((line) => margin + line)
    .join(end);
}

function print(value: unknown): string {
  const document = new Document(value);
  flowOneLiners(document.contents);
  return document.toString({ lineWidth: 0 });
}

function flowOneLiners(node: unknown): void {
  if (!isMap(node)) return;
  for (const pair of node.items) {
    if (isNode(pair.value) && ONE_LINE.includes(String(keyOf(pair)))) (pair.value as { flow?: boolean }).flow = true;
    else flowOneLiners(pair.value);
  }
}
