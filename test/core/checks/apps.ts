import type { App } from '../../../src/core/app/app.ts';
import { appOf } from '../../helpers/config.ts';

/** Two good servers and the one of the seed's known issue. */
export function demo(bridge: 'mcpk' | 'docker' = 'mcpk', gateway: 'mcpk' | 'docker' = 'mcpk', extra = ''): App {
  return appOf(`
apiVersion: mcpk/v1
name: demo
namespace: mcp
gateway: { engine: ${gateway} }
bridge: { engine: ${bridge} }
servers:
  duckduckgo: {}
  time: {}
  fetch: { image: mcp/fetch, command: [/app/.venv/bin/mcp-server-fetch] }
${extra}`);
}
