import { config, layers } from '../builder/fetch.mjs';

// The same image with its remedy on top: others may pass through root's home.
export default () => ({
  reference: 'docker.io/mcpk-test/mcp-fetch-fixed:2026.10.24',
  layers: [...layers, { kind: 'files', entries: [{ path: '/root', mode: 0o711 }] }],
  config,
});
