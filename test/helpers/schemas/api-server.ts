import type { KubeConnection } from '../../../src/adapters/kube/connection.ts';
import { api } from '../cluster.ts';
import type { CorpusObject } from './kinds.ts';

/** What the API server says of an object that it is asked to create, strictly and for nothing. */
export interface ServerVerdict {
  accepted: boolean;
  status: number;
  message: string;
  /** Each fault of an object that could be read; none where it could not. */
  causes: Cause[];
}

export interface Cause {
  /** FieldValueRequired, FieldValueNotSupported ... */
  reason: string;
  /** As in `spec.containers[0].image`. */
  field: string;
  message: string;
}

export type Judge = (object: CorpusObject) => Promise<ServerVerdict>;

interface Resource {
  path: string;
  namespaced: boolean;
}

/** A judge of objects of every kind that the API server has, in a namespace that is there. */
export async function serverJudge(kube: KubeConnection, namespace: string): Promise<Judge> {
  const resources = await resourcesOf(kube);
  return async (object) => {
    const resource = resources.get(`${object.apiVersion} ${object.kind}`);
    if (!resource) throw new Error(`the API server has no ${object.apiVersion} ${object.kind}`);
    const [base = '', plural = ''] = splitLast(resource.path);
    const { status, body } = await kube.request({
      method: 'POST',
      path: resource.namespaced ? `${base}/namespaces/${namespaceOf(object) ?? namespace}/${plural}` : resource.path,
      query: { dryRun: 'All', fieldValidation: 'Strict', fieldManager: 'corpus' },
      contentType: 'application/json',
      body: object,
    });
    const { message = '', details } = body as { message?: string; details?: { causes?: Cause[] } };
    return { accepted: status < 300, status, message: status < 300 ? '' : message, causes: details?.causes ?? [] };
  };
}

/** Only an Event of the corpus says where it is: in the namespace of what it is about. */
function namespaceOf({ metadata }: Partial<CorpusObject>): string | undefined {
  return metadata?.namespace === 'default' ? 'default' : undefined;
}

function splitLast(path: string): [string, string] {
  const slash = path.lastIndexOf('/');
  return [path.slice(0, slash), path.slice(slash + 1)];
}

async function resourcesOf(kube: KubeConnection): Promise<Map<string, Resource>> {
  const { groups } = (await api(kube, 'GET', '/apis')) as { groups: { versions: { groupVersion: string }[] }[] };
  const versions = groups.flatMap((group) => group.versions.map(({ groupVersion }) => groupVersion));
  const resources = new Map<string, Resource>();
  for (const version of ['v1', ...versions]) {
    const path = version === 'v1' ? '/api/v1' : `/apis/${version}`;
    const list = (await api(kube, 'GET', path)) as {
      resources: { name: string; kind: string; namespaced: boolean; verbs: string[] }[];
    };
    for (const { name, kind, namespaced, verbs } of list.resources) {
      if (name.includes('/') || !verbs.includes('create')) continue;
      resources.set(`${version} ${kind}`, { path: `${path}/${name}`, namespaced });
    }
  }
  return resources;
}
