import { type App, names } from '../app/app.ts';
import type { ManifestObject } from '../manifests/object.ts';

/** Objects in the order in which they are applied: each part needs the ones before it. */
export interface Waves {
  namespace: ManifestObject[];
  /** Read by pods at start, or guarding them from their first packet. */
  base: ManifestObject[];
  servers: ManifestObject[];
  /** After the servers: a gateway may list them once, when it starts. */
  gateway: ManifestObject[];
}

/** Sorts an app's objects into waves. */
export function wavesOf(objects: readonly ManifestObject[]): Waves {
  const waves: Waves = { namespace: [], base: [], servers: [], gateway: [] };
  for (const object of objects) waves[waveOf(object)].push(object);
  return waves;
}

function waveOf({ kind, metadata }: ManifestObject): keyof Waves {
  if (kind === 'Namespace') return 'namespace';
  if (kind === 'Service') return 'servers';
  if (kind !== 'Deployment') return 'base';
  return metadata.name === names.gateway ? 'gateway' : 'servers';
}

/** A Deployment of the app, as it is waited for. */
export interface Workload {
  /** The server's name, or `mcp-gateway`. */
  name: string;
  component: 'server' | 'gateway';
  deployment: string;
  image: string;
  uid: number;
  argv: string[];
  /** Why it is not worth waiting for, if it is not. */
  inVain?: string;
}

/** The workloads that an app's objects are: its servers, then its gateway. */
export function workloadsOf(app: App, objects: readonly ManifestObject[]): Workload[] {
  const servers = app.servers.map(
    (server): Workload => ({
      name: server.name,
      component: 'server',
      deployment: names.serverDeployment(server.name),
      image: server.image,
      uid: server.identity.runAsUser,
      argv: server.argv,
    }),
  );
  const gateway = objects.find((object) => object.kind === 'Deployment' && object.metadata.name === names.gateway);
  const uid = gateway?.kind === 'Deployment' ? gateway.spec?.template.spec?.securityContext?.runAsUser : undefined;
  return [
    ...servers,
    {
      name: names.gateway,
      component: 'gateway',
      deployment: names.gateway,
      image: app.gateway.image,
      uid: uid ?? 0,
      argv: [],
    },
  ];
}

/** The workloads of objects whose app is not known any more: what a former deploy has left of it. */
export function workloadsIn(objects: readonly ManifestObject[]): Workload[] {
  return objects.flatMap((object): Workload[] => {
    if (object.kind !== 'Deployment') return [];
    const { name, labels } = object.metadata;
    const pod = object.spec?.template.spec;
    const command = pod?.containers[0]?.command ?? [];
    return [
      {
        name: labels['app.kubernetes.io/name'] ?? name,
        component: labels['app.kubernetes.io/component'] === 'gateway' ? 'gateway' : 'server',
        deployment: name,
        image: pod?.containers[0]?.image ?? '',
        uid: pod?.securityContext?.runAsUser ?? 0,
        // What comes before is the bridge.
        argv: command.slice(command.includes('--') ? command.indexOf('--') + 1 : 1),
      },
    ];
  });
}
