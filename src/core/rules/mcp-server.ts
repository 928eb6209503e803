import type { V1Container } from '@kubernetes/client-node';
import { names } from '../app/app.ts';
import { bridgeOf, gatewayEngineOf } from './mcp-app.ts';
import { containerRule, type Rule } from './rule.ts';
import { PROBES } from './workload-kinds.ts';

/** Whether a probe's port, by number or by name, is the bridge's. */
function isBridgePort(port: string | number | undefined, { ports = [] }: V1Container): boolean {
  if (typeof port === 'string')
    return ports.some(({ name, containerPort }) => name === port && containerPort === names.bridgePort);
  return port === names.bridgePort;
}

const tcpProbe = containerRule(
  {
    id: 'mcp.tcp-probe',
    severity: 'error',
    page: {
      title: 'a TCP probe on the bridge’s port says Ready for a server that cannot start',
      why: 'The bridge listens on 4444 before it has started anything, so the probe succeeds whether the server works or not. docker-mcp-bridge starts a server process for each connection: such a probe starts one every few seconds.',
      todo: [
        'remove the probe; with mcpk’s bridge probe /readyz on its health port 4445',
        'mcpk verify tells whether the server answers',
      ],
    },
  },
  ({ container }) =>
    PROBES.flatMap((key) =>
      isBridgePort(container[key]?.tcpSocket?.port, container)
        ? [
            {
              pointer: `/${key}`,
              message: `${key} opens a TCP connection to the bridge: it succeeds though the server cannot start`,
              fix: [{ op: 'delete' as const, pointer: `/${key}` }],
            },
          ]
        : [],
    ),
);

const dockerBridge = containerRule(
  {
    id: 'mcp.docker-bridge',
    severity: 'info',
    page: {
      title: 'docker-mcp-bridge hides why a server does not start',
      why: 'It starts a process for each connection, throws its error output away, never closes the connection when the process ends, and has no health port: a server that cannot start leaves a Ready pod and a gateway that waits.',
      todo: ['bridge.engine: mcpk in mcpk.yaml: it speaks the same on port 4444, also behind docker/mcp-gateway'],
    },
  },
  (view) => {
    const bridge = bridgeOf(view);
    if (bridge?.engine !== 'docker') return undefined;
    return {
      pointer: view.container.command ? '/command' : '/args',
      message: 'the server runs behind docker-mcp-bridge',
    };
  },
);

const noCommand = containerRule(
  {
    id: 'mcp.bridge-without-command',
    severity: 'error',
    page: {
      title: 'the bridge has nothing to run',
      why: 'A container’s command replaces the image’s ENTRYPOINT, and its CMD with it, so the bridge must be told the whole command line of the server.',
      todo: [
        'write the server’s command line behind the bridge; mcpk inspect IMAGE prints what the image itself would run',
      ],
    },
  },
  (view) => {
    const bridge = bridgeOf(view);
    if (!bridge || bridge.argv.length > 0) return undefined;
    return {
      pointer: view.container.command ? '/command' : '/args',
      message: 'no command of a server follows the bridge',
    };
  },
);

const notInstalled = containerRule(
  {
    id: 'mcp.bridge-not-installed',
    severity: 'error',
    page: {
      title: 'nothing puts the bridge where it is run from',
      why: 'The bridge is no part of the server’s image: an init container copies it into a volume that both of them mount.',
      todo: [
        'an init container that mounts the same volume and copies the bridge into it',
        'or an image that carries the bridge',
      ],
    },
  },
  (view) => {
    const { container, pod } = view;
    if (!bridgeOf(view)) return undefined;
    const program = container.command?.[0] ?? container.args?.[0] ?? '';
    const mount = (container.volumeMounts ?? []).find(({ mountPath }) =>
      program.startsWith(`${mountPath.replace(/\/+$/, '')}/`),
    );
    if (!mount) return undefined;
    const volume = pod.spec.volumes?.find(({ name }) => name === mount.name);
    const filled = (pod.spec.initContainers ?? []).some(({ volumeMounts }) =>
      volumeMounts?.some(({ name }) => name === mount.name),
    );
    if (!volume?.emptyDir || filled) return undefined;
    return {
      pointer: container.command ? '/command/0' : '/args/0',
      message: `${program} lies in the volume ${mount.name}, which is empty at start: no init container mounts it`,
    };
  },
);

/** The part of a command line that names files of the program. */
function programPaths(argv: readonly string[]): string[] {
  return argv.slice(0, 3).filter((word) => word.startsWith('/'));
}

const hidden = containerRule(
  {
    id: 'mcp.mount-hides-program',
    severity: 'error',
    page: {
      title: 'a volume is mounted over the program',
      why: 'A mount hides what the image has there. A volume that starts empty leaves nothing to run.',
      todo: ['mount it at a folder of its own, and tell the server to keep its data there'],
    },
  },
  (view) => {
    const bridge = bridgeOf(view);
    const { container, pod } = view;
    const argv = bridge ? bridge.argv : [...(container.command ?? []), ...(container.args ?? [])];
    if (!bridge && gatewayEngineOf(view)) return undefined;
    const empty = new Set(
      (pod.spec.volumes ?? []).flatMap(({ name, emptyDir, persistentVolumeClaim }) =>
        emptyDir || persistentVolumeClaim ? [name] : [],
      ),
    );
    const filled = new Set(
      (pod.spec.initContainers ?? []).flatMap(({ volumeMounts = [] }) => volumeMounts.map(({ name }) => name)),
    );
    return (container.volumeMounts ?? []).flatMap(({ name, mountPath, subPath }, i) => {
      const under = mountPath === '/' ? '/' : `${mountPath.replace(/\/+$/, '')}/`;
      const path = programPaths(argv).find((one) => one.startsWith(under));
      if (path === undefined || subPath || !empty.has(name) || filled.has(name)) return [];
      return [{ pointer: `/volumeMounts/${i}/mountPath`, message: `volume ${name} at ${mountPath} hides ${path}` }];
    });
  },
);

const sidecar: Rule = {
  id: 'mcp.sidecar',
  severity: 'error',
  page: {
    title: 'servers beside the gateway in one pod cannot be reached',
    why: 'docker/mcp-gateway connects to the names mcp-<server>, port 4444. Containers of one pod share localhost and one port 4444; no such names exist for them.',
    todo: ['one Deployment and one Service mcp-<server> for each server: mcpk render writes them'],
  },
  *check({ containers }) {
    for (const gateway of containers.filter((view) => gatewayEngineOf(view) === 'docker')) {
      for (const view of containers) {
        if (view.pod !== gateway.pod || !bridgeOf(view)) continue;
        const { name } = view.container;
        const message = `container ${name} runs a server in the gateway’s own pod, where mcp-<server>:4444 does not lead`;
        yield { object: view.pod.object, pointer: view.pointer, container: name, message };
      }
    }
  },
};

const sharedState = containerRule(
  {
    id: 'mcp.shared-with-storage',
    severity: 'warning',
    page: {
      title: 'one process for all sessions, and it keeps data',
      why: 'With --shared every client talks to the same process: what one client stores, all others see. That is right only for a server that keeps nothing about its client.',
      todo: ['remove shared from the server, or make sure that its data belongs to everybody'],
    },
  },
  (view) => {
    const { container, pod } = view;
    const words = container.command ?? [];
    const end = words.indexOf('--');
    if (bridgeOf(view)?.engine !== 'mcpk' || !words.slice(0, end).includes('--shared')) return undefined;
    const claims = new Set(
      (pod.spec.volumes ?? []).flatMap(({ name, persistentVolumeClaim }) => (persistentVolumeClaim ? [name] : [])),
    );
    const kept = (container.volumeMounts ?? []).find(({ name }) => claims.has(name));
    if (!kept) return undefined;
    return { pointer: '/command', message: `--shared, and the server stores data at ${kept.mountPath}` };
  },
);

export const mcpServerRules: readonly Rule[] = [
  tcpProbe,
  dockerBridge,
  noCommand,
  notInstalled,
  hidden,
  sidecar,
  sharedState,
];
