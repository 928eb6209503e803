import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { dirname, join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BROKEN_IMAGES } from '../helpers/broken-images.ts';
import { mcpk, temporaryFolder } from '../helpers/cli.ts';
import { expectContract } from '../helpers/contract.ts';
import { dockerArchive, type ImageContent, ociLayout, registryImage } from '../helpers/image-archive.ts';
import { type Conduct, registry } from '../helpers/registry.ts';
import { type Member, tar } from '../helpers/tar.ts';

const fetchLike = BROKEN_IMAGES[0] as (typeof BROKEN_IMAGES)[number];
const image: ImageContent = { layers: fetchLike.layers, config: fetchLike.config };
/** So large that its connection can be cut several times; it does not shrink. */
const large: ImageContent = {
  ...image,
  layers: [...image.layers, [{ path: 'noise', content: randomBytes(3_000_000) }]],
};

function write(folder: string, members: Member[]): string {
  for (const { path, content } of members) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content ?? '');
  }
  return folder;
}

interface Run {
  args: string[];
  env?: Record<string, string>;
  home?: string;
}

async function inspect({ args, env = {}, home = temporaryFolder() }: Run) {
  const run = await mcpk(['inspect', '--json', ...args], {
    env: { HOME: home, MCPK_CACHE_DIR: join(home, 'cache'), MCPK_OFFLINE: '', ...env },
  });
  return { ...run, envelope: JSON.parse(run.stdout) };
}

describe('mcpk inspect, wherever the image is', () => {
  it.each([
    [
      'docker-archive',
      (folder: string) => {
        const file = join(folder, 'a.tar');
        writeFileSync(file, dockerArchive('x:1', image));
        return `docker-archive:${file}`;
      },
    ],
    ['oci', (folder: string) => `oci:${write(join(folder, 'layout'), ociLayout('1', image))}`],
    ['oci with a tag', (folder: string) => `oci:${write(join(folder, 'layout'), ociLayout('1', image))}:1`],
    [
      'oci-archive',
      (folder: string) => {
        const file = join(folder, 'a.tar');
        writeFileSync(file, tar(ociLayout('1', image)));
        return `oci-archive:${file}`;
      },
    ],
    [
      'oci with plain layers',
      (folder: string) =>
        `oci:${write(
          join(folder, 'layout'),
          ociLayout('1', image, (plain) => plain),
        )}`,
    ],
    [
      'oci with layers of several gzip members',
      (folder: string) =>
        `oci:${write(
          join(folder, 'layout'),
          ociLayout('1', image, (plain) =>
            Buffer.concat([gzipSync(plain.subarray(0, 700)), gzipSync(plain.subarray(700))]),
          ),
        )}`,
    ],
    ['oci with zstd layers', (folder: string) => `oci:${write(join(folder, 'layout'), ociLayout('1', image, zstdOf))}`],
  ])('%s', async (_, make) => {
    const { code, envelope } = await inspect({ args: [make(temporaryFolder())] });
    expect(envelope.result ?? envelope.error).toMatchObject({
      verdict: 'fails',
      errno: 'EACCES',
      path: '/root',
      message: 'fork/exec /app/.venv/bin/mcp-server-fetch: permission denied',
      works: [],
    });
    expect(code).toBe(1);
    expectContract('inspect', JSON.stringify(envelope));
  });

  it('a daemon', async () => {
    const socket = join(temporaryFolder(), 'd.sock');
    const server = createServer((request, response) => {
      if (request.url === '/images/mcp%2Ffetch%3A1/get') response.end(dockerArchive('mcp/fetch:1', image));
      else response.writeHead(404).end('{}');
    });
    await new Promise<void>((resolve) => server.listen(socket, resolve));
    onTestFinished(() => void server.close());
    const env = { DOCKER_HOST: `unix://${socket}` };
    expect((await inspect({ args: ['docker-daemon:mcp/fetch:1'], env })).envelope.result.path).toBe('/root');
    const missing = await inspect({ args: ['docker-daemon:other'], env });
    expect([missing.code, missing.envelope.error.code]).toEqual([2, 'image.not-found']);
    const none = await inspect({ args: ['docker-daemon:other'], env: { DOCKER_HOST: `unix://${socket}-not` } });
    expect([none.code, none.envelope.error.code]).toEqual([3, 'image.no-daemon']);
  });
});

/** A zstd frame of raw blocks (RFC 8878): nothing is packed, and no packer is needed. */
function zstdOf(plain: Buffer): Buffer {
  const header = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, 0x58]);
  const blocks: Buffer[] = [];
  for (let at = 0; at < plain.length; at += 65536) {
    const piece = plain.subarray(at, at + 65536);
    const last = at + 65536 >= plain.length ? 1 : 0;
    const head = Buffer.alloc(3);
    head.writeUIntLE((piece.length << 3) | last, 0, 3);
    blocks.push(head, piece);
  }
  return Buffer.concat([header, ...blocks]);
}

describe('mcpk inspect, from a registry', () => {
  const from = async (conduct: Conduct, content = image) => registry(registryImage(content), conduct);
  const args = (host: string, ...more: string[]) => [`${host}/mcp/server:1`, '--plain-http', host, ...more];

  it('reads it once, then needs no network', async () => {
    const home = temporaryFolder();
    const { host, requests } = await from({});
    expect((await inspect({ args: args(host), home })).envelope.result).toMatchObject({
      verdict: 'fails',
      path: '/root',
    });
    const asked = requests.length;
    expect((await inspect({ args: args(host), home })).envelope.result).toMatchObject({
      verdict: 'fails',
      stale: false,
    });
    expect((await inspect({ args: args(host, '--offline'), home })).code).toBe(1);
    expect(requests).toHaveLength(asked);
    await inspect({ args: args(host, '--refresh'), home });
    expect(requests.slice(asked)).toEqual(['GET /v2/mcp/server/manifests/1']);
    // The cache holds indexes and documents, and nothing on the way.
    expect(readdirSync(join(home, 'cache/images/work'))).toEqual([]);
  });

  it.each<['bearer' | 'basic']>([['bearer'], ['basic']])(
    'logs in with what Docker has stored (%s), and tells nobody',
    async (kind) => {
      const login = { user: 'me', password: 's3cret', kind };
      const { host } = await from({ login });
      const denied = await inspect({ args: args(host) });
      expect([denied.code, denied.envelope.error.code]).toEqual([3, 'image.denied']);
      const home = temporaryFolder();
      mkdirSync(join(home, '.docker'));
      const auth = Buffer.from('me:s3cret').toString('base64');
      writeFileSync(join(home, '.docker/config.json'), JSON.stringify({ auths: { [host]: { auth } } }));
      const allowed = await inspect({ args: args(host), home });
      expect(allowed.envelope.result?.path).toBe('/root');
      expect(allowed.stdout + allowed.stderr).not.toMatch(/s3cret|czNjcmV0/);
    },
  );

  it('takes blobs from where the registry says, which gets no token', async () => {
    const storage = await from({});
    const { host, authorizations } = await from({
      login: { user: 'me', password: 'p', kind: 'bearer' },
      elsewhere: storage.url,
    });
    const home = temporaryFolder();
    const auth = join(home, 'auth.json');
    writeFileSync(auth, JSON.stringify({ auths: { [host]: { auth: Buffer.from('me:p').toString('base64') } } }));
    const run = await inspect({ args: args(host), home, env: { REGISTRY_AUTH_FILE: auth } });
    expect(run.envelope.result?.path).toBe('/root');
    expect([...authorizations]).toContain('Bearer good');
    expect([storage.requests.length > 0, [...storage.authorizations]]).toEqual([true, []]);
  });

  it('asks a credential helper, and Podman’s file', async () => {
    const { host } = await from({ login: { user: 'me', password: 'p', kind: 'bearer' } });
    const home = temporaryFolder();
    mkdirSync(join(home, 'bin'));
    mkdirSync(join(home, '.docker'));
    const helper = join(home, 'bin/docker-credential-test');
    writeFileSync(
      helper,
      `#!/bin/sh\nread server\n[ "$1 $server" = "get ${host}" ] && echo '{"Username":"me","Secret":"p"}'\n`,
    );
    chmodSync(helper, 0o755);
    writeFileSync(join(home, '.docker/config.json'), JSON.stringify({ credHelpers: { [host]: 'test' } }));
    const PATH = `${join(home, 'bin')}:${process.env['PATH']}`;
    expect((await inspect({ args: args(host), home, env: { PATH } })).envelope.result?.path).toBe('/root');
    const file = join(home, 'auth.json');
    writeFileSync(
      file,
      JSON.stringify({ auths: { [`${host}/mcp`]: { auth: Buffer.from('me:p').toString('base64') } } }),
    );
    expect((await inspect({ args: args(host), env: { REGISTRY_AUTH_FILE: file } })).envelope.result?.path).toBe(
      '/root',
    );
  });

  it.each<[string, Conduct]>([
    ['takes a cut connection up where it ended', { cutAfter: 700_000 }],
    ['starts again where ranges are not known', { cutAfter: 2_950_000, cutTimes: 1, noRanges: true }],
    ['waits as long as a throttled registry says', { throttled: { times: 1, retryAfter: '1' } }],
  ])('%s', async (_, conduct) => {
    const { host, requests } = await from(conduct, large);
    expect((await inspect({ args: args(host) })).envelope).toMatchObject({ result: { path: '/root' } });
    // The configuration, the layers, and one of them again.
    const blobs = requests.filter((line) => line.includes('blobs')).length;
    if (conduct.noRanges) expect(blobs).toBe(1 + large.layers.length + 1);
    else if (conduct.cutAfter) expect(blobs).toBeGreaterThan(1 + large.layers.length + 1);
    expect(requests.filter((line) => line.includes('manifests')).length).toBe(conduct.throttled ? 2 : 1);
  });

  it('reads zstd layers that come in small pieces', async () => {
    const { host } = await registry(registryImage(large, zstdOf), {});
    expect((await inspect({ args: args(host) })).envelope).toMatchObject({ result: { path: '/root' } });
  });

  it.each<[string, Conduct, string, number]>([
    ['throttled for long', { throttled: { times: 9, retryAfter: '3600' } }, 'image.rate-limit', 3],
    ['throttled without a word', { throttled: { times: 9 } }, 'image.rate-limit', 3],
    ['bytes that are not those of the digest', { lies: true }, 'image.wrong-digest', 3],
    ['broken', { status: 500 }, 'image.registry', 3],
    ['forbidden', { status: 403 }, 'image.denied', 3],
    ['not there', { status: 404 }, 'image.not-found', 2],
  ])('%s: one clear error', async (_, conduct, code, exit) => {
    const { host } = await from(conduct);
    const run = await inspect({ args: args(host) });
    expect([run.envelope.error?.code, run.code]).toEqual([code, exit]);
    expect(run.envelope.error.suggestions.length).toBeGreaterThan(0);
  });

  it('asks a mirror first, and the registry where the mirror has nothing', async () => {
    const own = await from({});
    const mirror = await from({});
    const empty = await from({ status: 404 });
    const mirrored = await inspect({ args: ['registry.test/mcp/server:1', '--mirror', `registry.test=${mirror.url}`] });
    expect(mirrored.envelope.result?.path).toBe('/root');
    expect(
      (await inspect({ args: args(own.host, '--mirror', `${own.host}=${empty.url}`) })).envelope.result?.path,
    ).toBe('/root');
    expect(empty.requests.length).toBeGreaterThan(0);
  });

  it('no plain HTTP unless it is said', async () => {
    const { host, requests } = await from({});
    const run = await inspect({ args: [`${host}/mcp/server:1`] });
    expect([run.code, run.envelope.error.code, run.envelope.error.suggestions[0]]).toEqual([
      3,
      'image.registry-unreachable',
      expect.stringContaining('--plain-http'),
    ]);
    expect(requests).toEqual([]);
  });
});

describe('mcpk inspect, of archives that are made to harm', () => {
  const layout = (layer: Buffer) => {
    const { manifest, blobs } = registryImage({ ...image, layers: [[]] }, () => layer);
    const folder = temporaryFolder();
    const members = ociLayout('1', { ...image, layers: [[]] }, () => layer);
    expect(manifest.length + blobs.size).toBeGreaterThan(0);
    return `oci:${write(folder, members)}`;
  };

  it('an archive of images with more members than any has', async () => {
    const file = join(temporaryFolder(), 'a.tar');
    const one = tar([{ path: 'x' }]).subarray(0, 512);
    writeFileSync(file, Buffer.concat([...Array.from({ length: 60_000 }, () => one), Buffer.alloc(1024)]));
    // The same name again is no member more.
    expect((await inspect({ args: [`docker-archive:${file}`] })).envelope.error.code).toBe('image.not-found');
    const names = Array.from({ length: 60_000 }, (_, n) => tar([{ path: `x${n}` }]).subarray(0, 512));
    writeFileSync(file, Buffer.concat([...names, Buffer.alloc(1024)]));
    const run = await inspect({ args: [`docker-archive:${file}`] });
    expect([run.envelope.error.code, run.code]).toEqual(['image.too-large', 3]);
  });

  it('an image of more layers than overlayfs stacks', async () => {
    const empty = { layers: Array.from({ length: 501 }, () => []), config: { Entrypoint: ['/server'] } };
    const run = await inspect({ args: [`oci:${write(temporaryFolder(), ociLayout('1', empty))}`] });
    expect([run.envelope.error?.code, run.code]).toEqual(['image.too-large', 3]);
  });

  it.each<[string, () => Buffer, string]>([
    ['a path that leaves the image', () => tar([{ path: '../../etc/passwd', content: 'x' }]), 'image.damaged'],
    ['a path that Linux cannot open', () => tar([{ path: 'a/'.repeat(3000) }]), 'image.damaged'],
    [
      'a layer that is cut off',
      () => gzipSync(tar([{ path: 'a', content: randomBytes(5000) }])).subarray(0, 3000),
      'image.damaged',
    ],
    ['a layer that is no archive', () => Buffer.from('no archive'.repeat(100)), 'image.damaged'],
    [
      'a bomb',
      () => gzipSync(Buffer.concat([tar([]).subarray(0, 0), bombHeader(), Buffer.alloc(1_200_000_000)])),
      'image.too-large',
    ],
  ])('%s', { timeout: 60_000 }, async (_, layer, code) => {
    const run = await inspect({ args: [layout(layer())] });
    expect([run.envelope.error?.code, run.code]).toEqual([code, 3]);
  });
});

describe('mcpk inspect, of links that lead nowhere', () => {
  const link = (path: string, target: string): Member => ({ path, type: 'symlink', target });
  const again = (path: string, target: string): Member => ({ path, type: 'hardlink', target });
  it.each<[string, Member[], object]>([
    [
      'a program that is a link to itself',
      [link('server', 'server')],
      { errno: 'ELOOP', path: '/server', message: 'fork/exec /server: too many levels of symbolic links' },
    ],
    [
      'folders that are links to each other',
      [link('server', 'a/server'), link('a', 'b'), link('b', 'a')],
      { errno: 'ELOOP', message: 'fork/exec /server: too many levels of symbolic links' },
    ],
    ['forty links in a row', chain(40), { verdict: 'fails', errno: 'ENOEXEC' }],
    ['forty-one', chain(41), { errno: 'ELOOP' }],
    ['a hard link to itself', [again('server', 'server')], { verdict: 'fails', errno: 'ENOENT' }],
    ['hard links to each other', [again('server', 'b'), again('b', 'server')], { verdict: 'fails', errno: 'ENOENT' }],
    [
      'files below links to each other',
      [link('a', 'b'), link('b', 'a'), { path: 'a/x', content: '' }, { path: 'b/y', content: '' }],
      { verdict: 'fails', errno: 'ENOENT' },
    ],
  ])('%s: a verdict', async (_, members, expected) => {
    const looping = { layers: [members], config: { Entrypoint: ['/server'] } };
    const run = await inspect({ args: [`oci:${write(temporaryFolder(), ociLayout('1', looping))}`] });
    expect(run.envelope.result ?? run.envelope.error).toMatchObject({ verdict: 'fails', ...expected });
    expect(run.code).toBe(1);
  });

  function chain(links: number): Member[] {
    const members = Array.from({ length: links }, (__, n) => link(n === 0 ? 'server' : `l${n}`, `l${n + 1}`));
    return [...members, { path: `l${links}`, mode: 0o755, content: 'text' }];
  }
});

/** Says on stderr, at the end, how much memory the process has had at most: its own, not that of who started it. */
const TELL_MEMORY = `data:text/javascript,${encodeURIComponent(
  "process.on('exit', () => process.stderr.write(process.getBuiltinModule('fs').readFileSync('/proc/self/status', 'utf8')))",
)}`;

describe('mcpk inspect, of a layer of ten million files', () => {
  it('ends with one error, in the memory of any other', { timeout: 240_000 }, async () => {
    const members = Array.from({ length: 10_000 }, (__, n) => ({
      path: `srv/${n % 97}/${randomBytes(4).toString('hex')}`,
    }));
    // gzip files one after the other are a gzip file: a thousand times the same ten thousand.
    const packed = gzipSync(tar(members).subarray(0, -1024));
    const layer = Buffer.concat(Array.from({ length: 1000 }, () => packed));
    const content = ociLayout('1', { layers: [[]], config: { Entrypoint: ['/server'] } }, () => layer);
    const folder = temporaryFolder();
    const home = temporaryFolder();
    const run = await mcpk(['inspect', '--json', `oci:${write(folder, content)}`], {
      env: { HOME: home, MCPK_CACHE_DIR: home },
      nodeArgs: ['--import', TELL_MEMORY],
    });
    const { error } = JSON.parse(run.stdout);
    expect([error.code, error.message, run.code]).toEqual([
      'image.too-large',
      'a layer has more than 4000000 files',
      3,
    ]);
    if (process.platform === 'linux')
      expect(Number(/^VmHWM:\s+(\d+) kB$/m.exec(run.stderr)?.[1]) / 1024).toBeLessThan(150);
    // Nothing is left of what was on its way.
    expect(readdirSync(join(home, 'images/work'))).toEqual([]);
    expect(readdirSync(join(home, 'images/layers'))).toEqual([]);
  });
});

function bombHeader(): Buffer {
  const header = tar([{ path: 'zeros', content: '' }]).subarray(0, 512);
  header.write('00000000000', 124, 'latin1');
  header.write((1_200_000_000).toString(8).padStart(11, '0'), 124, 'latin1');
  header.fill(32, 148, 156);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return header;
}

describe('mcpk inspect, its command line', () => {
  const file = () => {
    const path = join(temporaryFolder(), 'a.tar');
    writeFileSync(path, dockerArchive('x:1', image));
    return `docker-archive:${path}`;
  };

  it('takes another command, user and group', async () => {
    const found = await inspect({ args: [file(), '--uid', '0', '--gid', '0'] });
    expect([found.code, found.envelope.result.verdict]).toEqual([0, 'ok']);
    const other = await inspect({ args: [file(), '--', '/usr/bin/interp', '--json', '/app'] });
    expect(other.envelope.result).toMatchObject({ verdict: 'ok', argv: ['/usr/bin/interp', '--json', '/app'] });
  });

  it('prints the way as namei does', async () => {
    const home = temporaryFolder();
    const { stdout, code } = await mcpk(['inspect', file()], { env: { HOME: home, MCPK_CACHE_DIR: home } });
    expect(code).toBe(1);
    expect(stdout).toContain('  interpreter /app/.venv/bin/interp\n');
    expect(stdout).toMatch(
      /lrw.* interp -> \/root\/\.local\/bin\/interp\n.*drwxr-xr-x 0:0 +\/\n.*drwx------ 0:0 +root {2}<-- EACCES\n/,
    );
    expect(stdout).toContain('RUN chmod o+x /root\n');
  });

  it.each([
    [['x', '--platform', 'linux'], 'usage.invalid'],
    [['X'], 'usage.invalid'],
    [['x', '--mirror', 'y'], 'usage.invalid'],
    [['docker-archive:/nowhere.tar'], 'image.not-found'],
    [['oci:/nowhere'], 'image.not-found'],
  ])('%j: exit code 2', async (args, code) => {
    const run = await inspect({ args });
    expect([run.code, run.envelope.error.code]).toEqual([2, code]);
  });
});

describe('mcpk add-server looks into the image', () => {
  const add = async (layers: Member[][], config: object) => {
    const { host } = await registry(registryImage({ layers, config }), {});
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'mcpk.yaml'), 'apiVersion: mcpk/v1\nname: demo\nservers: {}\n');
    const args = [
      'add-server',
      'notes',
      '--image',
      `${host}/mcp/server:1`,
      '--command',
      (config as { Entrypoint: string[] }).Entrypoint.join(' '),
    ];
    const env = { HOME: cwd, MCPK_CACHE_DIR: join(cwd, 'cache'), MCPK_OFFLINE: '', MCPK_PLAIN_HTTP: host };
    const run = await mcpk([...args, '--json'], { cwd, env });
    expectContract('add-server', run.stdout);
    return { run, envelope: JSON.parse(run.stdout), text: readFileSync(join(cwd, 'mcpk.yaml'), 'utf8') };
  };
  const broken = (pattern: string) =>
    BROKEN_IMAGES.find((one) => one.pattern === pattern) as (typeof BROKEN_IMAGES)[number];

  it('warns of one that nobody but root can run', async () => {
    const { layers, config } = broken('interpreter below /root');
    const { run, envelope, text } = await add(layers, { ...config, Entrypoint: ['/app/.venv/bin/mcp-server-fetch'] });
    expect(run.code).toBe(0);
    expect(envelope.warnings).toEqual([
      expect.stringMatching(/cannot run without root: uid 1000 may not enter \/root .*mcpk inspect/),
    ]);
    expect(envelope.result.images).toMatchObject([{ verdict: 'fails', errno: 'EACCES', path: '/root', works: [] }]);
    expect(text).not.toContain('security');
  });

  it('writes down whom it works for', async () => {
    const { layers, config } = broken('home of another user');
    const { envelope, text } = await add(layers, config);
    expect(envelope.warnings).toEqual([expect.stringContaining('it runs as uid 1001, gid 1001')]);
    expect(text).toContain('security:');
    expect(text).toMatch(/runAsUser: 1001/);
  });

  it('says that it could not be checked, and goes on', async () => {
    const cwd = temporaryFolder();
    writeFileSync(join(cwd, 'mcpk.yaml'), 'apiVersion: mcpk/v1\nname: demo\nservers: {}\n');
    const run = await mcpk(['add-server', 'notes', '--image', 'x/y:1', '--command', 's'], { cwd });
    expect([run.code, run.stderr]).toEqual([0, expect.stringMatching(/was not checked: .*not in the cache/)]);
  });
});
