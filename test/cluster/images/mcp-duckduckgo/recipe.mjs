import { debian, path } from '../builder/bases.mjs';

// As the published one: no user, no entrypoint.
export default () => ({
  reference: 'docker.io/mcp/duckduckgo:latest',
  layers: [
    debian,
    {
      kind: 'pip',
      packages: ['duckduckgo-mcp-server==0.7.0'],
      into: '/usr/local/lib/python3.11/dist-packages',
      scripts: '/usr/local/bin',
      interpreter: '/usr/bin/python3',
    },
    { kind: 'files', entries: [{ path: '/app' }] },
  ],
  config: { Env: [path], Cmd: ['python', '-m', 'duckduckgo_mcp_server.server'], WorkingDir: '/app' },
});
