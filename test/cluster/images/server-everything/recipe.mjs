import { debian, node, path } from '../builder/bases.mjs';

export default () => ({
  reference: 'docker.io/mcpk-test/server-everything:2026.8.31',
  layers: [
    debian,
    node,
    { kind: 'npm', name: '@modelcontextprotocol/server-everything', version: '2026.8.31', into: '/app' },
  ],
  config: { Env: [path], Cmd: ['node', '/app/dist/index.js'], WorkingDir: '/app' },
});
