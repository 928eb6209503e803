import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { BROKEN_IMAGES } from '../helpers/broken-images.ts';
import { mcpk, temporaryFolder } from '../helpers/cli.ts';
import { until } from '../helpers/cluster.ts';
import { ociLayout, sha256 } from '../helpers/image-archive.ts';

const whyNot = ['docker-registry', 'skopeo', 'htpasswd'].filter(
  (program) => spawnSync('which', [program]).status !== 0,
);
const skipped = whyNot.length > 0 ? ` (skipped: ${whyNot.join(', ')} missing)` : '';
const login = { user: 'me', password: randomBytes(9).toString('hex') };

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Debian's docker-registry with a login, on loopback. */
async function dockerRegistry(folder: string): Promise<string> {
  const host = `127.0.0.1:${await freePort()}`;
  const htpasswd = join(folder, 'htpasswd');
  writeFileSync(htpasswd, execFileSync('htpasswd', ['-niB', login.user], { input: login.password }));
  const config = join(folder, 'registry.yml');
  const storage = `{ filesystem: { rootdirectory: ${join(folder, 'data')} } }`;
  writeFileSync(
    config,
    `version: 0.1\nlog: { level: error }\nstorage: ${storage}\nhttp: { addr: "${host}" }\nauth: { htpasswd: { realm: test, path: ${htpasswd} } }\n`,
  );
  const registry = spawn('docker-registry', ['serve', config], { stdio: 'ignore' });
  onTestFinished(async () => {
    const ended = new Promise((resolve) => registry.once('close', resolve));
    registry.kill();
    await ended;
  });
  await until(
    'the registry answers',
    15_000,
    async () => (await fetch(`http://${host}/v2/`).catch(() => undefined))?.status === 401,
  );
  return host;
}

it.skipIf(whyNot.length > 0)(`a real registry: login, fetch, derive, push${skipped}`, async () => {
  const folder = temporaryFolder();
  const host = await dockerRegistry(folder);
  const broken = BROKEN_IMAGES[0] as (typeof BROKEN_IMAGES)[number];
  // One large layer, so that reading takes more than one piece.
  const image = {
    layers: [...broken.layers, [{ path: 'noise', content: randomBytes(20_000_000) }]],
    config: broken.config,
  };
  for (const { path, content } of ociLayout('1', image)) {
    mkdirSync(join(folder, 'layout', path, '..'), { recursive: true });
    writeFileSync(join(folder, 'layout', path), content ?? '');
  }
  mkdirSync(join(folder, '.docker'));
  const auth = Buffer.from(`${login.user}:${login.password}`).toString('base64');
  const authFile = join(folder, '.docker/config.json');
  writeFileSync(authFile, JSON.stringify({ auths: { [host]: { auth } } }));
  const skopeo = (...args: string[]) =>
    execFileSync('skopeo', ['--insecure-policy', ...args], {
      env: { ...process.env, REGISTRY_AUTH_FILE: authFile },
      encoding: 'utf8',
    });
  skopeo('copy', '--quiet', '--dest-tls-verify=false', `oci:${folder}/layout:1`, `docker://${host}/mcp/fetch:1`);

  const env = { HOME: folder, MCPK_CACHE_DIR: join(folder, 'cache'), MCPK_PLAIN_HTTP: host, MCPK_OFFLINE: '' };
  const denied = await mcpk(['inspect', `${host}/mcp/fetch:1`, '--json'], {
    env: { ...env, HOME: join(folder, 'data') },
  });
  expect([denied.code, JSON.parse(denied.stdout).error.code]).toEqual([3, 'image.denied']);
  const missing = await mcpk(['inspect', `${host}/mcp/fetch:2`, '--json'], { env });
  expect([missing.code, JSON.parse(missing.stdout).error.code]).toEqual([2, 'image.not-found']);
  const found = await mcpk(['inspect', `${host}/mcp/fetch:1`, '--json'], { env });
  expect(JSON.parse(found.stdout).result).toMatchObject({ verdict: 'fails', path: '/root' });

  const fixed = await mcpk(['fix', `${host}/mcp/fetch:1`, '--output', `${host}/mcp/mended:1`, '--json'], { env });
  const { result } = JSON.parse(fixed.stdout);
  expect([fixed.code, result.changes]).toEqual([0, [{ path: '/root', change: 'o+x /root' }]]);
  expect(fixed.stdout + fixed.stderr).not.toContain(login.password);
  // What another tool gets is what was said, with the layers of the first image and one more.
  const manifest = skopeo('inspect', '--raw', '--tls-verify=false', `docker://${host}/mcp/mended:1`);
  expect(`sha256:${createHash('sha256').update(manifest).digest('hex')}`).toBe(result.digest);
  const before = JSON.parse(skopeo('inspect', '--raw', '--tls-verify=false', `docker://${host}/mcp/fetch:1`));
  const after = JSON.parse(manifest);
  expect(after.layers.slice(0, -1)).toEqual(before.layers);
  expect(after.layers.length).toBe(before.layers.length + 1);
  const copy = join(folder, 'copy');
  skopeo('copy', '--quiet', '--src-tls-verify=false', `docker://${host}/mcp/mended:1`, `dir:${copy}`);
  const layer = execFileSync('tar', ['-tvzf', join(copy, after.layers.at(-1).digest.slice(7))], { encoding: 'utf8' });
  expect(layer.trim().split('\n')).toEqual([expect.stringMatching(/^drwx-----x 0\/0 .* root\/$/)]);
  const judged = await mcpk(['inspect', `${host}/mcp/mended:1`], { env });
  expect([judged.code, judged.stdout]).toEqual([0, expect.stringMatching(/^√ ok/)]);
  expect(sha256(manifest)).toBe(result.digest);
  rmSync(copy, { recursive: true });
});
