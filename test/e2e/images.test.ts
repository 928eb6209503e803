import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../helpers/cli.ts';
import { cluster, mcpkOnCluster, restrictedNamespace } from '../helpers/cluster.ts';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));
const CLUSTER = `${ROOT}test/cluster/cluster`;
const { version } = JSON.parse(readFileSync(`${ROOT}package.json`, 'utf8'));
const PREFIX = 'mcpk.test/built';

/** The cluster's own tools are needed to put images into it. */
const whyNot = !process.env['MCPK_E2E_OWN_CLUSTER']
  ? 'this cluster is not of test/cluster: no way to load images is known'
  : spawnSync('buildah', ['version']).status === 0
    ? ''
    : 'buildah is missing';

/** Builds with storage of its own: nothing of the machine's is used or left. */
function buildah(folder: string) {
  const storage = {
    STORAGE_DRIVER: 'vfs',
    BUILDAH_ISOLATION: 'chroot',
    CONTAINERS_STORAGE_CONF: join(folder, 'storage.conf'),
  };
  const roots = `graphroot = "${folder}/graph"\nrunroot = "${folder}/run"\n`;
  writeFileSync(storage.CONTAINERS_STORAGE_CONF, `[storage]\ndriver = "vfs"\n${roots}`);
  const env = { ...process.env, ...storage };
  return (program: string, ...args: string[]) =>
    execFileSync(program, args, { cwd: ROOT, env, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

it.skipIf(whyNot)(`the Dockerfiles’ images run a restricted app${whyNot ? ` (skipped: ${whyNot})` : ''}`, async () => {
  const folder = temporaryFolder();
  const run = buildah(folder);
  // Any image with Node.js will do: the test cluster's is built here, where no public registry can be reached.
  const base = run(CLUSTER, 'build-images', 'gateway').trim();
  const id = run('buildah', 'pull', '--quiet', `docker-archive:${base}`).trim();
  run('buildah', 'tag', id, 'localhost/node-base:1');
  const build = (to: string) =>
    run(
      'node',
      'scripts/build-images.mjs',
      '--builder',
      'buildah',
      '--archive',
      to,
      '--prefix',
      PREFIX,
      '--node-image',
      'localhost/node-base:1',
    );
  const archives = ['bridge-amd64.tar', 'gateway-amd64.tar'];
  build(join(folder, 'one'));
  build(join(folder, 'two'));
  const configOf = (to: string, file: string) =>
    JSON.parse(run('tar', '-xOf', join(folder, to, file), 'manifest.json'))[0] as { Config: string };
  for (const file of archives) {
    // Named by its digest: the same sources gave the same image.
    const { Config } = configOf('one', file);
    expect(configOf('two', file).Config).toBe(Config);
    const { config } = JSON.parse(run('tar', '-xOf', join(folder, 'one', file), Config));
    expect(config.User).toBe('65532:65532');
  }
  run(CLUSTER, 'load', ...archives.map((file) => join(folder, 'one', file)));

  const namespace = await restrictedNamespace(await cluster(), 'e2e-images');
  const cwd = temporaryFolder();
  const image = (part: string) => `{ image: "${PREFIX}/${part}:${version}" }`;
  writeFileSync(
    join(cwd, 'mcpk.yaml'),
    `apiVersion: mcpk/v1\nname: demo\nnamespace: ${namespace}\ngateway: ${image('gateway')}\nbridge: ${image('bridge')}\n` +
      'servers: { time: { image: docker.io/mcpk-test/mcp-server-time:2026.10.19, shared: true } }\n',
  );
  const deployed = await mcpkOnCluster(['deploy'], cwd);
  expect([deployed.code, deployed.stderr]).toEqual([0, expect.anything()]);
  const verified = await mcpkOnCluster(['verify'], cwd);
  expect([verified.code, verified.stdout]).toEqual([0, expect.stringContaining('mcp.gateway.tools[time]')]);
});
