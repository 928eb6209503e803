import { isForeign, type ListableResource, listable } from '../../core/deploy/leftovers.ts';
import type { LiveObject } from '../../core/deploy/live.ts';
import type { KubeConnection } from './connection.ts';
import { inParallel } from './objects.ts';

/** Only names and labels: the values of Secrets stay where they are. */
const METADATA_ONLY = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json';

export interface Contents {
  foreign: { kind: string; name: string }[];
  /** Kinds that could not be listed: whether there are any is not known. */
  unknown: string[];
}

/** What else is in a namespace besides this app. Asks the cluster for all its kinds, custom ones too. */
export async function namespaceContents(
  kube: KubeConnection,
  namespace: string,
  app: string,
  signal: AbortSignal,
): Promise<Contents> {
  const contents: Contents = { foreign: [], unknown: [] };
  const resources = await discover(kube, contents, signal);
  const seen = new Set<string>();
  await inParallel(resources, async ({ api, plural, kind }) => {
    const response = await kube.request({
      path: `${api}/namespaces/${namespace}/${plural}`,
      query: { limit: '200' },
      accept: METADATA_ONLY,
      signal,
    });
    // 404 and 405: discovery promised more than there is.
    if (response.status === 404 || response.status === 405) return;
    if (response.status !== 200) {
      contents.unknown.push(plural);
      return;
    }
    for (const item of (response.body as { items?: LiveObject[] }).items ?? []) {
      const id = item.metadata.uid ?? `${kind}/${item.metadata.name}`;
      // The same object shows up in every group and version that serves it.
      if (seen.has(id) || !isForeign({ ...item, kind }, app)) continue;
      seen.add(id);
      contents.foreign.push({ kind, name: item.metadata.name });
    }
  });
  return contents;
}

interface GroupList {
  groups?: { preferredVersion?: { groupVersion: string } }[];
}

async function discover(kube: KubeConnection, contents: Contents, signal: AbortSignal): Promise<ListableResource[]> {
  const groups = await kube.request({ path: '/apis', signal });
  if (groups.status !== 200) contents.unknown.push('API groups');
  const versions = ((groups.body as GroupList).groups ?? []).flatMap(({ preferredVersion }) =>
    preferredVersion ? [`/apis/${preferredVersion.groupVersion}`] : [],
  );
  const resources: ListableResource[] = [];
  await inParallel(['/api/v1', ...versions], async (api) => {
    const response = await kube.request({ path: api, signal });
    if (response.status === 200)
      resources.push(...listable(api, (response.body as { resources: Parameters<typeof listable>[1] }).resources));
    // An aggregated API whose server is down: what it holds cannot be known.
    else contents.unknown.push(api.replace('/apis/', ''));
  });
  return resources;
}
