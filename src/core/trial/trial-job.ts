import type { V1Job, V1JobSpec } from '@kubernetes/client-node';
import { resolveApp } from '../app/resolve.ts';
import { MANAGED_BY } from '../manifests/labels.ts';
import type { AnyObject } from '../manifests/object.ts';
import { serverDeployment } from '../manifests/server-deployment.ts';

/** A command of an image that is to be tried on a cluster. */
export interface Trial {
  /** Of the Job. */
  name: string;
  namespace: string;
  /** As the nodes pull it. */
  image: string;
  argv: string[];
  runAsUser: number;
  runAsGroup: number;
  /** Image of mcpk's bridge; undefined is this version's own. */
  bridgeImage?: string | undefined;
  /** Version of mcpk. */
  version: string;
  timeoutSeconds: number;
}

export type TrialJob = AnyObject & { kind: 'Job' } & Omit<V1Job, 'apiVersion' | 'kind' | 'metadata' | 'spec'> & {
    spec: V1JobSpec;
  };

/** Where mcpk is killed before it takes the Job away, the cluster does it this long after its end. */
const KEPT_SECONDS = 300;
const SERVER = 'trial';

/**
 * A Job whose pod is the one that mcpk would make of the server, but for its command: the bridge starts the server,
 * initializes it, asks for its tools, and leaves what it saw as the container's termination message.
 */
export function trialJob(trial: Trial): TrialJob {
  const { name, namespace, image, argv, runAsUser, runAsGroup, timeoutSeconds } = trial;
  const resolved = resolveApp({
    config: {
      apiVersion: 'mcpk/v1',
      name,
      namespace,
      ...(trial.bridgeImage !== undefined && { bridge: { image: trial.bridgeImage } }),
      servers: {
        [SERVER]: {
          image,
          command: argv,
          // Root runs only in a user namespace of its own: see core/manifests/pod.ts.
          security: { runAsUser, runAsGroup, ...(runAsUser === 0 && { hostUsers: false as const }) },
        },
      },
    },
    catalog: {},
    version: trial.version,
  });
  const server = resolved.ok ? resolved.app.servers[0] : undefined;
  if (!resolved.ok || !server) throw new Error('a server with an image and a command always resolves');
  const deployment = serverDeployment(resolved.app, server);
  const pod = deployment.kind === 'Deployment' ? deployment.spec?.template.spec : undefined;
  const container = pod?.containers[0];
  if (!pod || !container) throw new Error('a server’s Deployment always has a container');
  const { startupProbe: _, readinessProbe: _ready, livenessProbe: _live, ports: _ports, ...rest } = container;
  const [bridge = ''] = container.command ?? [];
  const labels = {
    'app.kubernetes.io/component': 'inspection',
    'app.kubernetes.io/instance': name,
    'app.kubernetes.io/managed-by': MANAGED_BY,
  };
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: { name, namespace, labels },
    spec: {
      activeDeadlineSeconds: timeoutSeconds,
      backoffLimit: 0,
      template: {
        metadata: { labels },
        spec: {
          ...pod,
          containers: [{ ...rest, command: [bridge, 'check', '--json', '--', ...argv] }],
          restartPolicy: 'Never',
        },
      },
      ttlSecondsAfterFinished: KEPT_SECONDS,
    },
  };
}
