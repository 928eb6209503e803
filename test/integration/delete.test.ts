import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { SERVER_IMAGES, skipWithoutCluster, type TestApp, testApp } from './app-on-cluster.ts';

const TIME = { image: SERVER_IMAGES.time };
const WITH_VOLUME = { time: { ...TIME, volumes: [{ name: 'data', mountPath: '/data', size: '1Mi' }] } };
const WAIT_NOT = { timeoutMs: 1 };

describe.skipIf(skipWithoutCluster())('mcpk delete on a real cluster', { timeout: 240_000 }, () => {
  let app: TestApp;
  beforeEach(async () => {
    app = await testApp();
  });
  afterEach(() => app.cleanUp(), 90_000);

  it('takes everything away, the namespace too, and is content to find nothing', async () => {
    await app.deploy({ time: TIME });
    const result = await app.remove();
    expect(result.kept).toEqual([]);
    expect(result.deleted.map(({ kind }) => kind)).toContain('Namespace');
    expect(await app.status('/api/v1/{ns}')).toBe(404);
    expect(await app.remove()).toMatchObject({ deleted: [], kept: [] });
  });

  it('keeps volumes unless told otherwise', async () => {
    await app.deploy(WITH_VOLUME, WAIT_NOT);
    const first = await app.remove();
    expect(first.kept.map(({ kind }) => kind)).toEqual(['PersistentVolumeClaim', 'Namespace']);
    const second = await app.remove({ deleteVolumes: true });
    expect(second.deleted.map(({ kind }) => kind)).toEqual(['PersistentVolumeClaim', 'Namespace']);
  });

  it('keeps a namespace that holds something else, and a token that mcpk did not make', async () => {
    await app.call('POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name: app.name } });
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name: 'mcp-gateway-token' },
      stringData: { token: 'made-by-hand' },
    };
    await app.call('POST', '/api/v1/{ns}/secrets', secret);
    expect((await app.deploy({ time: TIME }, WAIT_NOT)).token.action).toBe('kept');
    const { kept } = await app.remove();
    expect(kept.map(({ kind, reason }) => `${kind}: ${reason}`)).toEqual([
      'Secret: mcpk did not make it',
      'Namespace: mcpk did not make it',
    ]);
    expect(await app.status('/api/v1/{ns}/secrets/mcp-gateway-token')).toBe(200);
  });

  it('finds what is not its own in a namespace of its own', async () => {
    await app.deploy({ time: TIME }, WAIT_NOT);
    await app.call('POST', '/api/v1/{ns}/serviceaccounts', {
      apiVersion: 'v1',
      kind: 'ServiceAccount',
      metadata: { name: 'robot' },
    });
    const { kept } = await app.remove();
    expect(kept).toMatchObject([{ kind: 'Namespace', reason: 'it also holds ServiceAccount robot' }]);
  });
});
