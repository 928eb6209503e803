import type { V1Container, V1LifecycleHandler, V1Probe } from '@kubernetes/client-node';
import type { Fault } from './finding.ts';
import { bridgeOf } from './mcp-app.ts';
import { type ContainerView, type ObjectSet, type PodView, sameNamespace, selects } from './object-set.ts';
import { containerRule, type Rule } from './rule.ts';
import { objectsOf, PROBES, runsOn } from './workload-kinds.ts';

type Found = Omit<Fault, 'object'>;

/** Containers that others send requests to, as far as the manifests say it. */
function* serving(objects: ObjectSet): Iterable<ContainerView> {
  const services = objectsOf(objects, '/Service');
  const isSelected = ({ object, metadata }: PodView) =>
    services.some(({ namespace, data }) => {
      const { selector } = (data['spec'] ?? {}) as { selector?: Record<string, string> };
      return (
        selector && sameNamespace(namespace, object.namespace) && selects({ matchLabels: selector }, metadata.labels)
      );
    });
  for (const view of objects.containers) {
    const { kind, container, pod } = view;
    if (kind !== 'container' || !runsOn(pod)) continue;
    // It has no health port, and each TCP connection to :4444 starts a server process: there is nothing to probe.
    if (bridgeOf(view)?.engine === 'docker') continue;
    // In a pod of several, only those that declare a port are known to be asked.
    if (container.ports?.length || (pod.spec.containers.length === 1 && isSelected(pod))) yield view;
  }
}

function lacks(objects: ObjectSet, probe: 'readinessProbe' | 'livenessProbe', message: string): Fault[] {
  return [...serving(objects)]
    .filter(({ container }) => container[probe] === undefined)
    .map(({ pod: { object }, pointer, container }) => ({ object, pointer, container: container.name, message }));
}

const readiness: Rule = {
  id: 'reliability.readiness',
  severity: 'warning',
  page: {
    title: 'nothing tells when the container can answer',
    why: 'Without a readiness probe a pod gets requests as soon as its process is there, and a rollout goes on although the new version never answers.',
    todo: [
      'readinessProbe: { httpGet: { path: /readyz, port: NAME } } with a path that is true only when it can answer',
      'a stdio MCP server behind docker-mcp-bridge cannot be probed: mcpk’s bridge can',
    ],
  },
  check: (objects) => lacks(objects, 'readinessProbe', 'has no readiness probe: it gets requests before it can answer'),
};

const liveness: Rule = {
  id: 'reliability.liveness',
  severity: 'info',
  page: {
    title: 'nobody restarts the container when it hangs',
    why: 'A process that ends is restarted anyway; one that hangs stays, without a liveness probe.',
    todo: [
      'livenessProbe with a path that fails only where a restart helps: never one that asks other services',
      'let it be where a hang is not possible or somebody else looks',
    ],
  },
  check: (objects) => lacks(objects, 'livenessProbe', 'has no liveness probe: one that hangs is not restarted'),
};

/** How long a probe may fail until it counts, in seconds. Defaults are the API server's. */
export function patience({ failureThreshold = 3, periodSeconds = 10 }: V1Probe): number {
  return failureThreshold * periodSeconds;
}

/** What a probe asks; the same text for the same question. */
function question({ httpGet, tcpSocket, exec, grpc }: V1Probe): string {
  return JSON.stringify([
    httpGet && [httpGet.path ?? '/', httpGet.port, httpGet.host, (httpGet.scheme ?? 'HTTP').toUpperCase()],
    tcpSocket && [tcpSocket.port, tcpSocket.host],
    exec?.command,
    grpc && [grpc.port, grpc.service],
  ]);
}

const likeReadiness = containerRule(
  {
    id: 'reliability.liveness-like-readiness',
    severity: 'warning',
    page: {
      title: 'the container is killed as soon as it is not ready',
      why: 'Both probes ask the same and fail at the same time. A container that is only busy then is restarted instead of left alone until it has caught up, and its load falls on the others: they follow.',
      todo: [
        'a liveness probe of its own, that says no more than: the process answers',
        'at least three times the patience: a higher failureThreshold or periodSeconds',
      ],
    },
  },
  ({ container: { livenessProbe, readinessProbe } }) => {
    if (!livenessProbe || !readinessProbe || question(livenessProbe) !== question(readinessProbe)) return undefined;
    if (patience(livenessProbe) > patience(readinessProbe)) return undefined;
    return {
      pointer: '/livenessProbe',
      message: `the liveness probe asks what the readiness probe asks, and kills after ${patience(livenessProbe)} s: no later than that takes it from the Service`,
    };
  },
);

const port = containerRule(
  {
    id: 'reliability.probe-port',
    severity: 'error',
    page: {
      title: 'a probe names a port that the container has not',
      why: 'The kubelet looks the name up among the ports of the same container. It does not find it, and the probe fails each time. A number in quotes is a name, too, and the API server refuses it.',
      todo: ['correct the name', 'or add it to the ports of this container', 'a number without quotes'],
    },
  },
  ({ container }) => {
    const { lifecycle } = container;
    const handlers: [string, V1LifecycleHandler | undefined][] = [
      ...PROBES.map((key): [string, V1Probe | undefined] => [key, container[key]]),
      ['lifecycle/postStart', lifecycle?.postStart],
      ['lifecycle/preStop', lifecycle?.preStop],
    ];
    return handlers.flatMap(([key, handler]) =>
      (['httpGet', 'tcpSocket'] as const).flatMap((how): Found[] => {
        const asked = handler?.[how]?.port;
        const found = typeof asked === 'string' ? wrongPort(asked, container) : undefined;
        if (!found) return [];
        const pointer = `/${key}/${how}/port`;
        const { message, number } = found;
        return [
          {
            pointer,
            message: `${key} asks port ${message}`,
            ...(number !== undefined && { fix: [{ op: 'set', pointer, value: number }] }),
          },
        ];
      }),
    );
  },
);

/** What is wrong with the name of a port; the number that is meant, where it is one in quotes. */
function wrongPort(asked: string, { ports = [] }: V1Container): { message: string; number?: number } | undefined {
  if (/^\d{1,5}$/.test(asked)) {
    return { message: `"${asked}" in quotes, which is a name: the API server refuses the pod`, number: Number(asked) };
  }
  const names = ports.flatMap(({ name }) => name ?? []).sort();
  if (names.includes(asked)) return undefined;
  const those = names.length > 0 ? `it has ${names.join(', ')}` : 'none of its ports has a name';
  return { message: `${asked}, which the container has not: ${those}` };
}

const timeout = containerRule(
  {
    id: 'reliability.probe-timeout',
    severity: 'info',
    page: {
      title: 'a probe may take longer than its period',
      why: 'The kubelet starts no second probe while one runs, so a slow answer stretches the period: a container that hangs is found after timeoutSeconds x failureThreshold, not after periodSeconds x failureThreshold.',
      todo: ['timeoutSeconds at most as long as periodSeconds'],
    },
  },
  ({ container }) =>
    // A startup probe with a short period is only eager.
    (['readinessProbe', 'livenessProbe'] as const).flatMap((key): Found[] => {
      const { timeoutSeconds = 1, periodSeconds = 10 } = container[key] ?? {};
      if (timeoutSeconds <= periodSeconds) return [];
      return [
        {
          pointer: `/${key}/timeoutSeconds`,
          message: `${key} waits ${timeoutSeconds} s for an answer, and should be asked every ${periodSeconds} s`,
        },
      ];
    }),
);

/** As long as the API's defaults take to give a container up. */
const LONG_DELAY_SECONDS = 30;

const initialDelay = containerRule(
  {
    id: 'reliability.initial-delay',
    severity: 'info',
    page: {
      title: 'a guess how long the start takes',
      why: 'initialDelaySeconds of a liveness probe is too long on a fast node, where a hang stays unseen meanwhile, and too short on a busy one, where the container is killed while it starts.',
      todo: [
        'startupProbe with the same question, a short period and a high failureThreshold; no initialDelaySeconds then',
      ],
    },
  },
  ({ container: { livenessProbe, startupProbe } }) => {
    const { initialDelaySeconds = 0 } = livenessProbe ?? {};
    if (startupProbe || initialDelaySeconds < LONG_DELAY_SECONDS) return undefined;
    return {
      pointer: '/livenessProbe/initialDelaySeconds',
      message: `the liveness probe waits ${initialDelaySeconds} s, and there is no startup probe: a slower start is killed, a hang in it not seen`,
    };
  },
);

const handler = containerRule(
  {
    id: 'reliability.probe-handler',
    severity: 'error',
    page: {
      title: 'a probe that the API server refuses',
      why: 'A probe asks in exactly one way: httpGet, tcpSocket, exec or grpc. Liveness and startup probes succeed with one success. A container that ends (initContainers without restartPolicy: Always) has no probes.',
      todo: ['keep one way to ask', 'delete successThreshold, or the probe of the init container'],
    },
  },
  ({ kind, container }) =>
    PROBES.flatMap((key): Found[] => {
      const probe = container[key];
      if (!probe) return [];
      const message = refusal(key, probe, kind);
      return message === undefined ? [] : [{ pointer: `/${key}`, ...message }];
    }),
);

function refusal(
  key: (typeof PROBES)[number],
  probe: V1Probe,
  kind: ContainerView['kind'],
): Pick<Found, 'message' | 'fix'> | undefined {
  if (kind === 'init') {
    const fix: Found['fix'] = [{ op: 'delete', pointer: `/${key}` }];
    return { message: `an init container has no ${key}: the API server refuses the pod`, fix };
  }
  const ways = (['httpGet', 'tcpSocket', 'exec', 'grpc'] as const).filter((way) => probe[way] !== undefined);
  if (ways.length === 0) return { message: `${key} says nothing of what to ask: the API server refuses the pod` };
  if (ways.length > 1) return { message: `${key} asks by ${ways.join(' and ')}: the API server refuses the pod` };
  if (key !== 'readinessProbe' && (probe.successThreshold ?? 1) !== 1) {
    const fix: Found['fix'] = [{ op: 'delete', pointer: `/${key}/successThreshold` }];
    return { message: `successThreshold of ${key} is 1 and nothing else: the API server refuses the pod`, fix };
  }
  return undefined;
}

export const reliabilityProbeRules: readonly Rule[] = [
  readiness,
  liveness,
  likeReadiness,
  port,
  timeout,
  initialDelay,
  handler,
];
