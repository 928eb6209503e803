import { createHash } from 'node:crypto';
import { type App, names } from '../app/app.ts';
import { gatewayLabels } from './labels.ts';
import type { ManifestObject } from './object.ts';

/** Where the gateway's pod finds its configuration and its token. */
export const GATEWAY_CONFIG_DIR = '/etc/mcpk/config';
export const GATEWAY_TOKEN_DIR = '/etc/mcpk/token';
export const GATEWAY_CONFIG_FILE = 'gateway.json';
export const DOCKER_CATALOG_FILE = 'mcpk.yaml';

/** The gateway's configuration: which servers there are and where. Holds no secret. */
export function gatewayConfigMap(app: App): ManifestObject {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: names.gateway, namespace: app.namespace, labels: gatewayLabels(app) },
    data:
      app.gateway.engine === 'mcpk'
        ? { [GATEWAY_CONFIG_FILE]: mcpkConfig(app) }
        : { [DOCKER_CATALOG_FILE]: dockerCatalog(app) },
  };
}

/** Changes when the gateway has to be restarted to see its new configuration. */
export function gatewayConfigHash(app: App): string {
  const data = (gatewayConfigMap(app) as { data: Record<string, string> }).data;
  return createHash('sha256').update(JSON.stringify(data)).digest('hex').slice(0, 16);
}

function mcpkConfig(app: App): string {
  const servers = Object.fromEntries(
    app.servers.map(({ name }) => [name, { tcp: `${names.serverService(name)}:${names.bridgePort}` }]),
  );
  const config = {
    listen: `0.0.0.0:${names.gatewayPort}`,
    auth: { tokenFile: `${GATEWAY_TOKEN_DIR}/${names.tokenKey}` },
    servers,
  };
  return `${JSON.stringify(config, null, 2)}\n`;
}

/**
 * docker/mcp-gateway's catalog (v2 layout: name, displayName, registry). In static mode the gateway reads only which
 * servers exist; image, command, env and volumes of an entry are not applied, the pods carry them.
 * JSON is valid YAML, and needs no writer.
 */
function dockerCatalog(app: App): string {
  const registry = Object.fromEntries(
    app.servers.map(({ name, image }) => [
      name,
      { title: name, description: `MCP server ${name}`, type: 'server', image },
    ]),
  );
  return `${JSON.stringify({ version: 2, name: 'mcpk', displayName: 'mcpk', registry }, null, 2)}\n`;
}
