import type { V1Probe } from '@kubernetes/client-node';
import { gatewaysOf } from './mcp-app.ts';
import { addFlag, commandPlace, dockerGatewayRule, hasFlag } from './mcp-docker-gateway.ts';
import type { Rule } from './rule.ts';
import { PROBES } from './workload-kinds.ts';

const longLived = dockerGatewayRule(
  {
    id: 'mcp.no-long-lived',
    severity: 'warning',
    page: {
      title: 'every tool call starts a new server process',
      why: 'docker/mcp-gateway closes its connection after each call unless it is told to keep it, and the bridge starts a process for each connection: a call to a Python server then takes a second instead of milliseconds, and what the server remembered is lost.',
      todo: ['add the argument --long-lived'],
    },
  },
  ({ view: { container }, argv }) =>
    hasFlag(argv, '--long-lived')
      ? []
      : [
          {
            pointer: commandPlace(container),
            message: 'the gateway runs without --long-lived',
            fix: addFlag(container, '--long-lived'),
          },
        ],
);

const notStatic = dockerGatewayRule(
  {
    id: 'mcp.not-static',
    severity: 'error',
    page: {
      title: 'the gateway would start its servers with Docker',
      why: 'Without --static docker/mcp-gateway starts a container for each server through the Docker socket. In a pod there is none, and there should be none.',
      todo: ['add the argument --static: the gateway then connects to mcp-<server>:4444'],
    },
  },
  ({ view: { container }, argv }) =>
    hasFlag(argv, '--static')
      ? []
      : [
          {
            pointer: commandPlace(container),
            message: 'the gateway runs without --static',
            fix: addFlag(container, '--static'),
          },
        ],
);

const CATALOGS = '/.docker/mcp/catalogs';

const catalog = dockerGatewayRule(
  {
    id: 'mcp.catalog-from-internet',
    severity: 'warning',
    page: {
      title: 'the gateway fetches its catalog from the internet at each start',
      why: 'Without a catalog of its own under ~/.docker/mcp/catalogs docker/mcp-gateway downloads one, and ends if it cannot: behind a NetworkPolicy or a proxy it never comes up, and what it serves changes with what it finds.',
      todo: [
        'mount a ConfigMap with the catalog at $HOME/.docker/mcp/catalogs and add --catalog=FILE',
        'gateway.engine: docker in mcpk.yaml writes all of it',
      ],
    },
  },
  ({ view: { container }, argv }) => {
    const mounted = (container.volumeMounts ?? []).some(({ mountPath }) => mountPath.includes(CATALOGS));
    if (hasFlag(argv, '--catalog') && mounted) return [];
    const message = hasFlag(argv, '--catalog')
      ? 'no volume is mounted where --catalog is looked up: ~/.docker/mcp/catalogs'
      : 'the gateway runs without --catalog';
    return [{ pointer: commandPlace(container), message }];
  },
);

const home = dockerGatewayRule(
  {
    id: 'mcp.gateway-home',
    severity: 'warning',
    page: {
      title: 'the gateway has no HOME of its own',
      why: 'docker/mcp-gateway looks for its catalogs and its settings below HOME. A user that the image does not know has HOME=/, where nothing may be written.',
      todo: ['env: HOME=/home/mcp, with an emptyDir mounted there'],
    },
  },
  ({ view: { container, pod } }) => {
    const uid = container.securityContext?.runAsUser ?? pod.spec.securityContext?.runAsUser;
    const set = (container.env ?? []).some(({ name }) => name === 'HOME') || (container.envFrom ?? []).length > 0;
    return uid === undefined || uid === 0 || set
      ? []
      : [{ pointer: '/env', message: `uid ${uid} runs the gateway, and HOME is not set` }];
  },
);

const tcpProbe: Rule = {
  id: 'mcp.gateway-tcp-probe',
  severity: 'warning',
  page: {
    title: 'a TCP probe says that the gateway is ready before it is',
    why: 'The port is opened before the gateway has read its config or listed a tool. Only its HTTP endpoint knows whether it serves.',
    todo: ['httpGet of /health (docker/mcp-gateway; it asks for no token there), /ready (mcpk’s gateway)'],
  },
  *check(objects) {
    for (const { view, engine } of gatewaysOf(objects)) {
      for (const key of PROBES) {
        const probe = view.container[key];
        if (!probe?.tcpSocket) continue;
        const path = engine === 'docker' || key === 'livenessProbe' ? '/health' : '/ready';
        yield {
          object: view.pod.object,
          container: view.container.name,
          pointer: `${view.pointer}/${key}`,
          message: `${key} opens a TCP connection to the gateway and asks it nothing`,
          fix: [
            { op: 'delete', pointer: `${view.pointer}/${key}/tcpSocket` },
            { op: 'set', pointer: `${view.pointer}/${key}/httpGet`, value: { path, port: probe.tcpSocket.port } },
          ],
        };
      }
    }
  },
};

/** One dead server keeps docker/mcp-gateway from answering for as long as it waits for it. */
const PATIENCE_SECONDS = 60;

const liveness = dockerGatewayRule(
  {
    id: 'mcp.gateway-liveness',
    severity: 'warning',
    page: {
      title: 'the gateway is restarted while it waits for a server',
      why: 'docker/mcp-gateway answers its health check only after it has listed every server. A server that hangs keeps it waiting, and a liveness probe that loses patience restarts it: then no server can be used at all.',
      todo: [
        'a startupProbe of /health that allows 90 seconds',
        'or bridge.engine: mcpk, which answers for a server that cannot start',
      ],
    },
  },
  ({ view: { container } }) => {
    const { livenessProbe, startupProbe } = container;
    if (!livenessProbe || startupProbe || patience(livenessProbe) >= PATIENCE_SECONDS) return [];
    const { tcpSocket, httpGet } = livenessProbe;
    const port = httpGet?.port ?? tcpSocket?.port;
    return [
      {
        pointer: '/livenessProbe',
        message: `the gateway is killed ${patience(livenessProbe)} s after its start if a server hangs`,
        ...(port !== undefined && {
          fix: [
            {
              op: 'set',
              pointer: '/startupProbe',
              value: { failureThreshold: 45, httpGet: { path: '/health', port }, periodSeconds: 2, timeoutSeconds: 3 },
            },
          ],
        }),
      },
    ];
  },
);

function patience({ initialDelaySeconds = 0, periodSeconds = 10, failureThreshold = 3 }: V1Probe): number {
  return initialDelaySeconds + periodSeconds * failureThreshold;
}

export const mcpGatewayRules: readonly Rule[] = [longLived, notStatic, catalog, home, tcpProbe, liveness];
