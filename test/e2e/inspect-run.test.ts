import { execFileSync, spawn } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import type { KubeConnection } from '../../src/adapters/kube/connection.ts';
import { BIN, mcpk, temporaryFolder } from '../helpers/cli.ts';
import { api, cluster, kubeconfig, restrictedNamespace, until } from '../helpers/cluster.ts';
import { dockerRegistry, noRegistry } from '../helpers/docker-registry.ts';

const CLUSTER = fileURLToPath(new URL('../cluster/cluster', import.meta.url));
const TIME = 'docker.io/mcpk-test/mcp-server-time:2026.10.19';
const FETCH = 'docker.io/mcp/fetch:latest';
const whyNot = process.env['MCPK_E2E_OWN_CLUSTER']
  ? noRegistry
  : 'this cluster is not of test/cluster: its images are not known';
const skipped = whyNot ? ` (skipped: ${whyNot})` : '';

/** The node has images from archives, mcpk reads the same ones from a registry that stands in for docker.io. */
async function mirrored(folder: string): Promise<Record<string, string>> {
  const host = await dockerRegistry(folder);
  const copy = (image: string, to: string) => {
    const archive = execFileSync(CLUSTER, ['build-images', image], { encoding: 'utf8' }).trim();
    const args = ['copy', '--quiet', '--dest-tls-verify=false', `docker-archive:${archive}`, `docker://${host}/${to}`];
    execFileSync('skopeo', ['--insecure-policy', ...args]);
  };
  copy('mcp-fetch', 'mcp/fetch:latest');
  copy('mcp-server-time', 'mcpk-test/mcp-server-time:2026.10.19');
  copy('mcp-server-time', 'mcpk-test/not-on-the-node:1');
  return {
    HOME: folder,
    KUBECONFIG: kubeconfig(),
    MCPK_CACHE_DIR: join(folder, 'cache'),
    MCPK_MIRRORS: `docker.io=http://${host}`,
    MCPK_OFFLINE: '',
  };
}

async function nothingIsLeft(kube: KubeConnection, namespace: string): Promise<void> {
  const count = async (path: string) => ((await api(kube, 'GET', path)) as { items: unknown[] }).items.length;
  await until(
    'the Job and its pod are gone',
    60_000,
    async () =>
      (await count(`/apis/batch/v1/namespaces/${namespace}/jobs`)) === 0 &&
      (await count(`/api/v1/namespaces/${namespace}/pods`)) === 0,
  );
}

it.skipIf(whyNot)(`inspect --run sees on the cluster what the files said${skipped}`, async () => {
  const env = await mirrored(temporaryFolder());
  const kube = await cluster();
  const namespace = await restrictedNamespace(kube, 'e2e-inspect');
  const run = (image: string, ...more: string[]) =>
    mcpk(['inspect', image, '--run', '-n', namespace, ...more], { env });

  const fetched = await run(FETCH, '--json');
  expect(fetched.code).toBe(1);
  expect(JSON.parse(fetched.stdout).result).toMatchObject({
    verdict: 'fails',
    errno: 'EACCES',
    run: { namespace, ok: false, stage: 'exec', errno: 'EACCES', uid: 1000, gid: 1000 },
  });

  const time = await run(TIME, '--json');
  expect([time.code, JSON.parse(time.stdout).result]).toEqual([
    0,
    expect.objectContaining({
      verdict: 'ok',
      run: expect.objectContaining({ ok: true, uid: 1000, tools: ['get_current_time', 'convert_time'] }),
    }),
  ]);
  const text = await run(TIME, '--uid', '65532');
  expect([text.code, text.stdout]).toEqual([
    0,
    expect.stringMatching(/√ run {2}in namespace .* as uid 65532, .*2 tools/),
  ]);

  // It starts, and is no MCP server.
  const other = await run(TIME, '--json', '--', 'python3', '-c', 'raise SystemExit("no such thing")');
  expect(other.code).toBe(1);
  expect(JSON.parse(other.stdout).result).toMatchObject({
    verdict: expect.stringMatching(/ok|risky/),
    run: { ok: false, stage: 'initialize', stderr: 'no such thing' },
  });
  await nothingIsLeft(kube, namespace);
});

it.skipIf(whyNot)(`inspect --run says why it could not try, and leaves nothing${skipped}`, async () => {
  const env = await mirrored(temporaryFolder());
  const kube = await cluster();
  const namespace = await restrictedNamespace(kube, 'e2e-inspect');
  const error = async (...args: string[]) => {
    const { code, stdout } = await mcpk(['inspect', ...args, '--run', '--json'], { env });
    const { error: said } = JSON.parse(stdout);
    return [code, said.code, said.message];
  };
  expect(await error('docker.io/mcpk-test/not-on-the-node:1', '-n', namespace)).toEqual([
    3,
    'image.registry-unreachable',
    expect.stringContaining('docker.io/mcpk-test/not-on-the-node:1'),
  ]);
  expect(await error(TIME, '-n', 'no-such-namespace')).toEqual([
    3,
    'cluster.not-found',
    expect.stringContaining('"no-such-namespace" not found'),
  ]);
  expect(await error('oci:/nowhere', '-n', namespace)).toEqual([2, 'usage.invalid', expect.stringContaining('--run')]);
  await api(kube, 'POST', `/api/v1/namespaces/${namespace}/resourcequotas`, {
    apiVersion: 'v1',
    kind: 'ResourceQuota',
    metadata: { name: 'none' },
    spec: { hard: { pods: '0' } },
  });
  await until('the quota counts', 30_000, async () => {
    const path = `/api/v1/namespaces/${namespace}/resourcequotas/none`;
    return ((await api(kube, 'GET', path)) as { status?: { hard?: object } }).status?.hard !== undefined;
  });
  expect(await error(TIME, '-n', namespace)).toEqual([1, 'deploy.quota', expect.stringContaining('exceeded quota')]);
  await nothingIsLeft(kube, namespace);
});

it.skipIf(whyNot)(`Ctrl-C during inspect --run takes the Job away${skipped}`, async () => {
  const env = await mirrored(temporaryFolder());
  const kube = await cluster();
  const namespace = await restrictedNamespace(kube, 'e2e-inspect');
  const sleep = ['--', 'python3', '-c', 'import time; time.sleep(60)'];
  const child = spawn(process.execPath, [BIN, 'inspect', TIME, '--run', '-n', namespace, ...sleep], {
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (!stderr.includes('is asked') && (stderr + text).includes('is asked')) child.kill('SIGINT');
    stderr += text;
  });
  expect([await new Promise((resolve) => child.on('close', resolve)), stderr]).toEqual([
    130,
    expect.stringContaining('the server runs, and is asked'),
  ]);
  await nothingIsLeft(kube, namespace);
});
