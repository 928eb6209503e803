// Builds container images without a daemon or a registry: docker archives made of
// layers, each cached under a hash of what it is made from.
//   node build.mjs CACHE TOOLS all|--system|NAME...
// prints the path of each image's archive. TOOLS is the folder that holds CoreDNS.
import { createHash } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { makeTar, sha256OfFile, writeArchive } from './archive.mjs';
import { layers as kinds, revision } from './layers.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const images = dirname(here);
const repository = join(images, '../../..');
const [cache, tools, ...wanted] = process.argv.slice(2);

function hashOf(...parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(part).update('\0');
  return hash.digest('hex').slice(0, 16);
}

function contentsOf(path) {
  if (!existsSync(path)) throw new Error(`${path} does not exist`);
  if (!statSync(path).isDirectory()) return readFileSync(path);
  return hashOf(
    ...readdirSync(path)
      .sort()
      .flatMap((name) => [name, contentsOf(join(path, name))]),
  );
}

// A layer is made from its description, the files that it names, and this program's revision.
function keyOf(layer) {
  const inputs = layer.kind === 'go' ? [layer.directory] : (layer.entries ?? []).flatMap(({ from }) => from ?? []);
  const { directory: _, ...description } = layer;
  const portable = JSON.stringify(description, (name, value) => (name === 'from' ? undefined : value));
  return `${layer.kind}-${hashOf(portable, ...inputs.map(contentsOf), revision)}`;
}

const tarOf = (layer) => join(cache, 'layers', `${keyOf(layer)}.tar`);

const underWay = new Map();

// A layer that several images share is made, or fails, once.
function buildLayer(layer, base) {
  const key = keyOf(layer);
  if (!underWay.has(key)) underWay.set(key, makeLayer(layer, base));
  return underWay.get(key);
}

async function makeLayer(layer, base) {
  const tar = tarOf(layer);
  if (!existsSync(`${tar}.diff-id`)) {
    process.stderr.write(`cluster: building layer ${keyOf(layer)}\n`);
    mkdirSync(dirname(tar), { recursive: true });
    const work = mkdtempSync(join(cache, 'layer-'));
    try {
      const context = {
        root: join(work, 'root'),
        scratch: join(work, 'scratch'),
        tar: join(work, 'layer.tar'),
        baseTar: () => tarOf(base),
      };
      mkdirSync(context.root);
      chmodSync(context.root, 0o755);
      mkdirSync(context.scratch);
      await kinds[layer.kind](layer, context);
      if (!existsSync(context.tar)) makeTar(context.root, context.tar, readdirSync(context.root).sort());
      renameSync(context.tar, tar);
      writeFileSync(`${tar}.diff-id`, await sha256OfFile(tar));
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
  return { tar, diffId: readFileSync(`${tar}.diff-id`, 'utf8') };
}

async function buildImage(name) {
  const recipe = await readRecipe(name);
  const { reference, config, layers } = recipe;
  const path = join(
    cache,
    'images',
    `${name}-${hashOf(reference, JSON.stringify(config), ...layers.map(keyOf), revision)}.tar`,
  );
  if (!existsSync(path)) {
    const base = layers.find(({ kind }) => kind === 'base');
    const built = [];
    for (const layer of layers) built.push(await buildLayer(layer, base));
    process.stderr.write(`cluster: image ${reference}\n`);
    writeArchive(path, reference, config, built);
  }
  process.stdout.write(`${path}\n`);
}

async function readRecipe(name) {
  const { default: recipe } = await import(join(images, name, 'recipe.mjs'));
  const version = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')).version;
  return recipe({ repository, tools, version, directory: join(images, name) });
}

async function namesOf(selection) {
  const all = readdirSync(images).filter((name) => existsSync(join(images, name, 'recipe.mjs')));
  const system = ['pause', 'coredns'];
  if (selection === '--system') return system;
  if (selection === 'all') return all.filter((name) => !system.includes(name));
  if (!all.includes(selection)) throw new Error(`no image "${selection}"; there are: ${all.join(', ')}`);
  return [selection];
}

process.umask(0o022);
for (const selection of wanted) {
  for (const name of await namesOf(selection)) {
    try {
      await buildImage(name);
    } catch (error) {
      // One that cannot be built does not keep back the others.
      process.stderr.write(`cluster: image ${name}: ${error.message}\n`);
      process.exitCode = 1;
    }
  }
}
