import { debian, path } from '../builder/bases.mjs';

export default () => ({
  reference: 'docker.io/mcpk-test/mcp-server-time:2026.10.19',
  layers: [
    debian,
    {
      kind: 'pip',
      packages: ['mcp-server-time==2026.10.19'],
      into: '/usr/local/lib/python3.11/dist-packages',
      scripts: '/usr/local/bin',
      interpreter: '/usr/bin/python3',
    },
  ],
  config: { Env: [path], Entrypoint: ['mcp-server-time'] },
});
