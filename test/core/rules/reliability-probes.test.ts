import type { V1Probe } from '@kubernetes/client-node';
import { reliabilityProbeRules } from '../../../src/core/rules/reliability-probes.ts';
import { container, daemonSet, deployment, job, pod, service } from './objects.ts';
import { describeRules } from './table.ts';

const POD = 'Deployment/web /spec/template/spec';
const AT = `${POD}/containers/0`;
const http = (port: string | number, more: Partial<V1Probe> = {}): V1Probe => ({
  httpGet: { path: '/healthz', port },
  ...more,
});
const NONE = { readinessProbe: undefined, livenessProbe: undefined, startupProbe: undefined };
const NOT_READY = 'has no readiness probe: it gets requests before it can answer';
const NOT_ALIVE = 'has no liveness probe: one that hangs is not restarted';
const both = (livenessProbe: V1Probe, readinessProbe: V1Probe) =>
  deployment({ container: { livenessProbe, readinessProbe } });
const dockerBridge = deployment({ container: { ...NONE, command: ['/mcpk/docker-mcp-bridge', 'run'] } });
const ended = { ...NONE, ports: undefined };

describeRules(reliabilityProbeRules, {
  'reliability.readiness': {
    fires: [
      ['a container with a port', deployment({ container: NONE }), [`${AT}: ${NOT_READY}`]],
      [
        'in a DaemonSet',
        daemonSet({ container: NONE }),
        [`DaemonSet/web /spec/template/spec/containers/0: ${NOT_READY}`],
      ],
      ['a bare pod', pod({ container: NONE }), [`Pod/web /spec/containers/0: ${NOT_READY}`]],
      ['no port, but a Service', [deployment({ container: ended }), service()], [`${AT}: ${NOT_READY}`]],
      [
        'a program that only sounds like docker’s bridge',
        deployment({ container: { ...NONE, command: ['/docker-mcp-bridge-2'] } }),
        [`${AT}: ${NOT_READY}`],
      ],
    ],
    silent: [
      ['one', deployment()],
      ['a worker: no port, no Service', deployment({ container: ended })],
      ['a Service of others', [deployment({ container: ended }), service({ spec: { selector: { app: 'other' } } })]],
      [
        'a Service of another namespace',
        [deployment({ namespace: 'a', container: ended }), service({ namespace: 'b' })],
      ],
      ['a Service without a selector', [deployment({ container: ended }), service({ spec: { selector: undefined } })]],
      [
        'a helper beside it',
        [deployment({ pod: { containers: [container(), container({ name: 'log', ...ended })] } }), service()],
      ],
      ['a Job', job({ container: { ...NONE } })],
      ['a pod that ends', pod({ container: NONE, pod: { restartPolicy: 'Never' } })],
      ['docker’s bridge, which cannot be probed', dockerBridge],
    ],
  },
  'reliability.liveness': {
    fires: [['none', deployment({ container: NONE }), [`${AT}: ${NOT_ALIVE}`]]],
    silent: [
      ['one', deployment()],
      ['docker’s bridge, which cannot be probed', dockerBridge],
    ],
  },
  'reliability.liveness-like-readiness': {
    fires: [
      [
        'the same',
        both(http('http'), http('http')),
        [
          `${AT}/livenessProbe: the liveness probe asks what the readiness probe asks, and kills after 30 s: no later than that takes it from the Service`,
        ],
      ],
      [
        'said in another way',
        both(
          { httpGet: { port: 80, scheme: 'HTTP' }, periodSeconds: 5 },
          { httpGet: { path: '/', port: 80 }, failureThreshold: 2 },
        ),
        [
          `${AT}/livenessProbe: the liveness probe asks what the readiness probe asks, and kills after 15 s: no later than that takes it from the Service`,
        ],
      ],
      [
        'a TCP connection',
        both({ tcpSocket: { port: 80 } }, { tcpSocket: { port: 80 } }),
        [
          `${AT}/livenessProbe: the liveness probe asks what the readiness probe asks, and kills after 30 s: no later than that takes it from the Service`,
        ],
      ],
    ],
    silent: [
      [
        'more patience',
        both(http('http', { periodSeconds: 10 }), http('http', { periodSeconds: 5, failureThreshold: 2 })),
      ],
      ['another path', both(http('http'), { httpGet: { path: '/readyz', port: 'http' } })],
      ['another port', both(http('http'), http(81))],
      ['another command', both({ exec: { command: ['a'] } }, { exec: { command: ['b'] } })],
      ['another service of gRPC', both({ grpc: { port: 1, service: 'a' } }, { grpc: { port: 1, service: 'b' } })],
      ['only one', deployment({ container: { livenessProbe: undefined } })],
    ],
  },
  'reliability.probe-port': {
    fires: [
      [
        'another name',
        deployment({ container: { readinessProbe: http('web') } }),
        [`${AT}/readinessProbe/httpGet/port: readinessProbe asks port web, which the container has not: it has http`],
      ],
      [
        'no names, a hook and a TCP probe',
        deployment({
          container: {
            ...NONE,
            ports: [{ containerPort: 80 }],
            startupProbe: { tcpSocket: { port: 'http' } },
            lifecycle: { preStop: { httpGet: { port: 'http' } } },
          },
        }),
        [
          `${AT}/startupProbe/tcpSocket/port: startupProbe asks port http, which the container has not: none of its ports has a name`,
          `${AT}/lifecycle/preStop/httpGet/port: lifecycle/preStop asks port http, which the container has not: none of its ports has a name`,
        ],
      ],
      [
        'a number in quotes',
        deployment({ container: { livenessProbe: http('9999') } }),
        [
          `${AT}/livenessProbe/httpGet/port: livenessProbe asks port "9999" in quotes, which is a name: the API server refuses the pod`,
        ],
        'fixed',
      ],
      [
        'the port of the other container',
        deployment({
          pod: { containers: [container(), container({ name: 'b', ports: [], ...NONE, livenessProbe: http('http') })] },
        }),
        [
          `${POD}/containers/1/livenessProbe/httpGet/port: livenessProbe asks port http, which the container has not: none of its ports has a name`,
        ],
      ],
    ],
    silent: [
      ['its own', deployment()],
      [
        'a number that is not declared',
        deployment({
          container: { livenessProbe: http(9999), ports: [], readinessProbe: undefined, startupProbe: undefined },
        }),
      ],
    ],
  },
  'reliability.probe-timeout': {
    fires: [
      [
        'longer than the period',
        deployment({
          container: {
            readinessProbe: http('http', { periodSeconds: 5, timeoutSeconds: 10 }),
            livenessProbe: http('http', { timeoutSeconds: 11 }),
          },
        }),
        [
          `${AT}/readinessProbe/timeoutSeconds: readinessProbe waits 10 s for an answer, and should be asked every 5 s`,
          `${AT}/livenessProbe/timeoutSeconds: livenessProbe waits 11 s for an answer, and should be asked every 10 s`,
        ],
      ],
    ],
    silent: [
      ['as long', deployment({ container: { readinessProbe: http('http', { periodSeconds: 5, timeoutSeconds: 5 }) } })],
      [
        'an eager startup probe',
        deployment({ container: { startupProbe: http('http', { periodSeconds: 1, timeoutSeconds: 3 }) } }),
      ],
      ['none', deployment({ container: NONE })],
    ],
  },
  'reliability.initial-delay': {
    fires: [
      [
        'half a minute, no startup probe',
        deployment({
          container: { startupProbe: undefined, livenessProbe: http('http', { initialDelaySeconds: 30 }) },
        }),
        [
          `${AT}/livenessProbe/initialDelaySeconds: the liveness probe waits 30 s, and there is no startup probe: a slower start is killed, a hang in it not seen`,
        ],
      ],
    ],
    silent: [
      ['a startup probe', deployment({ container: { livenessProbe: http('http', { initialDelaySeconds: 60 }) } })],
      [
        'a short one',
        deployment({
          container: { startupProbe: undefined, livenessProbe: http('http', { initialDelaySeconds: 29 }) },
        }),
      ],
      [
        'of the readiness probe',
        deployment({
          container: { startupProbe: undefined, readinessProbe: http('http', { initialDelaySeconds: 60 }) },
        }),
      ],
    ],
  },
  'reliability.probe-handler': {
    fires: [
      [
        'no question',
        deployment({ container: { livenessProbe: { periodSeconds: 5 } } }),
        [`${AT}/livenessProbe: livenessProbe says nothing of what to ask: the API server refuses the pod`],
      ],
      [
        'two questions',
        deployment({ container: { readinessProbe: http(80, { tcpSocket: { port: 80 } }) } }),
        [`${AT}/readinessProbe: readinessProbe asks by httpGet and tcpSocket: the API server refuses the pod`],
      ],
      [
        'more than one success',
        deployment({
          container: {
            livenessProbe: http(80, { successThreshold: 2 }),
            startupProbe: http(80, { successThreshold: 3 }),
          },
        }),
        [
          `${AT}/startupProbe: successThreshold of startupProbe is 1 and nothing else: the API server refuses the pod`,
          `${AT}/livenessProbe: successThreshold of livenessProbe is 1 and nothing else: the API server refuses the pod`,
        ],
        'fixed',
      ],
      [
        'an init container',
        deployment({ init: [{ readinessProbe: http(80) }] }),
        [
          `${POD}/initContainers/0/readinessProbe: an init container has no readinessProbe: the API server refuses the pod`,
        ],
        'fixed',
      ],
    ],
    silent: [
      [
        'a readiness probe with two successes',
        deployment({ container: { readinessProbe: http(80, { successThreshold: 2 }) } }),
      ],
      ['a sidecar', deployment({ init: [{ restartPolicy: 'Always', readinessProbe: http(80) }] })],
    ],
  },
});
