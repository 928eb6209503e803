// Bundles src into dist: one entry a command, shared code in chunks, so that a command loads only what it uses, and a
// package without dependencies, so that `npx mcpk` fetches a few megabytes instead of a hundred.
import { readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { Plugin } from '@oclif/core/config';
import { build } from 'esbuild';
import { buildGateway } from './build-gateway.mjs';
import { leanOclif, RARE } from './lean-oclif.mjs';

const check = process.argv.includes('--check');

async function commandFiles() {
  const files = await readdir('src/commands', { recursive: true });
  return files.filter((file) => file.endsWith('.ts')).map((file) => `src/commands/${file}`);
}

/** Bundled CommonJS packages expect these names. */
const COMMONJS_NAMES = [
  "import{createRequire as _createRequire}from'node:module'",
  "import{fileURLToPath as _toPath}from'node:url'",
  "import{dirname as _dirname}from'node:path'",
  'const require=_createRequire(import.meta.url),__filename=_toPath(import.meta.url),__dirname=_dirname(__filename)',
].join(';');

/** Built aside and moved into place, so that a command that runs meanwhile finds the old files or the new ones. */
const FRESH = 'dist.new';

async function bundle() {
  await rm(FRESH, { recursive: true, force: true });
  const { metafile } = await build({
    entryPoints: ['src/cli.ts', ...(await commandFiles())],
    outbase: 'src',
    outdir: FRESH,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    minify: true,
    keepNames: true,
    legalComments: 'none',
    chunkNames: 'chunks/[name]-[hash]',
    banner: { js: `${COMMONJS_NAMES};` },
    plugins: [leanOclif],
    metafile: true,
    logLevel: 'warning',
  });
  const rare = await build({
    entryPoints: RARE.map((name) => ({ in: name, out: name })),
    outdir: `${FRESH}/rare`,
    outExtension: { '.js': '.cjs' },
    bundle: true,
    format: 'cjs',
    platform: 'node',
    target: 'node20',
    minify: true,
    legalComments: 'none',
    metafile: true,
    logLevel: 'warning',
  });
  const inputs = { ...metafile.inputs, ...rare.metafile.inputs };
  await writeFile(`${FRESH}/inputs.json`, JSON.stringify(packagesByOutput(metafile)));
  await writeFile(`${FRESH}/THIRD-PARTY-LICENSES.txt`, await licenses(inputs));
  await rm('dist', { recursive: true, force: true });
  await rename(FRESH, 'dist');
}

/** Which packages went into which file: how a test knows what a command loads. */
function packagesByOutput(metafile) {
  const name = (file) => /node_modules\/((@[^/]+\/)?[^/]+)\//.exec(file)?.[1] ?? 'mcpk';
  return Object.fromEntries(
    Object.entries(metafile.outputs).map(([file, { inputs }]) => [
      file.replace(FRESH, 'dist'),
      [...new Set(Object.keys(inputs).map(name))].sort(),
    ]),
  );
}

/** The licence texts of every package that was bundled, as they ask for. */
async function licenses(inputs) {
  const packages = new Set(
    Object.keys(inputs).flatMap((file) => /^.*node_modules\/((@[^/]+\/)?[^/]+)\//.exec(file)?.[0] ?? []),
  );
  const texts = [];
  for (const folder of [...packages].sort()) {
    const { name, version, license } = JSON.parse(await readFile(`${folder}package.json`, 'utf8'));
    const file = (await readdir(folder)).find((entry) => /^(licen[cs]e|copying)/i.test(entry));
    texts.push(`${name} ${version} (${license ?? 'see text'})\n\n${file ? await readFile(folder + file, 'utf8') : ''}`);
  }
  return texts.join(`\n${'-'.repeat(80)}\n`);
}

/** oclif reads commands and flags from here instead of importing every command. */
async function writeManifest() {
  const plugin = new Plugin({
    root: process.cwd(),
    isRoot: true,
    ignoreManifest: true,
    errorOnManifestCreate: true,
    respectNoCacheDefault: true,
  });
  await plugin.load();
  const text = `${JSON.stringify(plugin.manifest, null, 2)}\n`;
  if (!check) return writeFile('oclif.manifest.json', text);
  if ((await readFile('oclif.manifest.json', 'utf8').catch(() => '')) === text) return;
  process.stderr.write('stale: oclif.manifest.json\nrun: npm run build, and commit the result\n');
  process.exitCode = 1;
}

await bundle();
if (!check) await buildGateway();
await writeManifest();
