// Writes everything that is derived from sources: the published JSON Schemas (committed, proven fresh by
// `npm run check`), and the compiled validators and catalog (git-ignored). `--check` compares and writes nothing.
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { Ajv2020 } from 'ajv/dist/2020.js';
import standalone from 'ajv/dist/standalone/index.js';
import { build } from 'esbuild';
import { parse } from 'yaml';
import { z } from 'zod';
import { kubernetesSchemas } from './generate-kubernetes-schemas.mjs';

const check = process.argv.includes('--check');
const stale = [];

async function emit(file, text, { committed }) {
  if (check && committed) {
    const now = await readFile(file, 'utf8').catch(() => '');
    if (now !== text) stale.push(file);
    return;
  }
  if (!check) await writeFile(file, text);
}

/** Imports TypeScript source, which Node 20 cannot do itself. */
async function importSource(file) {
  const out = await build({
    entryPoints: [file],
    bundle: true,
    format: 'esm',
    platform: 'node',
    packages: 'external',
    write: false,
  });
  const temporary = new URL(`../node_modules/.cache/mcpk/${file.replaceAll('/', '_')}.mjs`, import.meta.url);
  await mkdir(new URL('.', temporary), { recursive: true });
  await writeFile(temporary, out.outputFiles[0].text);
  return import(temporary);
}

/** ajv validator as plain code, with its few helpers bundled in. */
async function compileValidator(schema, file) {
  const ajv = new Ajv2020({
    allErrors: true,
    verbose: true,
    strict: true,
    allowUnionTypes: true,
    code: { source: true, esm: true },
  });
  const code = standalone.default(ajv, ajv.compile(schema));
  const out = await build({
    stdin: { contents: code, resolveDir: process.cwd() },
    bundle: true,
    format: 'esm',
    platform: 'node',
    write: false,
  });
  await emit(file, out.outputFiles[0].text, { committed: false });
}

const pretty = (value) => `${JSON.stringify(value, null, 2)}\n`;

await mkdir('schemas', { recursive: true });
const { configSchema, catalogEntrySchema } = await importSource('src/core/config/schema.ts');
const { envelopeSchema, resultSchemas } = await importSource('src/contract.ts');

const config = { title: 'mcpk.yaml', ...z.toJSONSchema(configSchema, { target: 'draft-2020-12' }) };
await emit('schemas/mcpk.v1.schema.json', pretty(config), { committed: true });
await compileValidator(config, 'src/core/config/validate.generated.mjs');

for (const [command, result] of Object.entries(resultSchemas)) {
  const schema = {
    title: `mcpk ${command} --json`,
    ...z.toJSONSchema(envelopeSchema(command, result), { target: 'draft-2020-12' }),
  };
  await emit(`schemas/${command}.result.schema.json`, pretty(schema), { committed: true });
}

const catalog = {};
for (const file of (await readdir('templates/servers')).sort()) {
  const entry = catalogEntrySchema.safeParse(parse(await readFile(`templates/servers/${file}`, 'utf8')));
  if (!entry.success) throw new Error(`templates/servers/${file}: ${z.prettifyError(entry.error)}`);
  if (`${entry.data.name}.yaml` !== file) throw new Error(`templates/servers/${file}: its name is ${entry.data.name}`);
  catalog[entry.data.name] = entry.data;
}
await emit('src/adapters/catalog.generated.json', pretty(catalog), { committed: false });

const kubernetes = `${JSON.stringify(await kubernetesSchemas())}\n`;
await emit('src/core/schemas/kubernetes.generated.json', kubernetes, { committed: false });

if (stale.length > 0) {
  process.stderr.write(`stale: ${stale.join(', ')}\nrun: npm run generate, and commit the result\n`);
  process.exitCode = 1;
}
