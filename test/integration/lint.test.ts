import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import type { KubeConnection } from '../../src/adapters/kube/connection.ts';
import { readYaml } from '../../src/core/yaml/read.ts';
import { mcpk, temporaryFolder } from '../helpers/cli.ts';
import { api, cluster, restrictedNamespace, until } from '../helpers/cluster.ts';
import { skipWithoutCluster } from './app-on-cluster.ts';

const SEED = fileURLToPath(new URL('../fixtures/seed-like', import.meta.url));

interface Deployment {
  kind: string;
  metadata: { name: string };
  spec: { selector: unknown; template: { metadata: object; spec: object } };
}

function deploymentsIn(file: string): Deployment[] {
  const values = readYaml(readFileSync(file, 'utf8')).documents.map(({ value }) => value as Deployment);
  return values.filter(({ kind }) => kind === 'Deployment');
}

/** What the API server says of a Deployment's pod: its name, and the refusal or "admitted". */
async function admission(kube: KubeConnection, namespace: string, { metadata, spec }: Deployment): Promise<string> {
  const pod = {
    apiVersion: 'v1',
    kind: 'Pod',
    ...spec.template,
    metadata: { ...spec.template.metadata, name: metadata.name },
  };
  const query = { dryRun: 'All', fieldValidation: 'Strict' };
  const response = await kube.request({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/pods`,
    body: pod,
    query,
  });
  if (response.status === 201) return `${metadata.name} admitted`;
  return `${metadata.name} ${response.status} ${(response.body as { message: string }).message.slice(0, 200)}`;
}

describe.skipIf(skipWithoutCluster())('the manifests of a proof of concept', () => {
  it('are refused by a restricted namespace, and run their pods there after mcpk lint --fix', async () => {
    const kube = await cluster();
    const namespace = await restrictedNamespace(kube, 'lint');
    const cwd = temporaryFolder();
    cpSync(SEED, join(cwd, 'k8s'), { recursive: true });
    const file = join(cwd, 'k8s/deployments.yaml');
    for (const deployment of deploymentsIn(file)) {
      expect(await admission(kube, namespace, deployment)).toContain('violates PodSecurity "restricted:latest"');
    }
    await mcpk(['lint', 'k8s', '--fix'], { cwd });
    const fixed = deploymentsIn(file);
    expect(await Promise.all(fixed.map((deployment) => admission(kube, namespace, deployment)))).toEqual([
      'mcp-server-duckduckgo admitted',
      'mcp-server-fetch admitted',
      'mcp-gateway admitted',
    ]);
    // Not the API server's word alone: the controllers create the pods.
    for (const deployment of fixed) {
      await api(kube, 'POST', `/apis/apps/v1/namespaces/${namespace}/deployments`, deployment);
    }
    const pods = await until('three pods', 60_000, async () => {
      const { items } = (await api(kube, 'GET', `/api/v1/namespaces/${namespace}/pods`)) as { items: unknown[] };
      return items.length === 3 && items;
    });
    expect(pods).toHaveLength(3);
  });
});
