import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { deployExitCode } from '../../src/actions/roll-out.ts';
import { applyObject } from '../../src/adapters/kube/objects.ts';
import { InterruptedError, McpkError } from '../../src/errors.ts';
import { SERVER_IMAGES, skipWithoutCluster, type TestApp, testApp } from './app-on-cluster.ts';

const TIME = { image: SERVER_IMAGES.time };
const CONFIG_MAP = '/api/v1/{ns}/configmaps/mcp-gateway';
const BY_SOMEBODY = { contentType: 'application/merge-patch+json', fieldManager: 'somebody' };

async function failure(work: Promise<unknown>): Promise<McpkError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(McpkError);
  return error as McpkError;
}

describe.skipIf(skipWithoutCluster())('mcpk deploy on a real cluster', { timeout: 240_000 }, () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await testApp();
  });
  afterEach(() => app.cleanUp(), 90_000);

  it('finds the server that cannot start in seconds, serves the rest, and is done when it is cured', async () => {
    const broken = { image: SERVER_IMAGES.fetchBroken, command: ['mcp-server-fetch'], security: { runAsUser: 1000 } };
    const first = await app.deploy({ time: TIME, fetch: broken });
    expect(deployExitCode(first)).toBe(1);
    expect(first.workloads.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'fetch failed',
      'time ready',
      'mcp-gateway ready',
    ]);
    const [fetch] = first.workloads;
    expect(fetch?.cause).toContain('uid 1000 may not execute /app/.venv/bin/mcp-server-fetch');
    expect(fetch?.remedies?.join('\n')).toContain('servers.fetch.image');
    expect(fetch?.evidence?.join('\n')).toContain('permission denied');
    expect(first.token.action).toBe('created');

    const cured = { time: TIME, fetch: { ...broken, image: SERVER_IMAGES.fetchFixed } };
    const second = await app.deploy(cured);
    expect(deployExitCode(second)).toBe(0);
    expect(second.applied.filter(({ action }) => action !== 'unchanged')).toMatchObject([
      { name: 'mcp-server-fetch', action: 'changed' },
    ]);
    expect(second.token.action).toBe('kept');

    const third = await app.deploy(cured);
    expect([...new Set(third.applied.map(({ action }) => action))]).toEqual(['unchanged']);
    const secret = (await app.call('GET', '/api/v1/{ns}/secrets/mcp-gateway-token')) as { data: { token: string } };
    const token = Buffer.from(secret.data.token, 'base64').toString();
    expect(token).toMatch(/^[0-9a-f]{64}$/);
    expect(JSON.stringify([first, second, third, app.events]).includes(token)).toBe(false);
  });

  it('takes away what the config no longer has, and nothing else', async () => {
    await app.deploy(
      {
        time: TIME,
        clock: { ...TIME, command: ['mcp-server-time'], volumes: [{ name: 'data', mountPath: '/data', size: '1Mi' }] },
      },
      { timeoutMs: 2000 },
    );
    const mine = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'mine' } };
    await app.call('POST', '/api/v1/{ns}/configmaps', mine);
    const result = await app.deploy({ time: TIME });
    expect(result.pruned.map(({ kind, name }) => `${kind} ${name}`).sort()).toEqual([
      'Deployment mcp-server-clock',
      'NetworkPolicy mcp-server-clock',
      'Service mcp-clock',
    ]);
    expect(await app.status('/api/v1/{ns}/persistentvolumeclaims/mcp-clock-data')).toBe(200);
    expect(await app.status('/api/v1/{ns}/configmaps/mine')).toBe(200);
  });

  it('leaves a namespace that others use as it is', async () => {
    await app.call('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: app.name } });
    const other = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'mcp-gateway', labels: { 'app.kubernetes.io/managed-by': 'Helm' } },
    };
    await app.call('POST', '/api/v1/{ns}/configmaps', other);
    const error = await failure(app.deploy({ time: TIME }));
    expect(error).toMatchObject({ code: 'app.foreign-namespace', exitCode: 2 });
    expect(error.message).toContain('ConfigMap mcp-gateway belongs to somebody else (made with Helm)');
    expect(await app.status('/api/v1/{ns}/secrets/mcp-gateway-token')).toBe(404);
    const space = (await app.call('GET', '/api/v1/{ns}')) as { metadata: { labels: object } };
    expect(Object.keys(space.metadata.labels)).toEqual(['kubernetes.io/metadata.name']);
  });

  it('names all missing secrets before anything but the namespace is made', async () => {
    const secrets = [
      { env: 'A', from: { name: 'github', key: 'token' } },
      { env: 'B', from: { name: 'db', key: 'url' } },
    ];
    const error = await failure(app.deploy({ time: { ...TIME, secrets } }));
    expect(error).toMatchObject({ code: 'secret.missing', exitCode: 1 });
    expect(error.message).toContain('no Secret github (key "token")');
    expect(error.message).toContain('no Secret db (key "url")');
    expect(await app.status(CONFIG_MAP)).toBe(404);
  });

  it('names the fields that others have set, and takes them over only when told to', async () => {
    const waitNot = { timeoutMs: 1 };
    await app.deploy({ time: TIME }, waitNot);
    await app.call('PATCH', CONFIG_MAP, { data: { 'gateway.json': 'x' } }, BY_SOMEBODY);
    const error = await failure(app.deploy({ time: TIME }, waitNot));
    expect(error).toMatchObject({ code: 'deploy.conflict', exitCode: 1 });
    expect(error.message).toContain('ConfigMap mcp-gateway .data.gateway.json is set by somebody');
    const forced = await app.deploy({ time: TIME }, { ...waitNot, forceConflicts: true });
    expect(forced.applied).toContainEqual(
      expect.objectContaining({ name: 'mcp-gateway', kind: 'ConfigMap', action: 'changed' }),
    );
  });

  it('fails within seconds where the quota forbids the pods', async () => {
    await app.call('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: app.name } });
    await app.call('POST', '/api/v1/{ns}/resourcequotas', {
      apiVersion: 'v1',
      kind: 'ResourceQuota',
      metadata: { name: 'q' },
      spec: { hard: { pods: '0' } },
    });
    const result = await app.deploy({ time: TIME });
    expect(result.workloads.map(({ state }) => state)).toEqual(['failed', 'failed']);
    expect(result.workloads[0]?.cause).toContain('exceeded quota');
    expect(result.durationMs).toBeLessThan(60_000);
    // The namespace was not made by mcpk: it is used, and left as it was.
    expect(result.applied.map(({ kind }) => kind)).not.toContain('Namespace');
  });

  it.each([
    ['a program that is not there', { command: ['no-such-program'] }, 'has no program no-such-program'],
    ['a server that ends', { command: ['sh', '-c', 'echo no luck >&2; exit 3'] }, 'exited with code 3'],
    ['no image name', { image: 'Not/An/Image:x y', command: ['a'] }, 'is no image name'],
  ])('tells why: %s', async (_what, server, words) => {
    const result = await app.deploy({ time: { ...TIME, ...server } });
    expect(result.workloads[0]).toMatchObject({ state: 'failed' });
    expect(result.workloads[0]?.cause).toContain(words);
    expect(result.workloads[1]?.cause).toBeDefined();
  });

  it('gives 4 when the time is up before the pods are', async () => {
    expect(deployExitCode(await app.deploy({ time: TIME }, { timeoutMs: 1 }))).toBe(4);
  });

  it('stops when it is interrupted, says what it did, and resumes', async () => {
    const controller = new AbortController();
    const onEvent = (event: { type: string }) => event.type === 'workload' && controller.abort(new InterruptedError());
    const start = performance.now();
    const error = await failure(app.deploy({ time: TIME }, { signal: controller.signal, onEvent }));
    expect(error).toMatchObject({ code: 'interrupted', exitCode: 130 });
    expect(error.message).toContain('Deployment mcp-server-time');
    expect(error.message).not.toContain('Deployment mcp-gateway');
    expect(performance.now() - start).toBeLessThan(20_000);
    expect(deployExitCode(await app.deploy({ time: TIME }))).toBe(0);
  });

  it('says which object it may not write, and what it has written by then', async () => {
    await app.deploy({ time: TIME }, { timeoutMs: 1 });
    const rules = [
      { apiGroups: [''], resources: ['configmaps', 'secrets', 'services', 'pods'], verbs: ['*'] },
      { apiGroups: ['networking.k8s.io'], resources: ['*'], verbs: ['*'] },
      { apiGroups: ['apps'], resources: ['*'], verbs: ['get', 'list'] },
    ];
    const rbac = '/apis/rbac.authorization.k8s.io/v1/{ns}';
    await app.call('POST', `${rbac}/roles`, { metadata: { name: 'half' }, rules });
    const subjects = [{ kind: 'User', name: 'half', apiGroup: 'rbac.authorization.k8s.io' }];
    const roleRef = { kind: 'Role', name: 'half', apiGroup: 'rbac.authorization.k8s.io' };
    await app.call('POST', `${rbac}/rolebindings`, { metadata: { name: 'half' }, subjects, roleRef });
    // Another server, so that there is something to create; the namespace itself may not be looked at.
    const error = await failure(
      app.deploy(
        { time: TIME, clock: { ...TIME, command: ['mcp-server-time'] } },
        { kubeconfig: await app.kubeconfigAs('half') },
      ),
    );
    expect(error).toMatchObject({ code: 'cluster.forbidden', exitCode: 3 });
    expect(error.message).toMatch(/you may not apply Deployment mcp-server-\w+ in namespace/);
    expect(error.message).toContain('NetworkPolicy mcp-server-clock');
  });

  it('takes an unknown field for a fault of the object, not of the server', async () => {
    await app.deploy({ time: TIME }, { timeoutMs: 1 });
    const object = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name: 'x', namespace: app.name, labels: {} },
      bogus: 1,
    };
    const error = await failure(applyObject(app.kube, object, { force: false, signal: new AbortController().signal }));
    expect(error).toMatchObject({ code: 'cluster.rejected', exitCode: 1 });
    expect(error.message).toContain('bogus');
  });
});
