import { execFileSync } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { BROKEN_IMAGES } from '../helpers/broken-images.ts';
import { mcpk, temporaryFolder } from '../helpers/cli.ts';
import { dockerRegistry, noRegistry } from '../helpers/docker-registry.ts';
import { ociLayout, sha256 } from '../helpers/image-archive.ts';

const skipped = noRegistry ? ` (skipped: ${noRegistry})` : '';
const login = { user: 'me', password: randomBytes(9).toString('hex') };

it.skipIf(noRegistry)(`a real registry: login, fetch, derive, push${skipped}`, async () => {
  const folder = temporaryFolder();
  const host = await dockerRegistry(folder, login);
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
