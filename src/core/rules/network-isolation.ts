import { allowsOneWay, type End, type PodEnd } from '../network/policy.ts';
import type { Fault } from './finding.ts';
import {
  hasOtherPolicies,
  isolating,
  located,
  NAME_LABEL,
  type Policy,
  podsOf,
  policiesOf,
  type ServerPod,
  serverPods,
} from './network-view.ts';
import { type ObjectSet, sameNamespace } from './object-set.ts';
import { listed, titleOf } from './reference-lookup.ts';
import type { Rule } from './rule.ts';

const ELSEWHERE: PodEnd['namespace'] = {
  name: 'some-other-namespace',
  labels: { known: { [NAME_LABEL]: 'some-other-namespace' }, whole: true },
};

/** A pod that nobody can have meant: it has no labels. */
function stranger(namespace: PodEnd['namespace']): End {
  return { kind: 'pod', namespace, labels: { known: {}, whole: true }, ports: [] };
}

const WORLD: End = { kind: 'address', address: '203.0.113.1' };

const serverOpen: Rule = {
  id: 'network.server-open',
  severity: 'warning',
  page: {
    title: 'others than the gateway reach an MCP server',
    why: 'The bridge’s port 4444 asks for no token: who reaches it may call every tool, with the secrets that the server holds. Without a NetworkPolicy that selects its pod, that is every pod of the cluster. Policies count only where the network plugin enforces them.',
    todo: [
      'a NetworkPolicy that selects the server’s pods, with one ingress rule: from the pods of the gateway, TCP 4444',
      'mcpk render makes one for each server',
    ],
  },
  *check(objects) {
    if (hasOtherPolicies(objects)) return;
    for (const server of serverPods(objects)) {
      const policies = isolating(objects, 'ingress', server);
      const fault = policies.length === 0 ? unguarded(server, objects) : leak(server, policies);
      if (fault) yield fault;
    }
  },
};

function unguarded({ view, object, port }: ServerPod, objects: ObjectSet): Fault {
  const none =
    policiesOf(objects).length === 0 ? 'there is no NetworkPolicy' : 'no NetworkPolicy for ingress selects it';
  return { object, pointer: view.pointer, message: `${none}: every pod of the cluster reaches its port ${port}` };
}

function leak({ end, object, port, ...server }: ServerPod, policies: readonly Policy[]): Fault | undefined {
  const who: readonly [End, string][] = [
    [stranger(ELSEWHERE), 'every pod of the cluster'],
    [WORLD, 'every address'],
    [stranger(end.namespace), 'every pod of the namespace'],
  ];
  const here = located(policies, { end, object, ...server });
  for (const [from, whom] of who) {
    const connection = { from, to: end, port: { port, protocol: 'TCP' } } as const;
    const opener = here.find((policy) => allowsOneWay([policy], 'ingress', connection));
    if (!opener) continue;
    return {
      object: opener.object,
      pointer: '/spec/ingress',
      message: `${whom} reaches port ${port} of ${titleOf(object)}`,
      ...(whom.endsWith('namespace') && { severity: 'info' }),
    };
  }
  return undefined;
}

const notIsolated: Rule = {
  id: 'network.not-isolated',
  severity: 'warning',
  page: {
    title: 'a pod that no NetworkPolicy guards, beside others that are',
    why: 'Ingress to a pod that no policy selects is open to the whole cluster. Where other pods of the namespace are guarded, it was most often forgotten, or the labels of its policy do not fit. Nothing is said of pods that declare no port.',
    todo: [
      'a policy whose podSelector fits the pod',
      'or a default for the namespace: podSelector: {}, policyTypes: [Ingress], no rule',
    ],
  },
  *check(objects) {
    if (hasOtherPolicies(objects)) return;
    const servers = new Set(serverPods(objects).map(({ view }) => view));
    const all = podsOf(objects).map((pod) => ({ pod, policies: isolating(objects, 'ingress', pod) }));
    const guarded = all.filter(({ policies }) => policies.length > 0);
    for (const { pod, policies } of all) {
      if (policies.length > 0 || servers.has(pod.view) || !pod.end.ports?.length) continue;
      const { object } = pod;
      const beside = guarded.filter((one) => sameNamespace(one.pod.object.namespace, object.namespace));
      if (beside.length === 0) continue;
      const names = listed(
        beside.map((one) => titleOf(one.pod.object)),
        2,
      );
      const message = `no NetworkPolicy for ingress selects it, as one does ${names}`;
      yield { object, pointer: pod.view.pointer, message };
    }
  },
};

export const networkIsolationRules: readonly Rule[] = [serverOpen, notIsolated];
