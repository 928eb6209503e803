import type { V1ServiceSpec } from '@kubernetes/client-node';
import type { KubeObject } from './finding.ts';
import { labelsOf } from './mcp-app.ts';
import { type ObjectSet, sameNamespace, selects } from './object-set.ts';
import { listed, mapOf, mapsOf, nearest, textOf } from './reference-lookup.ts';
import { portsOf } from './reference-services.ts';
import type { Rule } from './rule.ts';
import { objectsOf } from './workload-kinds.ts';

/** What Prometheus is to scrape, as its operator's ServiceMonitor or PodMonitor says it. */
interface Monitor {
  object: KubeObject;
  kind: 'ServiceMonitor' | 'PodMonitor';
  /** Services or pods of the namespaces that it looks at. */
  candidates: readonly Target[];
  targets: readonly Target[];
}

interface Target {
  namespace: string | undefined;
  labels: Readonly<Record<string, string>>;
  /** Names of its ports. */
  ports: readonly string[];
}

type Selector = Parameters<typeof selects>[0];

function* monitorsOf(objects: ObjectSet): Iterable<Monitor> {
  for (const kind of ['ServiceMonitor', 'PodMonitor'] as const) {
    const monitors = objectsOf(objects, `monitoring.coreos.com/${kind}`);
    const all = monitors.length === 0 ? [] : kind === 'ServiceMonitor' ? services(objects) : pods(objects);
    for (const object of monitors) {
      const { selector, namespaceSelector } = mapOf(object.data['spec']);
      const candidates = all.filter(({ namespace }) => looksAt(object, mapOf(namespaceSelector), namespace));
      const targets = candidates.filter(({ labels }) => selects(selectorOf(selector), labels));
      yield { object, kind, candidates, targets };
    }
  }
}

function services(objects: ObjectSet): Target[] {
  return objectsOf(objects, '/Service').map((service) => {
    const { ports = [] } = (service.data['spec'] ?? {}) as V1ServiceSpec;
    return {
      namespace: service.namespace,
      labels: labelsOf(service),
      ports: ports.flatMap(({ name }) => name ?? []),
    };
  });
}

function pods(objects: ObjectSet): Target[] {
  return objects.pods.map((pod) => ({
    namespace: pod.object.namespace,
    labels: pod.metadata.labels ?? {},
    ports: portsOf(objects)(pod).flatMap(({ name }) => name ?? []),
  }));
}

/** Its own namespace, unless it names others or all. */
function looksAt(
  { namespace: own }: KubeObject,
  { any, matchNames }: Record<string, unknown>,
  namespace: string | undefined,
): boolean {
  if (any === true) return true;
  const names = Array.isArray(matchNames) ? matchNames : [];
  return names.length > 0 ? namespace === undefined || names.includes(namespace) : sameNamespace(own, namespace);
}

function selectorOf(value: unknown): Selector {
  const { matchLabels, matchExpressions } = mapOf(value);
  return {
    matchLabels: mapOf(matchLabels) as Record<string, string>,
    matchExpressions: mapsOf(matchExpressions).map(({ key, operator, values }) => ({
      key: String(key),
      operator: String(operator),
      values: Array.isArray(values) ? values : [],
    })),
  };
}

const selectsNothing: Rule = {
  id: 'reference.monitor-selects-nothing',
  severity: 'warning',
  page: {
    title: 'the monitor finds nothing to scrape',
    why: 'A ServiceMonitor looks for Services by their own labels (metadata.labels, not spec.selector), a PodMonitor for pods by theirs, both in their own namespace unless namespaceSelector says otherwise. Nothing among the files that mcpk was given fits, so there are no metrics and no alert about that.',
    todo: [
      'the labels of the Service (metadata.labels) in spec.selector.matchLabels',
      'spec.namespaceSelector, where it is in another namespace',
      'or give mcpk lint the file of the Service, too',
    ],
  },
  *check(objects) {
    for (const { object, kind, candidates, targets } of monitorsOf(objects)) {
      if (candidates.length === 0 || targets.length > 0) continue;
      const what = kind === 'ServiceMonitor' ? 'Service' : 'pod';
      yield { object, pointer: '/spec/selector', message: `its selector fits no ${what}` };
    }
  },
};

const port: Rule = {
  id: 'reference.monitor-port',
  severity: 'error',
  page: {
    title: 'the monitor scrapes a port that is not there',
    why: 'port is the name of a port: of the Service for a ServiceMonitor, of the container for a PodMonitor. A target without a port of that name is left out without a word.',
    todo: ['the name of a port that is there', 'or name the port: spec.ports[].name, containers[].ports[].name'],
  },
  *check(objects) {
    for (const { object, kind, targets } of monitorsOf(objects)) {
      const list = kind === 'ServiceMonitor' ? 'endpoints' : 'podMetricsEndpoints';
      const ports = targets.flatMap((target) => target.ports);
      for (const [i, endpoint] of mapsOf(mapOf(object.data['spec'])[list]).entries()) {
        const name = textOf(endpoint['port']);
        if (name === undefined || targets.length === 0 || ports.includes(name)) continue;
        const [near] = nearest(name, ports);
        const has =
          near !== undefined ? `: did you mean ${near}?` : ports.length > 0 ? `: there is ${listed(ports)}` : '';
        const what = kind === 'ServiceMonitor' ? 'Service' : 'pod';
        yield {
          object,
          pointer: `/spec/${list}/${i}/port`,
          message: `no ${what} that it selects has a port named ${name}${has}`,
        };
      }
    }
  },
};

export const referenceMonitorRules: readonly Rule[] = [selectsNothing, port];
