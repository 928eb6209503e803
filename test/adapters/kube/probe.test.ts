import type { IncomingMessage } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { connect } from '../../../src/adapters/kube/connection.ts';
import { Probe } from '../../../src/adapters/kube/probe.ts';
import { CannotCheck } from '../../../src/core/checks/ports.ts';
import { demo } from '../../core/checks/apps.ts';
import { fakeApi, sendJson } from './fake-api.ts';

const METRICS = '/apis/metrics.k8s.io/v1beta1';
const FORBIDDEN = { kind: 'Status', reason: 'Forbidden', message: 'no' };

/** A cluster that answers these paths, and 404 to the rest. */
async function clusterThat(answers: Record<string, [number, unknown]>) {
  const asked: string[] = [];
  const api = await fakeApi((request: IncomingMessage, response) => {
    const { pathname, searchParams } = new URL(request.url ?? '', 'http://x');
    asked.push(`${request.method} ${pathname} ${searchParams.get('labelSelector') ?? ''}`.trim());
    const [status, body] = answers[pathname] ?? [404, { kind: 'Status', reason: 'NotFound' }];
    sendJson(response, status, body);
  });
  const kube = await connect({ kubeconfig: api.kubeconfig, env: {} });
  onTestFinished(async () => {
    kube.close();
    await api.stop();
  });
  const { cluster } = new Probe({ kube, app: demo(), signal: new AbortController().signal });
  return { cluster, asked };
}

function pod(name: string, component: string, app: string, limits?: object) {
  const labels = { 'app.kubernetes.io/component': component, 'app.kubernetes.io/name': app };
  return {
    metadata: { name, labels },
    spec: { containers: [{ name: 'c', ...(limits && { resources: { limits } }) }] },
  };
}

const used = (name: string, memory: string) => ({ metadata: { name }, containers: [{ name: 'c', usage: { memory } }] });

describe('memory', () => {
  it('is what the metrics say of the pods of this app, with their limits', async () => {
    const { cluster, asked } = await clusterThat({
      [METRICS]: [200, {}],
      [`${METRICS}/namespaces/mcp/pods`]: [200, { items: [used('a', '40Mi'), used('g', '61440Ki'), used('n', '1Mi')] }],
      '/api/v1/namespaces/mcp/pods': [
        200,
        {
          items: [
            pod('a', 'server', 'time', { memory: '256Mi' }),
            pod('b', 'server', 'fetch', { memory: '1Gi' }),
            pod('g', 'gateway', 'mcp-gateway', { memory: '128Mi' }),
            pod('n', 'server', 'unlimited'),
          ],
        },
      ],
    });
    expect(await cluster.memory()).toEqual([
      { name: 'time', used: '40Mi', limit: '256Mi' },
      { name: 'gateway', used: '61440Ki', limit: '128Mi' },
      { name: 'unlimited', used: '1Mi' },
    ]);
    const own = 'app.kubernetes.io/managed-by=mcpk,app.kubernetes.io/instance=demo';
    expect(asked.slice(1)).toEqual([
      `GET ${METRICS}/namespaces/mcp/pods ${own}`,
      `GET /api/v1/namespaces/mcp/pods ${own}`,
    ]);
  });

  it('is not there where the cluster has no metrics, also for those who may not read them', async () => {
    const { cluster } = await clusterThat({ [`${METRICS}/namespaces/mcp/pods`]: [403, FORBIDDEN] });
    expect(await cluster.memory()).toBeUndefined();
  });

  it.each([
    ['may not be read', 403],
    ['are down', 503],
  ])('cannot be checked where the metrics %s', async (_what, status) => {
    const { cluster } = await clusterThat({
      [METRICS]: [200, {}],
      [`${METRICS}/namespaces/mcp/pods`]: [status, FORBIDDEN],
    });
    await expect(cluster.memory()).rejects.toThrow(CannotCheck);
  });
});

describe('who we are', () => {
  const REVIEWS = '/apis/authentication.k8s.io/v1/selfsubjectreviews';

  it.each([
    [201, { status: { userInfo: { username: 'dev' } } }, 'dev'],
    [404, {}, undefined],
    [403, FORBIDDEN, undefined],
  ])('%i', async (status, body, expected) => {
    const { cluster, asked } = await clusterThat({ [REVIEWS]: [status, body] });
    expect(await cluster.user()).toBe(expected);
    expect(asked).toEqual([`POST ${REVIEWS}`]);
  });

  it('cannot be checked with credentials that are not taken', async () => {
    const { cluster } = await clusterThat({ [REVIEWS]: [401, { kind: 'Status', reason: 'Unauthorized' }] });
    await expect(cluster.user()).rejects.toThrow(CannotCheck);
  });
});

it('of a Secret only the names of its keys are told', async () => {
  const { cluster } = await clusterThat({
    '/api/v1/namespaces/mcp/secrets/github': [200, { metadata: { name: 'github' }, data: { token: 'aHVzaA==' } }],
  });
  expect(await cluster.secretKeys('github')).toEqual(['token']);
  expect(await cluster.secretKeys('other')).toBeUndefined();
});
