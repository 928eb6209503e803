import type { V1ResourceRequirements } from '@kubernetes/client-node';
import type { Fault, KubeObject } from './finding.ts';
import { type ContainerView, type ObjectSet, sameNamespace } from './object-set.ts';
import { quantity } from './reliability-quantity.ts';
import { containerRule, type Rule } from './rule.ts';
import { isWindows, objectsOf } from './workload-kinds.ts';

type Found = Omit<Fault, 'object'>;
type Resource = 'cpu' | 'memory';

/** What mcpk gives a server: a start where nothing was measured. */
const START = 'requests: { cpu: 50m, memory: 128Mi }, limits: { cpu: "1", memory: 512Mi }';

/** Faults of containers whose resources no LimitRange of the same namespace fills in. */
function* unsized(
  objects: ObjectSet,
  default_: 'defaultRequest' | 'default',
  check: (view: ContainerView) => Found | undefined,
): Iterable<Fault> {
  const ranges = objectsOf(objects, '/LimitRange').filter((range) => fillsIn(range, default_));
  for (const view of objects.containers) {
    const { object } = view.pod;
    // What a debugging container uses cannot be said.
    if (view.kind === 'ephemeral' || ranges.some(({ namespace }) => sameNamespace(namespace, object.namespace)))
      continue;
    const found = check(view);
    if (found) yield { ...found, object, container: view.container.name, pointer: view.pointer + found.pointer };
  }
}

/** A default limit is a default request, too. */
function fillsIn({ data }: KubeObject, key: 'defaultRequest' | 'default'): boolean {
  const { limits = [] } = (data['spec'] ?? {}) as { limits?: Record<string, unknown>[] };
  return limits.some(
    (limit) => limit['type'] === 'Container' && (limit[key] !== undefined || limit['default'] !== undefined),
  );
}

/** Of the container, or of its whole pod (Kubernetes 1.34 on). */
function has({ container, pod }: ContainerView, list: 'requests' | 'limits', resource: Resource): boolean {
  const ofPod = pod.spec.resources;
  return container.resources?.[list]?.[resource] !== undefined || ofPod?.[list]?.[resource] !== undefined;
}

const requests: Rule = {
  id: 'reliability.requests',
  severity: 'warning',
  page: {
    title: 'the container asks for nothing',
    why: 'The scheduler places pods by what they request. A pod that requests nothing goes onto a full node, gets the CPU that others leave, and is the first to be evicted when memory runs short.',
    todo: [`resources: { ${START} }`, 'measure: kubectl top pod --containers; request what it uses on a usual day'],
  },
  *check(objects) {
    yield* unsized(objects, 'defaultRequest', (view) => {
      // A limit without a request is the request, too.
      const lacks = (['cpu', 'memory'] as const).filter((r) => !has(view, 'requests', r) && !has(view, 'limits', r));
      if (lacks.length === 0) return undefined;
      return {
        pointer: '/resources',
        message: `requests no ${lacks.join(' and no ')}: the scheduler counts it as nothing`,
      };
    });
  },
};

const memoryLimit: Rule = {
  id: 'reliability.memory-limit',
  severity: 'warning',
  page: {
    title: 'the container may take all the memory of its node',
    why: 'Without a limit a leak ends only when the node is out of memory, and then the kernel may kill somebody else. A CPU limit is a matter of taste: without one a busy container is merely faster.',
    todo: [`resources: { ${START} }`, 'measure: kubectl top pod --containers; a limit at twice the peak is usual'],
  },
  *check(objects) {
    yield* unsized(objects, 'default', (view) =>
      has(view, 'limits', 'memory')
        ? undefined
        : { pointer: '/resources/limits', message: 'has no memory limit: a leak takes the whole node' },
    );
  },
};

const limitBelowRequest = containerRule(
  {
    id: 'reliability.limit-below-request',
    severity: 'error',
    page: {
      title: 'the limit is lower than the request',
      why: 'The API server refuses a container that is promised more than it may use.',
      todo: ['raise the limit, or lower the request'],
    },
  },
  ({ container: { resources = {} } }) =>
    Object.entries(resources.limits ?? {}).flatMap(([name, limit]): Found[] => {
      const request = resources.requests?.[name];
      const [most, least] = [quantity(limit), quantity(request)];
      if (most === undefined || least === undefined || most >= least) return [];
      return [
        {
          pointer: `/resources/limits/${name.replaceAll('/', '~1')}`,
          message: `the ${name} limit ${limit} is lower than the request ${request}: the API server refuses the pod`,
        },
      ];
    }),
);

const MEBIBYTE = 2 ** 20;
/** The largest nodes on offer have some hundreds. */
const MANY_CORES = 128;

const unit = containerRule(
  {
    id: 'reliability.resource-unit',
    severity: 'error',
    page: {
      title: 'a quantity with the wrong unit',
      why: 'm is a thousandth: 128m of memory is an eighth of a byte, 512 is 512 bytes. A cpu without m is whole cores: 500 is five hundred of them. The container cannot start, or its pod fits on no node.',
      todo: ['memory: 128Mi (mebibytes) or 128M', 'cpu: 500m (half a core)'],
    },
  },
  ({ pod, container: { resources } }) => (isWindows(pod) ? undefined : wrongUnits(resources)),
);

function wrongUnits(resources: V1ResourceRequirements = {}): Found[] {
  return (['requests', 'limits'] as const).flatMap((list) =>
    (['cpu', 'memory'] as const).flatMap((resource): Found[] => {
      const value = resources[list]?.[resource];
      const what = oddity(resource, value);
      if (what === undefined) return [];
      return [
        { pointer: `/resources/${list}/${resource}`, message: `${resource} ${list.slice(0, -1)} ${value} is ${what}` },
      ];
    }),
  );
}

function oddity(resource: Resource, value: string | undefined): string | undefined {
  const amount = quantity(value);
  if (amount === undefined || amount === 0) return undefined;
  if (resource === 'cpu') return amount >= MANY_CORES ? `${amount} whole cores; ${amount}m is meant?` : undefined;
  if (amount >= MEBIBYTE) return undefined;
  return amount < 1 ? 'less than one byte: m is a thousandth, Mi is meant' : `only ${amount} bytes; Mi is meant?`;
}

export const reliabilityResourceRules: readonly Rule[] = [requests, memoryLimit, limitBelowRequest, unit];
