import { debian, path } from '../builder/bases.mjs';

// A STAND-IN. The real image cannot be had where these tests run; this one has only
// a bridge of our own writing that keeps the faults that docker-mcp-bridge is known for.
export default ({ directory }) => ({
  reference: 'docker.io/docker/mcp-gateway:v0.43.3',
  layers: [debian, { kind: 'go', directory: `${directory}/src`, to: '/misc/docker-mcp-bridge' }],
  config: {
    Env: [path],
    Cmd: ['/misc/docker-mcp-bridge'],
    Labels: { 'mcpk.test/stand-in': 'not the real docker/mcp-gateway: written for the tests of mcpk' },
  },
});
