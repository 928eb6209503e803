import { allowsOneWay, type Direction, type PolicyPeer, type PolicyRule } from '../network/policy.ts';
import type { Edit } from '../yaml/edit.ts';
import type { Fault } from './finding.ts';
import {
  belongTogether,
  gatewayPods,
  hasOtherPolicies,
  isForAll,
  isolating,
  type Pod,
  type Policy,
  responsible,
  type ServerPod,
  serverPods,
  steadyLabels,
} from './network-view.ts';
import type { ObjectSet } from './object-set.ts';
import { grouped, listed, titleOf } from './reference-lookup.ts';
import type { Rule } from './rule.ts';

/** A gateway that may not reach a server, and the policy that stands in the way. */
interface Blocked {
  policy: Policy;
  direction: Direction;
  gateway: Pod;
  server: ServerPod;
}

/** What is to be allowed, at either end. */
const TODO = {
  egress: 'egress of the gateway: to the pods of the servers, TCP 4444',
  ingress: 'ingress of the servers: from the pods of the gateway, TCP 4444',
} as const;

const blocked: Rule = {
  id: 'network.gateway-blocked',
  severity: 'error',
  page: {
    title: 'NetworkPolicies keep the gateway from a server',
    why: 'Once a policy isolates a pod in a direction, only what some policy allows goes through: the gateway’s egress has to allow the port of the server’s pod, and the server’s ingress has to allow the gateway. Connections that are not allowed are dropped, so the gateway waits, and then goes on without the server’s tools. Policies see the port of the pod, not that of a Service.',
    todo: [TODO.egress, TODO.ingress, 'mcpk render shows policies that are enough'],
  },
  *check(objects) {
    if (hasOtherPolicies(objects)) return;
    const groups = grouped(blockedOf(objects), ({ policy, direction, server }) => [
      policy.object,
      `${direction} ${server.port}`,
    ]);
    for (const group of groups) yield faultOf(group);
  },
};

function* blockedOf(objects: ObjectSet): Iterable<Blocked> {
  const servers = serverPods(objects);
  for (const gateway of gatewayPods(objects)) {
    const out = isolating(objects, 'egress', gateway);
    for (const server of servers) {
      if (!belongTogether(gateway, server)) continue;
      const connection = { from: gateway.end, to: server.end, port: { port: server.port, protocol: 'TCP' } } as const;
      for (const direction of ['egress', 'ingress'] as const) {
        const policies = direction === 'egress' ? out : isolating(objects, 'ingress', server);
        if (allowsOneWay(policies, direction, connection) !== false) continue;
        const policy = responsible(policies, direction);
        if (policy) yield { policy, direction, gateway, server };
      }
    }
  }
}

function faultOf(group: readonly Blocked[]): Fault {
  const [{ policy, direction, server }] = group as [Blocked];
  const gateways = listed(group.map(({ gateway }) => titleOf(gateway.object)));
  const servers = listed(group.map((one) => titleOf(one.server.object)));
  const spec = policy.spec;
  const fix = fixOf(group);
  return {
    object: policy.object,
    pointer: spec[direction] ? `/spec/${direction}` : '/spec',
    message: `no ${direction} rule lets the gateway (${gateways}) reach TCP ${server.port} of ${servers}`,
    remedy: TODO[direction],
    ...(fix && { fix }),
  };
}

/** A rule more; none in a policy for every pod, where it would open more than this. */
function fixOf(group: readonly Blocked[]): Edit[] | undefined {
  const [{ policy, direction, server }] = group as [Blocked];
  if (isForAll(policy)) return undefined;
  const others = group.map((one) => (direction === 'egress' ? one.server : one.gateway));
  const labels = new Map(others.map((pod) => [JSON.stringify(steadyLabels(pod)), { ...steadyLabels(pod) }]));
  // Without labels a selector would be for every pod.
  if (labels.has('{}')) return undefined;
  const peers = [...labels.values()].map((matchLabels): PolicyPeer => ({ podSelector: { matchLabels } }));
  const rule: PolicyRule = {
    [direction === 'egress' ? 'to' : 'from']: peers,
    ports: [{ protocol: 'TCP', port: server.port }],
  };
  return [{ op: 'set', pointer: `/spec/${direction}/-`, value: rule }];
}

export const networkGatewayRules: readonly Rule[] = [blocked];
