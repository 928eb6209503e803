import { existsSync } from 'node:fs';

export default ({ repository, version }) => {
  const binary = `${repository}/runtime/bridge/dist/mcpk-bridge-linux-amd64`;
  if (!existsSync(binary))
    throw new Error('runtime/bridge/dist/mcpk-bridge-linux-amd64 does not exist; run: npm run build:runtime');
  return {
    reference: `ghcr.io/mcpk/bridge:${version}`,
    layers: [{ kind: 'files', entries: [{ path: '/mcpk-bridge', from: binary, mode: 0o755 }] }],
    config: { Entrypoint: ['/mcpk-bridge'], User: '65532:65532' },
  };
};
