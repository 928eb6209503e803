import type { AnyObject } from '../manifests/object.ts';

interface Resource {
  /** Path of the API group and version. */
  api: string;
  plural: string;
  namespaced: boolean;
}

/** Where the API server keeps the kinds that mcpk works with. A map of our own: discovery would cost a round trip. */
const RESOURCES = {
  Namespace: { api: '/api/v1', plural: 'namespaces', namespaced: false },
  Secret: { api: '/api/v1', plural: 'secrets', namespaced: true },
  ConfigMap: { api: '/api/v1', plural: 'configmaps', namespaced: true },
  PersistentVolumeClaim: { api: '/api/v1', plural: 'persistentvolumeclaims', namespaced: true },
  NetworkPolicy: { api: '/apis/networking.k8s.io/v1', plural: 'networkpolicies', namespaced: true },
  Service: { api: '/api/v1', plural: 'services', namespaced: true },
  Job: { api: '/apis/batch/v1', plural: 'jobs', namespaced: true },
  Deployment: { api: '/apis/apps/v1', plural: 'deployments', namespaced: true },
  ReplicaSet: { api: '/apis/apps/v1', plural: 'replicasets', namespaced: true },
  Pod: { api: '/api/v1', plural: 'pods', namespaced: true },
  Event: { api: '/api/v1', plural: 'events', namespaced: true },
} satisfies Record<string, Resource>;

export type KnownKind = keyof typeof RESOURCES;

/** Kinds that an app may own in its namespace, in the order in which they are taken away. */
export const OWNED_KINDS = [
  'Deployment',
  'Service',
  'NetworkPolicy',
  'ConfigMap',
  'Secret',
  'PersistentVolumeClaim',
] as const;

/** Kinds that a deploy takes away when the config no longer has them: never what holds data or credentials. */
export const PRUNED_KINDS = ['Deployment', 'Service', 'NetworkPolicy', 'ConfigMap'] as const;

/** Name of the kind in requests and rights: "networkpolicies". */
export function pluralOf(kind: KnownKind): string {
  return RESOURCES[kind].plural;
}

export function collectionPath(kind: KnownKind, namespace: string): string {
  const { api, plural, namespaced } = RESOURCES[kind];
  return namespaced ? `${api}/namespaces/${namespace}/${plural}` : `${api}/${plural}`;
}

export function objectPath(object: ObjectName): string {
  return `${collectionPath(object.kind as KnownKind, object.metadata.namespace ?? '')}/${object.metadata.name}`;
}

export type ObjectName = Pick<AnyObject, 'kind'> & { metadata: Pick<AnyObject['metadata'], 'name' | 'namespace'> };

/** "Deployment mcp-gateway". */
export function nameOf({ kind, metadata }: ObjectName): string {
  return `${kind} ${metadata.name}`;
}
