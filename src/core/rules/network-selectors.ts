import { pointerToken } from '../config/pointer.ts';
import { matchesPeer, type PolicyPeer, type PolicyPort } from '../network/policy.ts';
import type { Edit } from '../yaml/edit.ts';
import type { Fault } from './finding.ts';
import { isForAll, NAME_LABEL, type Pod, type Policy, podsOf, policiesOf, selectedBy } from './network-view.ts';
import { type ObjectSet, sameNamespace } from './object-set.ts';
import { listed, nearest, titleOf } from './reference-lookup.ts';
import { oneLabelOff, servicesOf } from './reference-services.ts';
import type { Rule } from './rule.ts';
import { objectsOf } from './workload-kinds.ts';

const selectsNothing: Rule = {
  id: 'network.policy-selects-nothing',
  severity: 'warning',
  page: {
    title: 'the NetworkPolicy selects no pod',
    why: 'It guards nothing: the pods that it was written for stay open. No pod among the files that mcpk was given has these labels; where none of the files has a pod in the namespace, mcpk says nothing.',
    todo: [
      'the labels of the pod template (spec.template.metadata.labels) in spec.podSelector.matchLabels',
      'or give mcpk lint the file of the workload, too',
    ],
  },
  *check(objects) {
    for (const policy of policiesOf(objects)) {
      const near = podsOf(objects).filter(({ object }) => sameNamespace(object.namespace, policy.namespace));
      if (isForAll(policy) || near.length === 0 || selectedBy(objects, policy).length > 0) continue;
      const { matchLabels = {} } = policy.spec.podSelector ?? {};
      const hint = oneLabelOff(
        matchLabels,
        near.map(({ view }) => view),
      );
      yield { object: policy.object, pointer: '/spec/podSelector', message: `it selects no pod${hint ?? ''}` };
    }
  },
};

const SYSTEM_NAMESPACES = ['kube-system', 'kube-public', 'default'];

const namespaceLabel: Rule = {
  id: 'network.namespace-label',
  severity: 'info',
  page: {
    title: 'namespaces do not have the label name by themselves',
    why: 'The API server gives each namespace the label kubernetes.io/metadata.name. The label name is there only where somebody has put it; otherwise the peer is nobody, and what it was to allow is refused.',
    todo: ['kubernetes.io/metadata.name instead of name', 'or kubectl label namespace NAME name=NAME'],
  },
  *check(objects) {
    const namespaces = objectsOf(objects, '/Namespace');
    const known = new Set([...SYSTEM_NAMESPACES, ...objects.objects.flatMap(({ namespace }) => namespace ?? [])]);
    for (const { object, spec } of policiesOf(objects)) {
      for (const { pointer, labels } of namespaceSelectors(spec)) {
        const { name } = labels;
        if (name === undefined || namespaces.some(({ data }) => labelIs(data, name))) continue;
        const at = `${pointer}/namespaceSelector/matchLabels`;
        const fix: Edit[] = [
          { op: 'set', pointer: `${at}/${pointerToken(NAME_LABEL)}`, value: name },
          { op: 'delete', pointer: `${at}/name` },
        ];
        const message = `no namespace has the label name=${name} by itself; ${NAME_LABEL} is always there`;
        yield { object, pointer: `${at}/name`, message, ...(known.has(name) && { fix }) } satisfies Fault;
      }
    }
  },
};

function labelIs(namespace: Readonly<Record<string, unknown>>, name: string): boolean {
  const { labels } = (namespace['metadata'] ?? {}) as { labels?: Record<string, string> };
  return labels?.['name'] === name;
}

function* namespaceSelectors(spec: Policy['spec']): Iterable<{ pointer: string; labels: Record<string, string> }> {
  for (const [direction, key] of [
    ['ingress', 'from'],
    ['egress', 'to'],
  ] as const) {
    for (const [i, rule] of (spec[direction] ?? []).entries()) {
      for (const [j, { namespaceSelector }] of (rule[key] ?? []).entries()) {
        const labels = namespaceSelector?.matchLabels;
        if (labels) yield { pointer: `/spec/${direction}/${i}/${key}/${j}`, labels };
      }
    }
  }
}

const port: Rule = {
  id: 'network.policy-port',
  severity: 'warning',
  page: {
    title: 'the policy names a port that its pods do not have',
    why: 'Policies see the port of the pod, after a Service has put it in place of its own: a rule for the port of the Service allows nothing that anybody uses. A name is looked up among the ports of the containers, with the same protocol, and a name that is not there allows nothing at all.',
    todo: ['the containerPort of the pod, or its name'],
  },
  *check(objects) {
    for (const policy of policiesOf(objects)) {
      for (const { pointer, port, pods } of portsIn(policy, objects)) {
        const found = wrongPort(port, pods, objects);
        if (found)
          yield { ...found, object: policy.object, pointer: `${pointer}/port`, ...fixAt(pointer, found.fixed) };
      }
    }
  },
};

function fixAt(pointer: string, fixed: number | undefined): { fix?: Edit[] } {
  return fixed === undefined ? {} : { fix: [{ op: 'set', pointer: `${pointer}/port`, value: fixed }] };
}

/** The ports of a policy's rules, each with the pods of the set that it is a port of. */
function* portsIn(
  policy: Policy,
  objects: ObjectSet,
): Iterable<{ pointer: string; port: PolicyPort; pods: readonly Pod[] }> {
  const { spec } = policy;
  // A policy for all pods is for those of other files, too.
  const own = isForAll(policy) ? [] : selectedBy(objects, policy);
  for (const direction of ['ingress', 'egress'] as const) {
    for (const [i, { to = [], ports = [] }] of (spec[direction] ?? []).entries()) {
      const pods = direction === 'ingress' ? own : podsOfPeers(to, policy, objects);
      for (const [j, port] of ports.entries()) yield { pointer: `/spec/${direction}/${i}/ports/${j}`, port, pods };
    }
  }
}

/** The pods that a rule leads to; none where one of its peers may be more than what is in the set. */
function podsOfPeers(peers: readonly PolicyPeer[], { namespace }: Policy, objects: ObjectSet): Pod[] {
  const found = peers.map((peer) =>
    peer.podSelector ? podsOf(objects).filter(({ end }) => matchesPeer(peer, namespace, end)) : [],
  );
  return found.every((pods) => pods.length > 0) ? found.flat() : [];
}

type Found = Pick<Fault, 'message' | 'severity'> & { fixed?: number };

function wrongPort(
  { port, endPort, protocol = 'TCP' }: PolicyPort,
  pods: readonly Pod[],
  objects: ObjectSet,
): Found | undefined {
  const declared = pods.flatMap(({ end }) => end.ports ?? []).filter((one) => (one.protocol ?? 'TCP') === protocol);
  if (port === undefined || endPort !== undefined || pods.length === 0) return undefined;
  if (typeof port === 'string') {
    const names = declared.flatMap(({ name }) => name ?? []);
    if (names.includes(port)) return undefined;
    const [near] = nearest(port, names);
    const has = near !== undefined ? `: did you mean ${near}?` : names.length > 0 ? `: there is ${listed(names)}` : '';
    const whose = listed(pods.map(({ object }) => titleOf(object)));
    return { severity: 'error', message: `no container of ${whose} has a ${protocol} port named ${port}${has}` };
  }
  if (declared.some(({ containerPort }) => containerPort === port)) return undefined;
  const behind = servicePort(port, protocol, pods, objects);
  return (
    behind && {
      message: `${port} is the port of Service ${behind.service}, and its pods listen on ${behind.port}`,
      fixed: behind.port,
    }
  );
}

/** A Service that leads to the pods and has this number for another one of theirs. */
function servicePort(
  port: number,
  protocol: string,
  pods: readonly Pod[],
  objects: ObjectSet,
): { service: string; port: number } | undefined {
  for (const { service, spec, pods: behind } of servicesOf(objects)) {
    const pod = pods.find(({ view }) => behind.includes(view));
    const entry = spec.ports?.find((one) => one.port === port && (one.protocol ?? 'TCP') === protocol);
    if (!pod || !entry) continue;
    const { targetPort = port } = entry;
    const number =
      typeof targetPort === 'number'
        ? targetPort
        : pod.end.ports?.find(({ name }) => name === targetPort)?.containerPort;
    if (number !== undefined && number !== port) return { service: service.name, port: number };
  }
  return undefined;
}

export const networkSelectorRules: readonly Rule[] = [selectsNothing, namespaceLabel, port];
