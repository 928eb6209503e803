// What a verdict costs: cold from a registry on loopback, beside fetching and gunzipping the same layers alone; cached;
// of an image of 1.5 million files; and of one of ten million, which is refused. Times are whole processes; CPU times
// are printed too, because a busy machine changes them less.
import { spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import {
  closeSync,
  createReadStream,
  createWriteStream,
  mkdtempSync,
  openSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { fileURLToPath } from 'node:url';
import { createGzip, gzipSync } from 'node:zlib';

const bin = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
const LAYERS = 5;
const FILES_A_LAYER = 5000;
const FILE_BYTES = 10_000;
const MANY_FILES = 1_500_000;
const TOO_MANY_FILES = 10_000_000;
const ROUNDS = 5;

function header(path, size, type = '0', mode = 0o755) {
  const block = Buffer.alloc(512);
  block.write(path, 0, 100, 'latin1');
  const octal = (value, at, length) => block.write(`${value.toString(8).padStart(length - 1, '0')}\0`, at, 'latin1');
  octal(mode, 100, 8);
  octal(0, 108, 8);
  octal(0, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  block.write(type, 156, 'latin1');
  block.write('ustar\x0000', 257, 'latin1');
  block.fill(32, 148, 156);
  octal(
    block.reduce((sum, byte) => sum + byte, 0),
    148,
    7,
  );
  return block;
}

/** Half of each file is noise, so that it packs as programs do. */
function* ordinaryLayer(layer) {
  yield header('usr/', 0, '5');
  for (let i = 0; i < FILES_A_LAYER; i++) {
    const content = Buffer.concat([randomBytes(FILE_BYTES / 2), Buffer.alloc(FILE_BYTES / 2, i)]);
    yield header(`usr/lib/layer${layer}/folder${i % 50}/file${i}.py`, content.length, '0', 0o644);
    yield Buffer.concat([content, Buffer.alloc((512 - (content.length % 512)) % 512)]);
  }
  yield* program();
}

function* manyFiles() {
  for (let i = 0; i < MANY_FILES; i++)
    yield header(`srv/node_modules/package${i % 20000}/lib/file${i}.js`, 0, '0', 0o644);
  yield* program();
}

/** Not a program, which is as much to look at: it fails with ENOEXEC. */
function* program() {
  yield header('server', 4);
  yield Buffer.alloc(512, 'text');
  yield Buffer.alloc(1024);
}

/** Larger pieces: a stream of a million small ones takes its time. */
function* gathered(chunks) {
  let pieces = [];
  let bytes = 0;
  for (const chunk of chunks) {
    pieces.push(chunk);
    bytes += chunk.length;
    if (bytes < 1 << 20) continue;
    yield Buffer.concat(pieces);
    pieces = [];
    bytes = 0;
  }
  yield Buffer.concat(pieces);
}

async function packed(folder, name, chunks) {
  const part = join(folder, name);
  await pipeline(Readable.from(gathered(chunks)), createGzip({ level: 6 }), createWriteStream(part));
  const hash = createHash('sha256');
  await pipeline(createReadStream(part), hash);
  return { file: part, digest: `sha256:${hash.digest('hex')}`, size: statSync(part).size };
}

/** gzip files one after the other are a gzip file: the same ten thousand members again and again. */
function packedTooMany(folder) {
  const file = join(folder, 'too-many');
  const headers = Array.from({ length: 10_000 }, () => header(`srv/${randomBytes(6).toString('hex')}`, 0, '0', 0o644));
  const part = gzipSync(Buffer.concat(headers));
  const hash = createHash('sha256');
  const fd = openSync(file, 'w');
  for (let files = 0; files < TOO_MANY_FILES; files += headers.length) {
    writeSync(fd, part);
    hash.update(part);
  }
  closeSync(fd);
  return { file, digest: `sha256:${hash.digest('hex')}`, size: statSync(file).size };
}

/** The documents of an image, and where its blobs are. */
function describe(folder, name, layers) {
  const config = JSON.stringify({
    os: 'linux',
    architecture: 'amd64',
    config: { Entrypoint: ['/server'] },
    rootfs: { type: 'layers', diff_ids: layers.map(({ digest }) => digest) },
  });
  const sha = (text) => `sha256:${createHash('sha256').update(text).digest('hex')}`;
  const configFile = join(folder, `${name.replaceAll('/', '-')}.config`);
  writeFileSync(configFile, config);
  const media = 'application/vnd.oci.image';
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: `${media}.manifest.v1+json`,
    config: { mediaType: `${media}.config.v1+json`, digest: sha(config), size: config.length },
    layers: layers.map(({ digest, size }) => ({ mediaType: `${media}.layer.v1.tar+gzip`, digest, size })),
  });
  return {
    name,
    manifest,
    blobs: Object.fromEntries([[sha(config), configFile], ...layers.map(({ digest, file }) => [digest, file])]),
  };
}

/** In a process of its own, so that it does not share a thread with what is measured. */
const SERVER = `
import { createServer } from 'node:http';
import { createReadStream, readFileSync, statSync } from 'node:fs';
const images = JSON.parse(readFileSync(process.argv[1], 'utf8'));
const server = createServer((request, response) => {
  const [, name, kind, what] = /^\\/v2\\/(.+)\\/(manifests|blobs)\\/(.+)$/.exec(request.url) ?? [];
  const image = images.find((one) => one.name === name);
  if (kind === 'manifests') return response.setHeader('content-type', 'application/vnd.oci.image.manifest.v1+json').end(image.manifest);
  const file = image?.blobs[what];
  if (!file) return response.writeHead(404).end();
  response.setHeader('content-length', statSync(file).size);
  createReadStream(file, { highWaterMark: 1 << 18 }).pipe(response);
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
`;

async function serve(folder, images) {
  const list = join(folder, 'images.json');
  writeFileSync(list, JSON.stringify(images));
  const child = spawn(process.execPath, ['--input-type=module', '-e', SERVER, list], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const port = await new Promise((resolve) => child.stdout.once('data', (text) => resolve(String(text).trim())));
  return { host: `127.0.0.1:${port}`, stop: () => child.kill() };
}

/** What every reader has to do at least. */
const FETCH_AND_GUNZIP = `
import { createGunzip } from 'node:zlib';
import { Readable, Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
for (const url of process.argv.slice(1)) {
  const response = await fetch(url);
  await pipeline(Readable.fromWeb(response.body), createGunzip({ chunkSize: 1 << 18 }), new Writable({ write: (_, __, done) => done() }));
}
`;

/** What a process writes to a file at its end: memory of its own (maxRSS has that of who started it), and CPU time. */
const AT_EXIT = (file) => `
import { readFileSync, writeFileSync } from 'node:fs';
process.on('exit', () => {
  const peak = /VmHWM:\\s+(\\d+) kB/.exec(readFileSync('/proc/self/status', 'utf8'))[1];
  const { user, system } = process.cpuUsage();
  writeFileSync(${JSON.stringify(file)}, JSON.stringify({ megabytes: peak / 1024, cpuMs: (user + system) / 1000 }));
});`;

/** @returns milliseconds, those of the CPU, and the most memory in MiB; asking for that costs a little at the start */
function measure(folder, args, { env = {}, codes = [0, 1], more = true } = {}) {
  const file = join(folder, 'at-exit');
  const hook = `data:text/javascript,${encodeURIComponent(AT_EXIT(file))}`;
  const start = process.hrtime.bigint();
  const { status, stderr } = spawnSync(process.execPath, [...(more ? ['--import', hook] : []), ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ms = Number(process.hrtime.bigint() - start) / 1e6;
  // 1: the verdict is `fails`, as it should be.
  if (!codes.includes(status)) throw new Error(`${args.join(' ').slice(0, 200)} ended with ${status}: ${stderr}`);
  return { ms, ...(more && JSON.parse(readFileSync(file, 'utf8'))) };
}

const median = (values) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)];

export async function benchImages() {
  const folder = mkdtempSync(join(tmpdir(), 'mcpk-bench-images-'));
  let registry;
  try {
    const layers = [];
    for (let i = 0; i < LAYERS; i++) layers.push(await packed(folder, `layer${i}`, ordinaryLayer(i)));
    const many = await packed(folder, 'many', manyFiles());
    const tooMany = packedTooMany(folder);
    registry = await serve(folder, [
      describe(folder, 'bench/ordinary', layers),
      describe(folder, 'bench/many', [many]),
      describe(folder, 'bench/too-many', [tooMany]),
    ]);
    report(folder, registry.host, layers);
  } finally {
    registry?.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

function report(folder, host, layers) {
  let caches = 0;
  const inspect = (name, cache, options) =>
    measure(folder, [bin, 'inspect', `${host}/bench/${name}:1`, '--plain-http', host], {
      env: { MCPK_CACHE_DIR: join(folder, cache) },
      ...options,
    });
  const cold = (name, options) => inspect(name, `cache${caches++}`, options);
  const urls = layers.map(({ digest }) => `http://${host}/v2/bench/ordinary/blobs/${digest}`);
  const alone = () => measure(folder, ['--input-type=module', '-e', FETCH_AND_GUNZIP, ...urls]);
  const bare = () => measure(folder, ['-e', '0'], { more: false });
  const rounds = Array.from({ length: ROUNDS }, () => ({ alone: alone(), cold: cold('ordinary') }));
  inspect('ordinary', 'kept');
  const cachedRounds = Array.from({ length: 11 }, () => ({
    bare: bare(),
    cached: inspect('ordinary', 'kept', { more: false }),
    counted: inspect('ordinary', 'kept'),
  }));
  const many = cold('many');
  const tooMany = cold('too-many', { codes: [3] });
  const of = (all, which, what) => median(all.map((round) => round[which][what]));
  const coldMs = of(rounds, 'cold', 'ms');
  const aloneMs = of(rounds, 'alone', 'ms');
  const cpuRatio = of(rounds, 'cold', 'cpuMs') / of(rounds, 'alone', 'cpuMs');
  const megabytes = layers.reduce((sum, { size }) => sum + size, 0) / 1e6;
  const row = (...cells) => console.log(`| ${cells.join(' | ')} |`);
  const memory = (...runs) => `${Math.max(...runs.map((run) => run.megabytes)).toFixed(0)} MB`;
  const seconds = ({ ms, cpuMs }) => `${(ms / 1000).toFixed(1)} s (${(cpuMs / 1000).toFixed(1)} s of CPU)`;
  row('what', 'seen', 'budget');
  row('---', '---', '---');
  row(
    `cold, ${LAYERS} layers, ${megabytes.toFixed(0)} MB packed, ${(LAYERS * FILES_A_LAYER * FILE_BYTES) / 1e6} MB plain`,
    `${coldMs.toFixed(0)} ms, ${(coldMs / aloneMs).toFixed(2)} x fetching and gunzipping alone (${aloneMs.toFixed(0)} ms); CPU ${cpuRatio.toFixed(2)} x`,
    '1.5 x',
  );
  row('memory of that', memory(...rounds.map((round) => round.cold)), '150 MB');
  row(
    'cached',
    `${of(cachedRounds, 'cached', 'ms').toFixed(0)} ms (bare Node ${of(cachedRounds, 'bare', 'ms').toFixed(0)} ms); CPU ${of(cachedRounds, 'counted', 'cpuMs').toFixed(0)} ms`,
    '150 ms',
  );
  row(`cold, ${MANY_FILES / 1e6} million files`, seconds(many), 'completes');
  row('memory of that', memory(many), '150 MB');
  row(`${TOO_MANY_FILES / 1e6} million files: refused after`, seconds(tooMany), 'ends');
  row('memory of that', memory(tooMany), '150 MB');
}
