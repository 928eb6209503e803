// Builds container images without a daemon or a registry: layers, each cached
// under a hash of what it is made from, put together.
//   node build.mjs [--oci DIGESTS] CACHE TOOLS all|--system|NAME...
// prints the path of each image's archive; with --oci, writes them as one OCI layout to
// stdout, without the layers in DIGESTS (a,b). TOOLS is the folder that holds CoreDNS.
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
import { makeTar, sha256OfFile, writeDockerArchive, writeOciLayout } from './archive.mjs';
import { layers as kinds, revision } from './layers.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const images = dirname(here);
const repository = join(images, '../../..');
const argv = process.argv.slice(2);
const present = argv[0] === '--oci' ? argv.splice(0, 2)[1] : undefined;
const [cache, tools, ...wanted] = argv;

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

// The recipe with each layer built.
async function buildImage(name) {
  const { reference, config, layers } = await readRecipe(name);
  const base = layers.find(({ kind }) => kind === 'base');
  const built = [];
  for (const layer of layers) built.push(await buildLayer(layer, base));
  return { name, reference, config, layers: built };
}

// Only the newest archive of each image is kept.
function archive(image) {
  const directory = join(cache, 'images');
  const { name, reference, config, layers } = image;
  const file = `${name}@${hashOf(reference, JSON.stringify(config), ...layers.map(({ diffId }) => diffId))}.tar`;
  mkdirSync(directory, { recursive: true });
  if (!existsSync(join(directory, file))) {
    process.stderr.write(`cluster: image ${reference}\n`);
    for (const old of readdirSync(directory)) if (old.startsWith(`${name}@`)) rmSync(join(directory, old));
    writeDockerArchive(join(directory, file), image);
  }
  process.stdout.write(`${join(directory, file)}\n`);
}

async function readRecipe(name) {
  const { default: recipe } = await import(join(images, name, 'recipe.mjs'));
  const version = JSON.parse(readFileSync(join(repository, 'package.json'), 'utf8')).version;
  return recipe({ repository, tools, version, directory: join(images, name) });
}

const all = readdirSync(images).filter((name) => existsSync(join(images, name, 'recipe.mjs')));

function namesOf(selection) {
  const system = ['pause', 'coredns'];
  if (selection === '--system') return system;
  if (selection === 'all') return all.filter((name) => !system.includes(name));
  return [selection];
}

function fail(name, reason) {
  process.stderr.write(`cluster: image ${name}: ${reason}\n`);
  process.exitCode = 1;
}

async function main() {
  process.umask(0o022);
  const built = [];
  // One that cannot be built does not keep back the others.
  for (const name of new Set(wanted.flatMap(namesOf))) {
    if (all.includes(name))
      await buildImage(name).then(
        (image) => built.push(image),
        (error) => fail(name, error.message),
      );
    else fail(name, `there is no such file or image; images: ${all.join(', ')}`);
  }
  if (present === undefined) built.forEach(archive);
  else writeOciLayout(cache, built, new Set(present.split(',')));
}

await main();
