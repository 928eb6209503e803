import { randomBytes } from 'node:crypto';
import { expect, onTestFinished } from 'vitest';
import { connect, type KubeConnection } from '../../src/adapters/kube/connection.ts';
import { type CliResult, mcpk } from './cli.ts';

/** The cluster under test: only ever the one that was named on purpose. */
export function kubeconfig(): string {
  const path = process.env['MCPK_E2E_KUBECONFIG'];
  if (!path) throw new Error('MCPK_E2E_KUBECONFIG is not set: run these tests with `npm run test:e2e`');
  return path;
}

export async function cluster(): Promise<KubeConnection> {
  const connection = await connect({ kubeconfig: kubeconfig(), env: {} });
  onTestFinished(() => connection.close());
  return connection;
}

/** Runs the built bin against the cluster. */
export function mcpkOnCluster(args: string[], cwd: string): Promise<CliResult> {
  return mcpk(args, { cwd, env: { KUBECONFIG: kubeconfig() } });
}

/** A namespace that enforces Pod Security "restricted", gone after the test. */
export function restrictedNamespace(kube: KubeConnection, prefix: string): Promise<string> {
  return namespaceOf(kube, prefix, 'restricted');
}

/** A namespace that enforces a level of Pod Security, gone after the test. */
export async function namespaceOf(kube: KubeConnection, prefix: string, level: string): Promise<string> {
  const name = `${prefix}-${randomBytes(3).toString('hex')}`;
  const labels = { 'pod-security.kubernetes.io/enforce': level };
  await api(kube, 'POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
  onTestFinished(() => deleteNamespace(kube, name));
  // Controllers put these into every namespace, a moment later; whoever compares what is there must not catch that.
  for (const own of ['configmaps/kube-root-ca.crt', 'serviceaccounts/default']) {
    await until(
      own,
      30_000,
      async () => (await kube.request({ path: `/api/v1/namespaces/${name}/${own}` })).status === 200,
    );
  }
  return name;
}

async function deleteNamespace(kube: KubeConnection, name: string): Promise<void> {
  await kube.request({ method: 'DELETE', path: `/api/v1/namespaces/${name}` });
  await until(
    `namespace ${name} is gone`,
    90_000,
    async () => (await kube.request({ path: `/api/v1/namespaces/${name}` })).status === 404,
  );
}

/** A request that must succeed. */
export async function api(
  kube: KubeConnection,
  method: string,
  path: string,
  body?: unknown,
  query?: Record<string, string>,
): Promise<unknown> {
  const contentType = method === 'PATCH' ? 'application/apply-patch+yaml' : 'application/json';
  const response = await kube.request({
    method,
    path,
    contentType,
    ...(body !== undefined && { body }),
    ...(query && { query }),
  });
  expect([response.status, response.status < 300 ? '' : JSON.stringify(response.body)]).toEqual([response.status, '']);
  return response.body;
}

/** Waits until the condition is neither false nor undefined, and fails by name when the deadline (in ms) passes. */
export async function until<T>(
  what: string,
  deadline: number,
  condition: () => Promise<T | false | undefined>,
): Promise<T> {
  const end = Date.now() + deadline;
  for (;;) {
    const value = await condition();
    if (value !== false && value !== undefined) return value;
    if (Date.now() > end) throw new Error(`waited ${deadline} ms, and still not: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

interface ApiResource {
  name: string;
  kind: string;
  namespaced: boolean;
  verbs: string[];
}

/** Every object of a namespace by group and name, of every kind that the cluster knows; what comes and goes by itself left out. */
export async function everythingIn(kube: KubeConnection, namespace: string): Promise<string[]> {
  const groups = (await api(kube, 'GET', '/apis')) as { groups: { preferredVersion: { groupVersion: string } }[] };
  const paths = ['/api/v1', ...groups.groups.map(({ preferredVersion }) => `/apis/${preferredVersion.groupVersion}`)];
  const found: string[] = [];
  for (const path of paths) {
    const { resources } = (await api(kube, 'GET', path)) as { resources: ApiResource[] };
    for (const resource of resources.filter(
      (r) => r.namespaced && r.verbs.includes('list') && !/^events$/.test(r.name),
    )) {
      const { items } = (await api(kube, 'GET', `${path}/namespaces/${namespace}/${resource.name}`)) as {
        items: { metadata: { name: string } }[];
      };
      found.push(...(items ?? []).map(({ metadata }) => `${resource.kind}/${metadata.name}`));
    }
  }
  return found.sort();
}
