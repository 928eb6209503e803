import type { MemoryUse } from '../../core/checks/ports.ts';
import type { LivePod } from '../../core/deploy/live.ts';
import { apiError } from './api-error.ts';
import type { KubeConnection } from './connection.ts';
import { listObjects } from './objects.ts';

const API = '/apis/metrics.k8s.io/v1beta1';

interface PodMetrics {
  metadata: { name: string };
  containers?: { name: string; usage?: { memory?: string } }[];
}

/**
 * What the containers of an app use, by the cluster's metrics API.
 * @returns undefined where the cluster has none; only containers of which there are figures
 * @throws McpkError
 */
export async function memoryOf(
  kube: KubeConnection,
  { namespace, labelSelector }: { namespace: string; labelSelector: string },
  signal: AbortSignal,
): Promise<MemoryUse[] | undefined> {
  // Asked first, because everybody may: who may not read metrics gets 403 for what does not exist, too.
  if ((await kube.request({ path: API, signal })).status === 404) return undefined;
  const path = `${API}/namespaces/${namespace}/pods`;
  const response = await kube.request({ path, query: { labelSelector }, signal });
  if (response.status !== 200) throw apiError(response, `list pods.metrics.k8s.io in namespace ${namespace}`);
  const metrics = (response.body as { items?: PodMetrics[] }).items ?? [];
  const pods = (await listObjects(kube, 'Pod', namespace, { labelSelector, signal })) as unknown as LivePod[];
  return pods.flatMap((pod) => {
    const measured = metrics.find(({ metadata }) => metadata.name === pod.metadata.name)?.containers ?? [];
    return (pod.spec?.containers ?? []).flatMap(({ name, resources }) => {
      const used = measured.find((one) => one.name === name)?.usage?.memory;
      const limit = resources?.limits?.['memory'];
      return used === undefined ? [] : [{ name: ownerOf(pod), used, ...(limit !== undefined && { limit }) }];
    });
  });
}

function ownerOf({ metadata: { labels = {} } }: LivePod): string {
  return labels['app.kubernetes.io/component'] === 'gateway'
    ? 'gateway'
    : (labels['app.kubernetes.io/name'] ?? 'unknown');
}
