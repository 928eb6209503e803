import type { V1Namespace, V1ServiceSpec } from '@kubernetes/client-node';
import { names } from '../app/app.ts';
import type { Labels } from '../network/labels.ts';
import {
  type Direction,
  directionsOf,
  type NetworkPolicy,
  type PodEnd,
  type PolicySpec,
  selectsPod,
} from '../network/policy.ts';
import type { KubeObject } from './finding.ts';
import { bridgeOf, gatewayEngineOf } from './mcp-app.ts';
import { type ContainerView, type ObjectSet, type PodView, sameNamespace } from './object-set.ts';
import { lookUp, perSet } from './reference-lookup.ts';
import { portsOf, servicesOf } from './reference-services.ts';
import { groupKind, objectsOf } from './workload-kinds.ts';

/** A set of objects as NetworkPolicies see it. */

/** A NetworkPolicy of the set. */
export interface Policy extends NetworkPolicy {
  object: KubeObject;
}

export const policiesOf = perSet((objects: ObjectSet): Policy[] =>
  objectsOf(objects, 'networking.k8s.io/NetworkPolicy').map((object) => ({
    object,
    namespace: object.namespace,
    spec: (object.data['spec'] ?? {}) as PolicySpec,
  })),
);

/** A pod of the set that policies can speak of. */
export interface Pod {
  view: PodView;
  object: KubeObject;
  end: PodEnd;
}

/** All pods but those in the network of their node: what policies do with these is left to each plugin. */
export const podsOf = perSet((objects: ObjectSet): Pod[] =>
  objects.pods
    .filter(({ object, spec }) => object.kind !== 'PodTemplate' && spec.hostNetwork !== true)
    .map((view) => {
      const name = view.object.namespace;
      const end: PodEnd = {
        kind: 'pod',
        namespace: { name, labels: namespaceLabels(objects, name) },
        labels: { known: view.metadata.labels ?? {}, whole: true },
        ports: portsOf(objects)(view),
      };
      return { view, object: view.object, end };
    }),
);

export const NAME_LABEL = 'kubernetes.io/metadata.name';

/** The API server labels each namespace with its name; other labels are known where its manifest is in the set. */
export function namespaceLabels(objects: ObjectSet, name: string | undefined): Labels {
  if (name === undefined) return { known: {}, whole: false };
  const found = lookUp(objects, '/Namespace', name, undefined);
  const { labels } = (found?.data['metadata'] ?? {}) as NonNullable<V1Namespace['metadata']>;
  return { known: { ...labels, [NAME_LABEL]: name }, whole: found !== undefined };
}

/** Which policies are about which pods. */
const selection = perSet((objects: ObjectSet) => {
  const ofPolicy = new Map<Policy, Pod[]>();
  const ofPod = new Map<PodView, Policy[]>();
  for (const policy of policiesOf(objects)) {
    const pods = podsOf(objects).filter(({ end }) => selectsPod(policy, end));
    ofPolicy.set(policy, pods);
    for (const { view } of pods) ofPod.set(view, [...(ofPod.get(view) ?? []), policy]);
  }
  return { ofPolicy, ofPod };
});

/** The pods that a policy is about. */
export function selectedBy(objects: ObjectSet, policy: Policy): readonly Pod[] {
  return selection(objects).ofPolicy.get(policy) ?? [];
}

/** The policies that isolate a pod in a direction. */
export function isolating(objects: ObjectSet, direction: Direction, { view }: Pod): Policy[] {
  return (selection(objects).ofPod.get(view) ?? []).filter(({ spec }) => directionsOf(spec).includes(direction));
}

/** Policies of a pod. One that names no namespace is applied where the pod is, and not where DNS is. */
export function located(policies: readonly Policy[], { object }: Pod): Policy[] {
  return policies.map((policy) => ({ ...policy, namespace: policy.namespace ?? object.namespace ?? 'default' }));
}

/** The policy that is most likely the one to change: not for every pod, and with rules of that direction. */
export function responsible(policies: readonly Policy[], direction: Direction): Policy | undefined {
  const weight = (policy: Policy) => (isForAll(policy) ? 0 : 2) + (policy.spec[direction]?.length ? 1 : 0);
  return policies.reduce<Policy | undefined>(
    (best, one) => (best && weight(best) >= weight(one) ? best : one),
    undefined,
  );
}

export function isForAll({ spec: { podSelector = {} } }: Pick<Policy, 'spec'>): boolean {
  return Object.keys(podSelector.matchLabels ?? {}).length + (podSelector.matchExpressions?.length ?? 0) === 0;
}

const OTHER_POLICIES = new Set([
  'cilium.io/CiliumNetworkPolicy',
  'cilium.io/CiliumClusterwideNetworkPolicy',
  'crd.projectcalico.org/NetworkPolicy',
  'crd.projectcalico.org/GlobalNetworkPolicy',
  'projectcalico.org/NetworkPolicy',
  'projectcalico.org/GlobalNetworkPolicy',
  'policy.networking.k8s.io/AdminNetworkPolicy',
  'policy.networking.k8s.io/BaselineAdminNetworkPolicy',
  'policy.networking.k8s.io/ClusterNetworkPolicy',
]);

/** Whether there are policies of other kinds: they may allow, or refuse, what NetworkPolicies do not. */
export const hasOtherPolicies = perSet(({ objects }): boolean =>
  objects.some((object) => OTHER_POLICIES.has(groupKind(object))),
);

/** Pods of an MCP gateway: by their image, their name, or the name that their labels give them. */
export const gatewayPods = perSet((objects: ObjectSet): Pod[] => {
  const byImage = new Set(objects.containers.filter(isGateway).map(({ pod }) => pod));
  return podsOf(objects).filter(
    ({ view, object, end }) =>
      byImage.has(view) ||
      object.name === names.gateway ||
      end.labels.known['app.kubernetes.io/name'] === names.gateway,
  );
});

/** docker/mcp-gateway is the image of docker's bridge, too. */
function isGateway(view: ContainerView): boolean {
  if (view.kind === 'init' || bridgeOf(view)) return false;
  return gatewayEngineOf(view) !== undefined || /mcp-gateway(?=$|[:@])/.test(view.container.image ?? '');
}

/** A pod that an MCP server listens in, and on which of its ports. */
export interface ServerPod extends Pod {
  port: number;
}

/** Pods behind a Service mcp-<name> with port 4444, and others that are known to be MCP servers. */
export const serverPods = perSet((objects: ObjectSet): ServerPod[] => {
  const gateways = new Set(gatewayPods(objects));
  const bridged = new Set(objects.containers.filter(bridgeOf).map(({ pod }) => pod));
  const ports = new Map<PodView, number>();
  for (const { service, spec, pods } of servicesOf(objects)) {
    const port = service.name.startsWith('mcp-') ? spec.ports?.find((one) => one.port === names.bridgePort) : undefined;
    for (const pod of port ? pods : []) ports.set(pod, targetOf(port, pod, objects));
  }
  return podsOf(objects).flatMap((pod) => {
    const known = bridged.has(pod.view) || pod.object.name.startsWith('mcp-server-');
    const port = ports.get(pod.view) ?? (known ? names.bridgePort : undefined);
    return port === undefined || gateways.has(pod) ? [] : [{ ...pod, port }];
  });
});

type ServicePort = NonNullable<V1ServiceSpec['ports']>[number];

function targetOf(port: ServicePort | undefined, pod: PodView, objects: ObjectSet): number {
  const target = port?.targetPort ?? names.bridgePort;
  if (typeof target === 'number') return target;
  return portsOf(objects)(pod).find(({ name }) => name === target)?.containerPort ?? names.bridgePort;
}

/** Whether a gateway is meant to reach a server: in its namespace, and of its app where both say which that is. */
export function belongTogether(a: Pod, b: Pod): boolean {
  const [one, other] = [a, b].map(({ end }) => end.labels.known['app.kubernetes.io/instance']);
  return (
    sameNamespace(a.object.namespace, b.object.namespace) && (one === undefined || other === undefined || one === other)
  );
}

/** Labels that select the pod and that its workload never changes. */
export function steadyLabels({ object, end }: Pod): Readonly<Record<string, string>> {
  const { selector } = (object.data['spec'] ?? {}) as { selector?: { matchLabels?: Record<string, string> } };
  return selector?.matchLabels ?? end.labels.known;
}
