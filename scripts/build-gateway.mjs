// Bundles the gateway into one file: for pods, and for `mcpk up`, which runs it from this package.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const root = fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));

export async function buildGateway() {
  await build({
    absWorkingDir: root,
    entryPoints: ['runtime/gateway/src/main.ts'],
    outfile: 'runtime/gateway/dist/gateway.mjs',
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    legalComments: 'none',
    // Its Node entry is CommonJS, which cannot be part of an ES module that stands alone.
    alias: { yaml: `${root}node_modules/yaml/browser/index.js` },
    define: { __MCPK_VERSION__: JSON.stringify(version) },
    tsconfig: 'runtime/gateway/tsconfig.json',
    logLevel: 'warning',
  });
}
