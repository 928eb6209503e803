import type { V1ServicePort } from '@kubernetes/client-node';
import type { Edit } from '../yaml/edit.ts';
import type { Fault } from './finding.ts';
import type { ObjectSet } from './object-set.ts';
import { listed, nearest, titleOf } from './reference-lookup.ts';
import { portsOf, type ServiceView, servicesOf } from './reference-services.ts';
import type { Rule } from './rule.ts';
import { repeated } from './workload-kinds.ts';

type Found = Omit<Fault, 'object'>;

/** A rule about the ports of each Service. */
function portRule(
  rule: Omit<Rule, 'check'>,
  check: (ports: readonly V1ServicePort[], service: ServiceView, objects: ObjectSet) => Iterable<Found>,
): Rule {
  return {
    ...rule,
    *check(objects) {
      for (const view of servicesOf(objects)) {
        for (const found of check(view.spec.ports ?? [], view, objects)) yield { ...found, object: view.service };
      }
    },
  };
}

const protocolOf = ({ protocol = 'TCP' }: { protocol?: string }) => protocol;

const targetPort = portRule(
  {
    id: 'reference.service-target-port',
    severity: 'error',
    page: {
      title: 'the Service leads to a port that its pods do not have',
      why: 'A targetPort with a name is looked up among the ports of the containers, with the same protocol: a pod without it gets no connection at all. A number is used as it is; that no container declares it is no proof that nothing listens there, but it is most often the wrong number. Without targetPort it is the number of port.',
      todo: [
        'the name or number of a port of the container (containers[].ports) in targetPort',
        'or declare the port at the container that listens on it',
      ],
    },
  },
  function* (ports, { pods }, objects) {
    const declared = pods.flatMap((pod) => portsOf(objects)(pod));
    // Ports of containers are for people: where none is declared, nothing can be said of a number.
    for (const [i, port] of ports.entries()) {
      const { targetPort = port.port } = port;
      const same = declared.filter((one) => protocolOf(one) === protocolOf(port));
      const named = typeof targetPort === 'string';
      if (pods.length === 0 || (!named && declared.length === 0)) continue;
      if (same.some(({ name, containerPort }) => (named ? name : containerPort) === targetPort)) continue;
      const key = port.targetPort === undefined ? 'port' : 'targetPort';
      const whose = listed(pods.map(({ object }) => titleOf(object)));
      yield {
        pointer: `/spec/ports/${i}/${key}`,
        ...(!named && { severity: 'warning' }),
        message: `no container of ${whose} has the ${protocolOf(port)} port ${targetPort}${hint(targetPort, port, declared)}`,
      };
    }
  },
);

function hint(
  target: number | string,
  port: V1ServicePort,
  declared: readonly { name?: string; containerPort: number; protocol?: string }[],
): string {
  const names = declared.map(({ name, containerPort }) => name ?? String(containerPort));
  const other = declared.find(({ name, containerPort }) => name === target || containerPort === target);
  if (other && protocolOf(other) !== protocolOf(port)) return `: it is ${protocolOf(other)} there`;
  const [near] = typeof target === 'string' ? nearest(target, names) : [];
  if (near !== undefined) return `: did you mean ${near}?`;
  return names.length > 0 ? `: there is ${listed(names)}` : '';
}

const portName = portRule(
  {
    id: 'reference.service-port-name',
    severity: 'error',
    page: {
      title: 'a port of several has no name',
      why: 'The API server refuses a Service with more than one port where one of them has no name (spec.ports[].name: Required value).',
      todo: ['a name for each port, such as http or metrics'],
    },
  },
  function* (ports) {
    if (ports.length < 2) return;
    const taken = new Set(ports.flatMap(({ name }) => name ?? []));
    for (const [i, port] of ports.entries()) {
      if (port.name) continue;
      const name = freeName(port, taken);
      taken.add(name);
      const pointer = `/spec/ports/${i}`;
      const fix: Edit[] = [{ op: 'set', pointer: `${pointer}/name`, value: name }];
      yield { pointer, message: `port ${port.port} has no name, and there are ${ports.length} ports`, fix };
    }
  },
);

/** The name that the port has at the container, else one made of its number. */
function freeName(port: V1ServicePort, taken: ReadonlySet<string>): string {
  const { targetPort } = port;
  const made = `${protocolOf(port).toLowerCase()}-${port.port}`;
  const [first = made] = [targetPort, made, `${made}-2`].filter(
    (name) => typeof name === 'string' && /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/.test(name) && !taken.has(name),
  );
  return String(first);
}

const duplicate = portRule(
  {
    id: 'reference.service-port-duplicate',
    severity: 'error',
    page: {
      title: 'two ports of the Service are the same',
      why: 'The API server refuses a Service in which a name, a pair of port and protocol, or a nodePort stands twice.',
      todo: ['remove one of the two', 'or give it a name and a number of its own'],
    },
  },
  function* (ports) {
    const keys: readonly [keyof V1ServicePort, (port: V1ServicePort) => string | undefined][] = [
      ['name', ({ name }) => (name ? `the name ${name}` : undefined)],
      ['port', (port) => `port ${port.port} (${protocolOf(port)})`],
      ['nodePort', (port) => (port.nodePort ? `nodePort ${port.nodePort} (${protocolOf(port)})` : undefined)],
    ];
    for (const [key, wordsOf] of keys) {
      for (const { item, index } of repeated(ports, wordsOf)) {
        yield { pointer: `/spec/ports/${index}/${key}`, message: `${wordsOf(item)} stands twice` };
      }
    }
  },
);

export const referenceServicePortRules: readonly Rule[] = [targetPort, portName, duplicate];
