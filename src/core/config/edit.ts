import { type Document, isMap, isScalar, parseDocument, type YAMLMap } from 'yaml';
import type { ServerConfig } from './schema.ts';

/** The line that lets editors complete and check the file. The schema's published place never changes for a version. */
export const SCHEMA_LINE = '# yaml-language-server: $schema=https://unpkg.com/mcpk/schemas/mcpk.v1.schema.json';

export interface NewConfig {
  name: string;
  namespace: string;
  engine: 'mcpk' | 'docker';
  servers: Record<string, ServerConfig>;
}

/** The text of a new mcpk.yaml. */
export function newConfig({ name, namespace, engine, servers }: NewConfig): string {
  const document = parseDocument(`${SCHEMA_LINE}\napiVersion: mcpk/v1\nname: ${name}\nnamespace: ${namespace}\n`);
  document.set('gateway', document.createNode({ engine, auth: { secret: 'mcp-gateway-token' } }));
  const gateway = document.get('gateway') as YAMLMap;
  gateway.flow = true;
  document.set('servers', document.createNode({}));
  for (const [server, config] of Object.entries(servers)) setServer(document, server, config);
  return print(document);
}

/**
 * Adds servers to the text of a config that parsed without faults. Comments, order and style of all else stay.
 * @returns the new text
 */
export function addServers(text: string, servers: Record<string, ServerConfig>): string {
  const document = parseDocument(text);
  if (!isMap(document.get('servers'))) document.set('servers', document.createNode({}));
  const map = document.get('servers') as YAMLMap;
  // `servers: {}` is written on one line; entries read better one a line.
  if (map.items.length === 0) map.flow = false;
  for (const [server, config] of Object.entries(servers)) setServer(document, server, config);
  return print(document);
}

/** Removes servers, each with the comments that belong to it. @returns the new text */
export function removeServers(text: string, names: readonly string[]): string {
  const document = parseDocument(text);
  for (const name of names) document.deleteIn(['servers', name]);
  return print(document);
}

function setServer(document: Document, name: string, config: ServerConfig): void {
  const node = document.createNode(config);
  for (const pair of isMap(node) ? node.items : []) {
    // Short lists and references read better on one line.
    if (isScalar(pair.key) && ['command', 'args', 'secrets'].includes(String(pair.key.value))) {
      (pair.value as { flow?: boolean }).flow = true;
    }
  }
  document.setIn(['servers', name], node);
}

function print(document: Document): string {
  return document.toString({ lineWidth: 0, flowCollectionPadding: true });
}
