// Builds the images of bridge and gateway with whatever builder is there, and takes them where they are needed:
//   npm run build:images -- --push registry.example.com/team   both platforms, as one multi-platform image each
//   npm run build:images -- --kind NAME                        into the nodes of a kind cluster
//   npm run build:images -- --archive FOLDER                   docker archives: docker load, ctr import, minikube load
// With --plain-http the registry is spoken to without TLS. The same sources give the same layers: no time stands in them.
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const root = fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
const PARTS = ['bridge', 'gateway'];
const BUILDERS = ['docker', 'podman', 'buildah'];
const OWN_REGISTRY = 'ghcr.io/mcpk';
const EXIT = { usage: 2, environment: 3 };
const USAGE = `usage: npm run build:images -- (--push REGISTRY/PREFIX | --kind NAME | --archive FOLDER)
  [--platform linux/amd64,linux/arm64] [--node-image IMAGE] [--builder ${BUILDERS.join('|')}] [--prefix REGISTRY/PREFIX] [--plain-http]`;

function stop(code, message) {
  process.stderr.write(`build-images: ${message}\n`);
  process.exit(code);
}

function readOptions() {
  const text = { type: 'string' };
  const names = ['push', 'kind', 'archive', 'platform', 'node-image', 'builder', 'prefix'];
  try {
    const flags = { 'plain-http': { type: 'boolean' } };
    const { values } = parseArgs({ options: { ...flags, ...Object.fromEntries(names.map((name) => [name, text])) } });
    if ([values.push, values.kind, values.archive].filter((value) => value).length === 1) return values;
  } catch (error) {
    stop(EXIT.usage, `${error.message}\n${USAGE}`);
  }
  return stop(EXIT.usage, `say where the images shall go\n${USAGE}`);
}

function run(program, args) {
  const { error, status } = spawnSync(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  if (error) stop(EXIT.environment, `${program} cannot be run (${error.code})`);
  if (status !== 0) stop(EXIT.environment, `\`${[program, ...args].join(' ')}\` ended with ${status}`);
}

/** A docker client without a daemon is of no use. */
function works(builder) {
  const question = builder === 'docker' ? ['buildx', 'inspect', '--bootstrap'] : ['version'];
  return spawnSync(builder, question, { stdio: 'ignore' }).status === 0;
}

const options = readOptions();
const builder = options.builder ?? BUILDERS.find(works);
if (!builder) stop(EXIT.environment, `none of ${BUILDERS.join(', ')} works here: install one`);
if (!BUILDERS.includes(builder)) stop(EXIT.usage, `--builder is one of ${BUILDERS.join(', ')}`);
const own = `linux/${{ x64: 'amd64', arm64: 'arm64' }[process.arch]}`;
const platforms = (options.platform ?? (options.push ? 'linux/amd64,linux/arm64' : own)).split(',');
const prefix = options.push ?? options.prefix ?? OWN_REGISTRY;
const reference = (part) => `${prefix}/${part}:${version}`;

/** What both kinds of builders understand. */
function common(part, platform) {
  const base =
    options['node-image'] && part === 'gateway' ? ['--build-arg', `NODE_IMAGE=${options['node-image']}`] : [];
  return ['--platform', platform, ...base, '--file', `runtime/${part}/Dockerfile`];
}

/** rewrite-timestamp, or the files of a layer would carry the time of the build. */
function buildx(part, platform, flags, output) {
  const fixed = ['--build-arg', 'SOURCE_DATE_EPOCH=0', '--tag', reference(part)];
  const to = ['--output', `${output},rewrite-timestamp=true`];
  run('docker', ['buildx', 'build', ...common(part, platform), ...fixed, ...flags, ...to, `runtime/${part}`]);
}

/** podman and buildah take the same words. */
function buildLocally(part, platform, name) {
  run(builder, ['build', ...common(part, platform), '--timestamp', '0', ...name, `runtime/${part}`]);
}

function archive(part, platform, file) {
  if (builder === 'docker') return buildx(part, platform, ['--provenance=false'], `type=docker,dest=${file}`);
  const local = `localhost/mcpk-${part}-${platform.replace('/', '-')}`;
  buildLocally(part, platform, ['--tag', local]);
  rmSync(file, { force: true });
  run(builder, ['push', local, `docker-archive:${file}:${reference(part)}`]);
}

function push(part) {
  const all = platforms.join(',');
  const plain = options['plain-http'];
  if (builder === 'docker') {
    const output = `type=image,push=true${plain ? ',registry.insecure=true' : ''}`;
    return buildx(part, all, ['--provenance=mode=max', '--sbom=true'], output);
  }
  const local = `localhost/mcpk-${part}`;
  spawnSync(builder, ['manifest', 'rm', local], { stdio: 'ignore' });
  buildLocally(part, all, ['--manifest', local]);
  run(builder, [
    'manifest',
    'push',
    '--all',
    ...(plain ? ['--tls-verify=false'] : []),
    local,
    `docker://${reference(part)}`,
  ]);
}

function archives(folder) {
  mkdirSync(folder, { recursive: true });
  return PARTS.flatMap((part) =>
    platforms.map((platform) => {
      const file = join(folder, `${part}-${platform.split('/')[1]}.tar`);
      archive(part, platform, file);
      return file;
    }),
  );
}

run(process.execPath, ['scripts/build-runtime.mjs']);
if (options.push) for (const part of PARTS) push(part);
if (options.archive) for (const file of archives(options.archive)) process.stdout.write(`${file}\n`);
if (options.kind) {
  const folder = mkdtempSync(join(tmpdir(), 'mcpk-images-'));
  try {
    for (const file of archives(folder)) run('kind', ['load', 'image-archive', file, '--name', options.kind]);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
if (prefix !== OWN_REGISTRY) {
  const keys = PARTS.map((part) => `${part}: { image: ${reference(part)} }`);
  process.stdout.write(`In mcpk.yaml:\n${keys.join('\n')}\n`);
}
