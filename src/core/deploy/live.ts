import type { V1Deployment, V1Pod, V1ReplicaSet } from '@kubernetes/client-node';

/** Any object as the API server answers it: the parts that mcpk reads. Times are text on the wire. */
export interface LiveObject {
  apiVersion?: string;
  kind: string;
  metadata: LiveMetadata;
  [field: string]: unknown;
}

export interface LiveMetadata {
  name: string;
  namespace?: string;
  uid?: string;
  resourceVersion?: string;
  generation?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  ownerReferences?: { uid: string; kind: string; name: string }[];
  managedFields?: { manager?: string; operation?: string; subresource?: string }[];
}

type Live<T> = Omit<T, 'metadata'> & { metadata: LiveMetadata };

export type LiveDeployment = Live<V1Deployment>;
export type LiveReplicaSet = Live<V1ReplicaSet>;
export type LivePod = Live<V1Pod>;

/** An event, as far as it explains something. */
export interface LiveEvent {
  type?: string;
  reason?: string;
  message?: string;
  count?: number;
  lastTimestamp?: string | null;
  eventTime?: string | null;
  involvedObject: { kind?: string; name?: string };
}
