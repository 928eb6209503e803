import { type Block, holds, parseAddress, parseBlock } from './address.ts';
import { type Answer, all, any, type Labels, matches, type Selector } from './labels.ts';

/**
 * What NetworkPolicies (networking.k8s.io/v1) let through, as the API defines it; what a network plugin does beyond
 * it or leaves undone is not modelled, nor are other kinds of policy (Cilium's, Calico's, AdminNetworkPolicy).
 * Source: comments of networking/v1 types.go; its defaults.go for policyTypes; kubernetes.io "Network Policies".
 */

export type Protocol = 'TCP' | 'UDP' | 'SCTP';
export type Direction = 'ingress' | 'egress';

export interface IpBlock {
  cidr: string;
  except?: string[];
}

export interface PolicyPeer {
  podSelector?: Selector;
  namespaceSelector?: Selector;
  ipBlock?: IpBlock;
}

export interface PolicyPort {
  protocol?: string;
  /** Of the pod, never of a Service. */
  port?: number | string;
  endPort?: number;
}

export interface PolicyRule {
  /** Of an ingress rule. */
  from?: PolicyPeer[];
  /** Of an egress rule. */
  to?: PolicyPeer[];
  ports?: PolicyPort[];
}

export interface PolicySpec {
  podSelector?: Selector;
  policyTypes?: string[];
  ingress?: PolicyRule[];
  egress?: PolicyRule[];
}

export interface NetworkPolicy {
  /** Undefined: wherever it is applied, so it counts as the same as any. */
  namespace: string | undefined;
  spec: PolicySpec;
}

export interface NamedPort {
  name?: string;
  containerPort: number;
  protocol?: string;
}

export interface PodEnd {
  kind: 'pod';
  namespace: { name: string | undefined; labels: Labels };
  labels: Labels;
  /** What its containers declare: rules may name a port. Undefined: not known. */
  ports: readonly NamedPort[] | undefined;
  /** Undefined: not known, but taken to be in a private range. */
  address?: string;
}

/** Something outside of the cluster, or a node. */
export interface AddressEnd {
  kind: 'address';
  address: string;
}

export type End = PodEnd | AddressEnd;

/** The port that the connection goes to, after a Service has put the pod's in. */
export interface Destination {
  port: number;
  protocol: Protocol;
}

interface Connection {
  from: End;
  to: End;
  port: Destination;
}

/**
 * Whether a connection is let through: out of `from` and into `to`.
 * `undefined` only where labels, ports or the address of an end are not known and would decide.
 */
export function allows(policies: readonly NetworkPolicy[], from: End, to: End, port: Destination): Answer {
  return all([
    allowsOneWay(policies, 'egress', { from, to, port }),
    allowsOneWay(policies, 'ingress', { from, to, port }),
  ]);
}

/** One half of `allows`: what the policies of the end that is left, or entered, say. */
export function allowsOneWay(policies: readonly NetworkPolicy[], direction: Direction, connection: Connection): Answer {
  // A pod always reaches itself, and nothing holds back what is no pod.
  const pod = direction === 'egress' ? connection.from : connection.to;
  if (connection.from === connection.to || pod.kind === 'address') return true;
  const told = policies
    .map((policy) => ({ policy, isolates: isolates(policy, direction, pod) }))
    .filter(({ isolates }) => isolates !== false)
    .map(({ policy, isolates }) => ({ sure: isolates, grants: grants(policy, direction, connection) }));
  const sure = told.filter((one) => one.sure);
  const granted = sure.length === 0 ? undefined : any(sure.map(({ grants }) => grants));
  if (granted) return true;
  // Policies that may or may not select the pod: each isolates it, or adds what it grants.
  const open = told.filter((one) => !one.sure);
  if (sure.length === 0) return open.every(({ grants }) => grants) ? true : undefined;
  return open.some(({ grants }) => grants !== false) ? undefined : granted;
}

/** Whether a policy selects a pod and speaks of that direction: what it does not grant there is then refused. */
function isolates(policy: NetworkPolicy, direction: Direction, pod: PodEnd): Answer {
  return directionsOf(policy.spec).includes(direction) && selectsPod(policy, pod);
}

/** Whether a policy is about a pod, in whatever direction. */
export function selectsPod({ namespace, spec }: NetworkPolicy, pod: PodEnd): Answer {
  return same(namespace, pod.namespace.name) && matches(spec.podSelector ?? {}, pod.labels);
}

/** What policyTypes say, or what the API server puts there: always Ingress, and Egress where there are egress rules. */
export function directionsOf({ policyTypes = [], egress = [] }: PolicySpec): Direction[] {
  if (policyTypes.length === 0) return egress.length > 0 ? ['ingress', 'egress'] : ['ingress'];
  return (['ingress', 'egress'] as const).filter((direction) =>
    policyTypes.some((type) => type.toLowerCase() === direction),
  );
}

function grants({ namespace, spec }: NetworkPolicy, direction: Direction, { from, to, port }: Connection): Answer {
  const other = direction === 'egress' ? to : from;
  return any(
    (spec[direction] ?? []).map((rule) => {
      const peers = (direction === 'egress' ? rule.to : rule.from) ?? [];
      const ports = rule.ports ?? [];
      // An empty list of either leaves that part open.
      return all([
        peers.length === 0 || any(peers.map((peer) => matchesPeer(peer, namespace, other))),
        ports.length === 0 || any(ports.map((one) => matchesPort(one, port, to))),
      ]);
    }),
  );
}

/** Whether a peer of a rule is, or takes in, an end; `namespace` is that of the policy. */
export function matchesPeer({ ipBlock, ...peer }: PolicyPeer, namespace: string | undefined, end: End): Answer {
  if (ipBlock) return matchesBlock(ipBlock, end);
  const { podSelector, namespaceSelector } = peer;
  if (end.kind === 'address') return false;
  // The API server refuses a peer that says nothing.
  if (!podSelector && !namespaceSelector) return undefined;
  return all([
    namespaceSelector ? matches(namespaceSelector, end.namespace.labels) : same(namespace, end.namespace.name),
    !podSelector || matches(podSelector, end.labels),
  ]);
}

function same(a: string | undefined, b: string | undefined): boolean {
  return a === undefined || b === undefined || a === b;
}

/** Where pods have their addresses, nearly everywhere (RFC 1918, 6598, 4193). */
const PRIVATE = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '100.64.0.0/10', 'fc00::/7'].flatMap(
  (cidr) => parseBlock(cidr) ?? [],
);

function matchesBlock(ipBlock: IpBlock, end: End): Answer {
  const block = parseBlock(ipBlock.cidr);
  if (!block) return undefined;
  const excepts = (ipBlock.except ?? []).flatMap((cidr) => parseBlock(cidr) ?? []);
  if (end.address === undefined) return PRIVATE.some((range) => meets(block, excepts, range)) ? undefined : false;
  const address = parseAddress(end.address);
  if (!address) return undefined;
  return holds(block, address) && !excepts.some((except) => holds(except, address));
}

/** Whether a block without its exceptions has anything of a range. Exceptions that only together cover it do not count. */
function meets(block: Block, excepts: readonly Block[], range: Block): boolean {
  const common = holds(block, range) ? range : holds(range, block) ? block : undefined;
  return common !== undefined && !excepts.some((except) => holds(except, common));
}

function matchesPort({ protocol = 'TCP', port, endPort }: PolicyPort, wanted: Destination, to: End): Answer {
  if (protocol !== wanted.protocol) return false;
  if (port === undefined) return true;
  if (typeof port === 'number') return wanted.port >= port && wanted.port <= (endPort ?? port);
  if (to.kind === 'address') return false;
  return to.ports?.some(
    (one) => one.name === port && one.containerPort === wanted.port && (one.protocol ?? 'TCP') === wanted.protocol,
  );
}
