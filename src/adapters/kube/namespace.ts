import { PRUNED_KINDS } from '../../core/deploy/kinds.ts';
import type { LiveObject } from '../../core/deploy/live.ts';
import { unwanted } from '../../core/deploy/ownership.ts';
import { REVISION_LABEL } from '../../core/deploy/revision.ts';
import { managedSelector } from '../../core/manifests/labels.ts';
import type { ManifestObject } from '../../core/manifests/object.ts';
import { EnvironmentError } from '../../errors.ts';
import { apiError } from './api-error.ts';
import type { KubeConnection } from './connection.ts';
import { listObjects } from './objects.ts';
import type { Place } from './observe.ts';

/**
 * Undefined where it does not exist. A user with rights in one namespace only may not look at it, and may still use it.
 * @throws EnvironmentError where it is being deleted: nothing can be put into it
 */
export async function readNamespace(
  kube: KubeConnection,
  namespace: string,
  signal: AbortSignal,
): Promise<LiveObject | undefined> {
  const response = await kube.request({ path: `/api/v1/namespaces/${namespace}`, signal });
  if (response.status === 404) return undefined;
  if (response.status === 403) return { kind: 'Namespace', metadata: { name: namespace } };
  if (response.status !== 200) throw apiError(response, `read namespace ${namespace}`);
  const live = response.body as LiveObject;
  if (live.metadata.deletionTimestamp) {
    throw new EnvironmentError('cluster.namespace-terminating', `namespace ${namespace} is being deleted`, {
      suggestions: ['run the command again when it is gone'],
    });
  }
  return live;
}

/** What mcpk made for this app and the wanted objects no longer have. Never Secrets and volumes: they cannot be made again. */
export async function unwantedObjects(
  { kube, namespace, app, signal }: Place,
  wanted: readonly ManifestObject[],
): Promise<LiveObject[]> {
  const labelSelector = managedSelector(app);
  const found = await Promise.all(
    PRUNED_KINDS.map(async (kind) =>
      unwanted(await listObjects(kube, kind, namespace, { labelSelector, signal }), wanted),
    ),
  );
  // What was deployed before is remembered, not wanted.
  return found.flat().filter(({ metadata }) => metadata.labels?.[REVISION_LABEL] === undefined);
}
