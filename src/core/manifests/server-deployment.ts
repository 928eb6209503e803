import type { V1Container, V1EnvVar } from '@kubernetes/client-node';
import { type App, names, type Server } from '../app/app.ts';
import { selector, serverLabels } from './labels.ts';
import type { ManifestObject } from './object.ts';
import {
  CONTAINER_SECURITY,
  execProbe,
  httpProbe,
  INIT_RESOURCES,
  PROGRESS_DEADLINE_SECONDS,
  podSecurity,
  resourceRequirements,
} from './pod.ts';

const BRIDGE_DIR = '/mcpk';

/** A uid without a passwd entry has HOME=/, which is read-only: npm, uv and friends then fail on their first write. */
export const WRITABLE_HOME: Record<string, string> = {
  HOME: '/tmp',
  NPM_CONFIG_CACHE: '/tmp/.npm',
  UV_CACHE_DIR: '/tmp/.cache/uv',
  XDG_CACHE_HOME: '/tmp/.cache',
};

/** A ReadWriteOnce claim cannot be held by the old and the new pod at once. */
const HELD_ALONE = { type: 'Recreate' };
/**
 * Its numbers are the API server's own for one pod. Said, they are mcpk's, and go when a server gets a volume; what the
 * API server fills in would stay, and it refuses Recreate with them.
 */
const ONE_AFTER_ANOTHER = { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } };

/** One pod per MCP server: an init container brings the bridge, and the bridge runs the server's command. */
export function serverDeployment(app: App, server: Server): ManifestObject {
  const labels = serverLabels(app, server.name);
  const hasVolumes = server.volumes.length > 0;
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: names.serverDeployment(server.name), namespace: app.namespace, labels },
    spec: {
      progressDeadlineSeconds: PROGRESS_DEADLINE_SECONDS,
      replicas: 1,
      revisionHistoryLimit: 3,
      selector: { matchLabels: selector(labels) },
      strategy: hasVolumes ? HELD_ALONE : ONE_AFTER_ANOTHER,
      template: {
        metadata: { labels },
        spec: {
          automountServiceAccountToken: false,
          containers: [serverContainer(app, server)],
          enableServiceLinks: false,
          ...(server.identity.hostUsers === false && { hostUsers: false }),
          initContainers: [bridgeInstaller(app)],
          securityContext: podSecurity(server.identity, hasVolumes),
          volumes: [
            { name: 'bridge', emptyDir: { sizeLimit: '32Mi' } },
            { name: 'tmp', emptyDir: {} },
            ...server.writable.map((_, i) => ({ name: `writable-${i}`, emptyDir: {} })),
            ...server.volumes.map((v) => ({
              name: `data-${v.name}`,
              persistentVolumeClaim: { claimName: names.claim(server.name, v.name) },
            })),
          ],
        },
      },
    },
  };
}

function serverContainer(app: App, server: Server): V1Container {
  const own = app.bridge.engine === 'mcpk';
  return {
    name: 'server',
    image: server.image,
    imagePullPolicy: 'IfNotPresent',
    command: own
      ? [`${BRIDGE_DIR}/mcpk-bridge`, 'serve', ...(server.shared ? ['--shared'] : []), '--', ...server.argv]
      : [`${BRIDGE_DIR}/docker-mcp-bridge`, ...server.argv],
    env: environment(server),
    ports: [
      { containerPort: names.bridgePort, name: 'mcp' },
      ...(own ? [{ containerPort: names.bridgeHealthPort, name: 'health' }] : []),
    ],
    // docker's bridge has no health port, and a TCP probe would start one server process each time: better none.
    ...(own && {
      // The kubelet puts what an exec probe says into the pod's events; of an HTTP probe it keeps only the status.
      // It costs a process each time, so once the server has started the cheaper one takes over.
      startupProbe: execProbe([`${BRIDGE_DIR}/mcpk-bridge`, 'ready'], 1, 60),
      readinessProbe: httpProbe('/readyz', 'health', 5, 2),
      livenessProbe: httpProbe('/healthz', 'health', 10, 3),
    }),
    resources: resourceRequirements(server.resources),
    securityContext: CONTAINER_SECURITY,
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: [
      { mountPath: BRIDGE_DIR, name: 'bridge', readOnly: true },
      { mountPath: '/tmp', name: 'tmp' },
      ...server.writable.map((mountPath, i) => ({ mountPath, name: `writable-${i}` })),
      ...server.volumes.map((v) => ({ mountPath: v.mountPath, name: `data-${v.name}` })),
    ],
  };
}

function environment(server: Server): V1EnvVar[] {
  const secretNames = new Set(server.secrets.map(({ env }) => env));
  const plain = Object.entries({ ...WRITABLE_HOME, ...server.env }).filter(([name]) => !secretNames.has(name));
  return [
    // First, because a plain value may refer to a secret one as $(NAME).
    ...server.secrets.map(({ env, from }) => ({
      name: env,
      valueFrom: { secretKeyRef: { name: from.name, key: from.key } },
    })),
    ...plain.sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, value]) => ({ name, value })),
  ];
}

function bridgeInstaller(app: App): V1Container {
  const own = app.bridge.engine === 'mcpk';
  return {
    name: 'install-bridge',
    image: app.bridge.image,
    imagePullPolicy: 'IfNotPresent',
    command: own
      ? ['/mcpk-bridge', 'install', BRIDGE_DIR]
      : ['cp', '/misc/docker-mcp-bridge', `${BRIDGE_DIR}/docker-mcp-bridge`],
    resources: INIT_RESOURCES,
    securityContext: CONTAINER_SECURITY,
    terminationMessagePolicy: 'FallbackToLogsOnError',
    volumeMounts: [{ mountPath: BRIDGE_DIR, name: 'bridge' }],
  };
}
