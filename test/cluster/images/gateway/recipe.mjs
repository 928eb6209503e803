import { existsSync } from 'node:fs';
import { debian, node, path } from '../builder/bases.mjs';

export default ({ repository, version }) => {
  const program = `${repository}/runtime/gateway/dist/gateway.mjs`;
  if (!existsSync(program))
    throw new Error('runtime/gateway/dist/gateway.mjs does not exist; run: npm run build:runtime');
  return {
    reference: `ghcr.io/mcpk/gateway:${version}`,
    layers: [debian, node, { kind: 'files', entries: [{ path: '/app/gateway.mjs', from: program }] }],
    config: { Env: [path], Entrypoint: ['node', '/app/gateway.mjs'], WorkingDir: '/app', User: '65532:65532' },
  };
};
