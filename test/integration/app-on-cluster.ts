import { randomBytes } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { deleteApp } from '../../src/actions/delete.ts';
import { type DeployEvent, type DeployOptions, deploy } from '../../src/actions/deploy.ts';
import { connect, type KubeConnection } from '../../src/adapters/kube/connection.ts';
import type { DeleteResult, DeployResult } from '../../src/contract.ts';

/** Set by `test/cluster/cluster exec`. */
const kubeconfig = process.env['MCPK_E2E_KUBECONFIG'];

/** True where there is no cluster; says so once. */
export function skipWithoutCluster(): boolean {
  if (kubeconfig) return false;
  process.stderr.write('skipped: MCPK_E2E_KUBECONFIG is not set (test/cluster/cluster up, then cluster exec -- ...)\n');
  return true;
}

/** Images of the test cluster under names of their own, so that no test depends on what the catalog calls them. */
const IMAGES = {
  bridge: process.env['MCPK_E2E_BRIDGE_IMAGE'] ?? 'ghcr.io/mcpk/bridge:0.1.0',
  gateway: process.env['MCPK_E2E_GATEWAY_IMAGE'] ?? 'ghcr.io/mcpk/gateway:0.1.0',
};
export const SERVER_IMAGES = {
  time: 'docker.io/mcpk-test/mcp-server-time:2026.10.19',
  fetchBroken: 'docker.io/mcp/fetch:latest',
  fetchFixed: 'docker.io/mcpk-test/mcp-fetch-fixed:2026.10.24',
};

/** An app with a namespace that nobody else has. */
export interface TestApp {
  name: string;
  kube: KubeConnection;
  /** Everything that was told while it ran. */
  events: DeployEvent[];
  /** @param servers the `servers` of mcpk.yaml */
  deploy: (servers: object, more?: Partial<DeployOptions>) => Promise<DeployResult>;
  /** Writes mcpk.yaml without deploying it. */
  configure: (servers: object) => Promise<void>;
  /** What every action takes that looks at the app. */
  where: Pick<DeployOptions, 'cwd' | 'version' | 'kubeconfig' | 'env' | 'signal'>;
  remove: (more?: { deleteVolumes?: boolean }) => Promise<DeleteResult>;
  /** One request in the app's namespace. @throws where its status is not a good one */
  call: (
    method: string,
    path: string,
    body?: object,
    more?: { contentType: string; fieldManager: string },
  ) => Promise<unknown>;
  status: (path: string) => Promise<number>;
  /** A kubeconfig that acts as another user. */
  kubeconfigAs: (user: string) => Promise<string>;
  cleanUp: () => Promise<void>;
}

export async function testApp(options: { kubeconfig?: string } = {}): Promise<TestApp> {
  const name = `it-deploy-${randomBytes(3).toString('hex')}`;
  const folder = await mkdtemp(join(tmpdir(), 'mcpk-it-'));
  const kube = await connect({ kubeconfig, env: {} });
  const events: DeployEvent[] = [];
  const common = {
    cwd: folder,
    version: '0.1.0',
    kubeconfig: options.kubeconfig ?? kubeconfig,
    env: {},
    timeoutMs: 120_000,
  };
  const space = `/api/v1/namespaces/${name}`;
  const inside = (path: string) => path.replace('{ns}', `namespaces/${name}`);
  const configure = async (servers: object) => {
    const [gateway, bridge] = [{ image: IMAGES.gateway }, { image: IMAGES.bridge }];
    const config = { apiVersion: 'mcpk/v1', name, namespace: name, gateway, bridge, servers };
    await writeFile(join(folder, 'mcpk.yaml'), JSON.stringify(config));
  };
  return {
    name,
    kube,
    events,
    configure,
    where: { ...common, signal: new AbortController().signal },
    deploy: async (servers, more = {}) => {
      await configure(servers);
      const signal = new AbortController().signal;
      return await deploy({
        ...common,
        signal,
        forceConflicts: false,
        images: { offline: true, refresh: false, platform: 'linux/amd64' },
        onEvent: (event) => events.push(event),
        ...more,
      });
    },
    remove: ({ deleteVolumes = false } = {}) =>
      deleteApp({
        ...common,
        signal: new AbortController().signal,
        deleteVolumes,
        confirm: async () => true,
        onEvent: () => {},
      }),
    call: async (method, path, body, more) => {
      const query = more ? { fieldManager: more.fieldManager } : {};
      const type = more && { contentType: more.contentType };
      const response = await kube.request({ method, path: inside(path), query, ...(body && { body }), ...type });
      if (response.status >= 300)
        throw new Error(`${method} ${path}: ${response.status} ${JSON.stringify(response.body)}`);
      return response.body;
    },
    status: async (path) => (await kube.request({ path: inside(path) })).status,
    kubeconfigAs: async (user) => {
      const path = join(folder, `kubeconfig-${user}`);
      const own = JSON.parse(kube.config.exportConfig()) as { users: { user: object }[] };
      for (const entry of own.users) Object.assign(entry.user, { as: user });
      await writeFile(path, JSON.stringify(own), { mode: 0o600 });
      return path;
    },
    cleanUp: async () => {
      await kube.request({ method: 'DELETE', path: space });
      await waitFor(async () => (await kube.request({ path: space })).status === 404, 60_000);
      kube.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** Waits for a condition, with a deadline. */
async function waitFor(condition: () => Promise<boolean>, timeoutMs: number): Promise<void> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) throw new Error(`not so within ${timeoutMs} ms: ${condition}`);
    await delay(200);
  }
}
