// What it costs to check 1,001 objects in one file: mcpk lint, kubeconform with schemas on disk, and kube-score, as
// whole processes in turn in one run; and our schemas alone. Absolute times are of the machine at that moment.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { loadAll } from 'js-yaml';
import { goProgram, KUBE_SCORE, KUBECONFORM, kubeconformSchemas, schemaLocation } from './linters.mjs';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 11);
const SERVERS = 332;
const root = fileURLToPath(new URL('../../', import.meta.url));
const bin = join(root, 'bin/run.js');

export async function benchLint() {
  const folder = mkdtempSync(join(tmpdir(), 'mcpk-bench-'));
  try {
    const file = manifests(folder);
    const schemas = schemaFolder(folder);
    const subjects = [
      { name: 'node -e 0', argv: [process.execPath, '-e', '0'] },
      { name: 'mcpk lint --only schema', argv: [process.execPath, bin, 'lint', file, '--only', 'schema'] },
      { name: 'mcpk lint, every rule', argv: [process.execPath, bin, 'lint', file], faults: true },
      ...program(
        KUBECONFORM,
        (path) => schemas && [path, '-strict', '-schema-location', schemaLocation(schemas), file],
      ),
      ...program(KUBE_SCORE, (path) => [path, 'score', '--output-format', 'ci', file], { faults: true }),
    ];
    report(measure(subjects));
    await reportSchemas(folder, file);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** One file with the objects of many servers. */
function manifests(folder) {
  const servers = Array.from(
    { length: SERVERS },
    (_, i) => `  s${i}: { image: example.com/s${i}:1, command: [serve] }`,
  );
  writeFileSync(join(folder, 'mcpk.yaml'), `apiVersion: mcpk/v1\nname: bench\nservers:\n${servers.join('\n')}\n`);
  const { stdout } = run([process.execPath, bin, 'render'], { cwd: folder });
  const file = join(folder, 'objects.yaml');
  writeFileSync(file, stdout);
  return file;
}

/** The schemas of the API server of the tests, as kubeconform wants them; undefined where there is no cluster. */
function schemaFolder(folder) {
  try {
    const index = JSON.parse(openApi('/openapi/v3'));
    const paths = Object.keys(index.paths).filter((path) => /^apis?\/(.*\/)?v\d/.test(path));
    const target = join(folder, 'schemas');
    mkdirSync(target);
    for (const [name, schema] of kubeconformSchemas(paths.map((path) => JSON.parse(openApi(`/openapi/v3/${path}`))))) {
      writeFileSync(join(target, name), JSON.stringify(schema));
    }
    return target;
  } catch (error) {
    console.log(
      `skipped: kubeconform, for want of a cluster to make its schemas from: ${error.message.split('\n')[0]}`,
    );
    return undefined;
  }
}

function openApi(path) {
  const { MCPK_E2E_KUBECONFIG: kubeconfig } = process.env;
  const kubectl = ['kubectl', 'get', '--raw', path];
  const inCluster = [join(root, 'test/cluster/cluster'), 'exec', '--', ...kubectl];
  return run(kubeconfig ? [...kubectl, '--kubeconfig', kubeconfig] : inCluster, {}).stdout;
}

function program(module, argvOf, more = {}) {
  const built = goProgram(module);
  if ('missing' in built) {
    console.log(`skipped: ${built.missing}`);
    return [];
  }
  const argv = argvOf(built.path);
  const [name, version] = module.split('/').at(-1).split('@');
  return argv ? [{ name: `${name} ${version}`, argv, ...more }] : [];
}

function run([command, ...args], options, mayFail = false) {
  const result = spawnSync(command, args, { encoding: 'utf8', maxBuffer: 1 << 28, ...options });
  if (result.error) throw result.error;
  if (result.status !== 0 && !mayFail)
    throw new Error(`${command} ${args[0]} ended with ${result.status}: ${result.stderr}`);
  return result;
}

/** Milliseconds of each, one of each in turn, so that a busy moment of the machine meets all of them. */
function measure(subjects) {
  const measured = subjects.map((subject) => ({ ...subject, times: [] }));
  for (let round = -1; round < ROUNDS; round++) {
    for (const { argv, times, faults } of measured) {
      const start = process.hrtime.bigint();
      run(argv, {}, faults);
      if (round >= 0) times.push(Number(process.hrtime.bigint() - start) / 1e6);
    }
  }
  return measured;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

function report(measured) {
  const floor = median(measured[1].times);
  console.log(`Node ${process.version}, ${ROUNDS} rounds, medians, ${3 * SERVERS + 5} objects in one file\n`);
  console.log('| what | ms | ratio to mcpk lint --only schema | budget |\n| --- | --- | --- | --- |');
  for (const { name, times } of measured) {
    const ms = median(times);
    const budget = name.startsWith('kubeconform') ? 'more than 1' : '';
    console.log(`| ${name} | ${ms.toFixed(0)} | ${(ms / floor).toFixed(2)} | ${budget} |`);
  }
}

/** The schemas without the rest: importing them, the first pass over the objects, and one when the code is warm. */
async function reportSchemas(folder, file) {
  const outfile = join(folder, 'validate.mjs');
  const entryPoints = [join(root, 'src/core/schemas/validate.ts')];
  await build({ entryPoints, bundle: true, format: 'esm', platform: 'node', minify: true, outfile });
  const objects = loadAll(readFileSync(file, 'utf8'));
  const [importMs, { validateObject }] = await timed(() => import(outfile));
  const passes = [];
  for (let pass = 0; pass < 20; pass++) {
    const [ms, problems] = await timed(() => objects.flatMap((object) => validateObject(object).problems));
    if (problems.length > 0) throw new Error(`what mcpk renders is not valid: ${problems[0].message}`);
    passes.push(ms);
  }
  const [first] = passes;
  console.log(
    `\nschemas alone: import ${importMs.toFixed(1)} ms, first pass ${first.toFixed(1)} ms, warm ${median(passes).toFixed(1)} ms`,
  );
}

async function timed(work) {
  const start = performance.now();
  const result = await work();
  return [performance.now() - start, result];
}
