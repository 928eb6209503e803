import type {
  V1ConfigMap,
  V1Deployment,
  V1Namespace,
  V1NetworkPolicy,
  V1NetworkPolicyPeer,
  V1NetworkPolicyPort,
  V1NetworkPolicySpec,
  V1PersistentVolumeClaim,
  V1Service,
} from '@kubernetes/client-node';

/** What every object has, in the words of the wire. */
export interface AnyObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string; labels: Record<string, string> };
}

type Kind<K extends string, T> = AnyObject & { kind: K } & Omit<T, 'apiVersion' | 'kind' | 'metadata'>;

/** client-node calls the wire's `from` `_from`, because some languages reserve the word. */
interface WireNetworkPolicySpec extends Omit<V1NetworkPolicySpec, 'ingress'> {
  ingress: { from?: V1NetworkPolicyPeer[]; ports: V1NetworkPolicyPort[] }[];
}

/** The kinds that mcpk emits, as the API server reads them. */
export type ManifestObject =
  | Kind<'Namespace', V1Namespace>
  | Kind<'ConfigMap', V1ConfigMap>
  | Kind<'PersistentVolumeClaim', V1PersistentVolumeClaim>
  | Kind<'NetworkPolicy', Omit<V1NetworkPolicy, 'spec'> & { spec: WireNetworkPolicySpec }>
  | Kind<'Service', V1Service>
  | Kind<'Deployment', V1Deployment>;
