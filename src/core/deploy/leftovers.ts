import type { LiveObject } from './live.ts';
import { isOurs } from './ownership.ts';

/** A kind of the cluster, as discovery tells it. */
export interface ListableResource {
  /** Path of its API group and version. */
  api: string;
  plural: string;
  kind: string;
}

interface ApiResource {
  name: string;
  kind: string;
  namespaced: boolean;
  verbs: string[];
}

/** Kinds that say nothing about whether a namespace is in use: they come and go by themselves. */
const PASSING_KINDS = new Set(['Event', 'Endpoints', 'EndpointSlice', 'Lease', 'ControllerRevision', 'PodMetrics']);

/** What has to be listed to know whether a namespace is empty. */
export function listable(api: string, resources: readonly ApiResource[]): ListableResource[] {
  return resources
    .filter(
      ({ name, namespaced, verbs, kind }) =>
        namespaced && verbs.includes('list') && !name.includes('/') && !PASSING_KINDS.has(kind),
    )
    .map(({ name, kind }) => ({ api, plural: name, kind }));
}

const MADE_BY_THE_CLUSTER: Record<string, RegExp> = {
  ServiceAccount: /^(default|builder|deployer|pipeline)$/,
  ConfigMap: /^(kube-root-ca\.crt|openshift-service-ca\.crt|istio-ca-root-cert)$/,
  Secret: /^(default|builder|deployer)-(token|dockercfg)-/,
};

/** True for what somebody put into the namespace: neither the cluster, nor this app whose objects are just going. */
export function isForeign(object: LiveObject, app: string): boolean {
  const { name, deletionTimestamp } = object.metadata;
  if (deletionTimestamp || isOurs(object, app)) return false;
  return !MADE_BY_THE_CLUSTER[object.kind]?.test(name);
}
