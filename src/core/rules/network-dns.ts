import { parseBlock } from '../network/address.ts';
import { type Answer, any } from '../network/labels.ts';
import { allowsOneWay, type End, type PolicyRule, type Protocol } from '../network/policy.ts';
import type { Fault, Severity } from './finding.ts';
import {
  gatewayPods,
  hasOtherPolicies,
  isolating,
  located,
  NAME_LABEL,
  namespaceLabels,
  type Pod,
  type Policy,
  podsOf,
  responsible,
} from './network-view.ts';
import type { ObjectSet } from './object-set.ts';
import { grouped, listed, titleOf } from './reference-lookup.ts';
import type { Rule } from './rule.ts';

/** A place that answers the cluster's DNS queries. */
interface Resolver {
  end: End;
  port: number;
}

/** Labels that DNS pods have nearly everywhere; that they have others too is sure. */
function resolverPod(objects: ObjectSet, namespace: string, labels: Record<string, string>, port: number): Resolver {
  const ports = [
    { name: 'dns', containerPort: port, protocol: 'UDP' },
    { name: 'dns-tcp', containerPort: port, protocol: 'TCP' },
  ];
  const end: End = {
    kind: 'pod',
    namespace: { name: namespace, labels: namespaceLabels(objects, namespace) },
    labels: { known: labels, whole: false },
    ports,
  };
  return { end, port };
}

function resolversOf(objects: ObjectSet): Resolver[] {
  return [
    resolverPod(objects, 'kube-system', { 'k8s-app': 'kube-dns' }, 53),
    resolverPod(objects, 'openshift-dns', { 'dns.operator.openshift.io/daemonset-dns': 'default' }, 5353),
    // NodeLocal DNSCache, on every node that has it.
    { end: { kind: 'address', address: '169.254.20.10' }, port: 53 },
  ];
}

/** What closes the gap, for CoreDNS where nearly every cluster has it. */
const DNS_RULE: PolicyRule = {
  to: [{ namespaceSelector: { matchLabels: { [NAME_LABEL]: 'kube-system' } } }],
  ports: [
    { protocol: 'UDP', port: 53 },
    { protocol: 'TCP', port: 53 },
  ],
};

interface Deaf {
  policy: Policy;
  pod: Pod;
  lacks: readonly Protocol[];
  gateway: boolean;
}

const blocked: Rule = {
  id: 'network.dns-blocked',
  severity: 'warning',
  page: {
    title: 'NetworkPolicies keep a pod from DNS',
    why: 'A pod whose egress is isolated finds no name unless a policy allows port 53 to the cluster’s DNS, by UDP and, for answers that are too long for that, by TCP. Each look-up then waits for seconds and fails, whatever else is allowed. For a gateway, which looks up mcp-<server>, this is an error. Nothing is said of a pod that may open no connection at all.',
    todo: [
      'an egress rule to the namespace kube-system (namespaceSelector: matchLabels: kubernetes.io/metadata.name: kube-system), ports UDP 53 and TCP 53',
      'NodeLocal DNSCache: to ipBlock 169.254.20.10/32, too',
    ],
  },
  *check(objects) {
    if (hasOtherPolicies(objects)) return;
    const groups = grouped(deafOf(objects), ({ policy, lacks, gateway }) => [policy.object, `${lacks} ${gateway}`]);
    for (const group of groups) yield faultOf(group);
  },
};

function* deafOf(objects: ObjectSet): Iterable<Deaf> {
  const resolvers = resolversOf(objects);
  const gateways = new Set(gatewayPods(objects));
  for (const pod of podsOf(objects)) {
    const policies = isolating(objects, 'egress', pod);
    const gateway = gateways.has(pod);
    if (policies.length === 0 || !usesClusterDns(pod) || !(gateway || needsNames(policies))) continue;
    const lacks = (['UDP', 'TCP'] as const).filter((protocol) => reaches(policies, pod, resolvers, protocol) === false);
    const policy = responsible(policies, 'egress');
    if (lacks.length > 0 && policy) yield { policy, pod, lacks, gateway };
  }
}

function reaches(policies: readonly Policy[], pod: Pod, resolvers: readonly Resolver[], protocol: Protocol): Answer {
  const here = located(policies, pod);
  return any(
    resolvers.map(({ end, port }) =>
      allowsOneWay(here, 'egress', { from: pod.end, to: end, port: { port, protocol } }),
    ),
  );
}

function usesClusterDns({ view: { spec } }: Pod): boolean {
  return spec.dnsPolicy === undefined || spec.dnsPolicy.startsWith('ClusterFirst');
}

/** Whether they allow anything that is not a single address. */
function needsNames(policies: readonly Policy[]): boolean {
  return policies.some(({ spec }) =>
    (spec.egress ?? []).some(
      ({ to = [] }) => to.length === 0 || to.some(({ ipBlock }) => !ipBlock || !isSingle(ipBlock.cidr)),
    ),
  );
}

function isSingle(cidr: string): boolean {
  const block = parseBlock(cidr);
  return block !== undefined && block.prefix === block.bits;
}

function faultOf(group: readonly Deaf[]): Fault {
  const [{ policy, lacks, gateway }] = group as [Deaf];
  const pods = listed(group.map(({ pod }) => titleOf(pod.object)));
  const onlyTcp = !lacks.includes('UDP');
  const severity: Severity | undefined = onlyTcp ? 'info' : gateway ? 'error' : undefined;
  const message = onlyTcp
    ? `no egress rule lets ${pods} reach DNS by TCP 53: answers that are too long for UDP are lost`
    : `no egress rule lets ${pods} reach DNS (${lacks.map((protocol) => `${protocol} 53`).join(' and ')}): no name is found`;
  return {
    object: policy.object,
    pointer: policy.spec.egress ? '/spec/egress' : '/spec',
    message,
    ...(severity && { severity }),
    fix: [{ op: 'set', pointer: '/spec/egress/-', value: DNS_RULE }],
  };
}

export const networkDnsRules: readonly Rule[] = [blocked];
