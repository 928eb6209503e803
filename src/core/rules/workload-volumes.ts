import type { V1Container, V1Volume, V1VolumeMount } from '@kubernetes/client-node';
import type { Fault } from './finding.ts';
import type { PodView } from './object-set.ts';
import { containerRule, podRule, type Rule } from './rule.ts';
import { groupKind, repeated } from './workload-kinds.ts';

type Found = Omit<Fault, 'object'>;

function containersOf({ spec }: PodView): V1Container[] {
  const all = [...(spec.initContainers ?? []), ...spec.containers, ...(spec.ephemeralContainers ?? [])];
  return all as V1Container[];
}

/** Names of volumes that a StatefulSet makes for each pod of its own. */
function claimTemplates({ object }: PodView): string[] {
  if (groupKind(object) !== 'apps/StatefulSet') return [];
  const { volumeClaimTemplates = [] } = (object.data['spec'] ?? {}) as {
    volumeClaimTemplates?: { metadata?: { name?: string } }[];
  };
  return volumeClaimTemplates.flatMap(({ metadata }) => metadata?.name ?? []);
}

const duplicateVolume = podRule(
  {
    id: 'workload.volume-duplicate',
    severity: 'error',
    page: {
      title: 'two volumes have the same name',
      why: 'Mounts choose a volume by its name, so the API server refuses the pod.',
      todo: ['give one of them another name, in its mounts too', 'or delete it'],
    },
  },
  ({ spec: { volumes = [] } }) =>
    repeated(volumes, ({ name }) => name).map(({ item, index }) => ({
      pointer: `/volumes/${index}/name`,
      message: `there are two volumes ${item.name}: the API server refuses the pod`,
    })),
);

const missing = containerRule(
  {
    id: 'workload.volume-missing',
    severity: 'error',
    page: {
      title: 'a mount names a volume that the pod has not',
      why: 'The API server refuses the pod: volumeMounts choose among the volumes of the same pod by name.',
      todo: ['correct the name', 'or add the volume to spec.volumes (volumeClaimTemplates of a StatefulSet)'],
    },
  },
  ({ pod, container: { volumeMounts = [], volumeDevices = [] } }) => {
    const known = [...(pod.spec.volumes ?? []).map(({ name }) => name), ...claimTemplates(pod)];
    const unknown = (list: readonly { name: string }[], key: string): Found[] =>
      list.flatMap(({ name }, i) =>
        known.includes(name)
          ? []
          : [{ pointer: `/${key}/${i}/name`, message: `the pod has no volume ${name}: it has ${named(known)}` }],
      );
    return [...unknown(volumeMounts, 'volumeMounts'), ...unknown(volumeDevices, 'volumeDevices')];
  },
);

function named(names: readonly string[]): string {
  return names.length === 0 ? 'none' : [...names].sort().join(', ');
}

const unused = podRule(
  {
    id: 'workload.volume-unused',
    severity: 'info',
    page: {
      title: 'a volume that no container mounts',
      why: 'The kubelet leaves out volumes that nothing mounts: either a mount is missing, and the program does not find its files, or the volume is left over.',
      todo: ['mount it in the container that needs it', 'or delete it (mcpk lint --fix does)'],
    },
  },
  (pod) => {
    const used = new Set(
      containersOf(pod).flatMap(({ volumeMounts = [], volumeDevices = [] }) =>
        [...volumeMounts, ...volumeDevices].map(({ name }) => name),
      ),
    );
    return (pod.spec.volumes ?? []).flatMap(({ name }, i): Found[] =>
      used.has(name)
        ? []
        : [
            {
              pointer: `/volumes/${i}`,
              message: `no container mounts volume ${name}`,
              fix: [{ op: 'delete', pointer: `/volumes/${i}` }],
            },
          ],
    );
  },
);

const mountTwice = containerRule(
  {
    id: 'workload.mount-path-duplicate',
    severity: 'error',
    page: {
      title: 'two volumes are mounted at the same path',
      why: 'One would hide the other, so the API server refuses the pod.',
      todo: ['mount one of them elsewhere', 'or single files of it beside the other: subPath, or a projected volume'],
    },
  },
  ({ container: { volumeMounts = [] } }) =>
    repeated(volumeMounts, ({ mountPath }) => mountPath).map(({ item, index }) => ({
      pointer: `/volumeMounts/${index}/mountPath`,
      message: `${item.mountPath} is mounted twice: the API server refuses the pod`,
    })),
);

const SOCKET = /\/(docker|containerd|crio|podman|cri-dockerd|buildkitd)\.sock$/;
/** Folders on a node that hold one of these sockets. */
const SOCKET_FOLDER = /^\/(|run|var|var\/run|(var\/)?run\/(docker|containerd|crio|podman|buildkit))$/;

function givesSocket(path: string): boolean {
  return SOCKET.test(path) || SOCKET_FOLDER.test(path);
}

const runtimeSocket = podRule(
  {
    id: 'workload.runtime-socket',
    severity: 'error',
    page: {
      title: 'the pod gets the socket of the container runtime',
      why: 'Who may talk to Docker, containerd or CRI-O on a node can start a container that is root on it: the pod then owns the node, whatever its own securityContext says.',
      todo: [
        'run each MCP server in a pod of its own instead of letting one pod start containers: mcpk render does',
        'build images with a builder that needs no daemon (BuildKit rootless, buildah)',
      ],
    },
  },
  ({ spec: { volumes = [] } }) =>
    volumes.flatMap(({ name, hostPath }, i): Found[] => {
      const path = hostPath?.path.replace(/(?<=.)\/+$/, '') ?? '';
      if (!givesSocket(path)) return [];
      const what = SOCKET.test(path) ? 'is' : 'holds';
      return [
        {
          pointer: `/volumes/${i}/hostPath/path`,
          message: `volume ${name} ${what} the socket of the node's container runtime (${path}): whoever has it is root there`,
        },
      ];
    }),
);

const writableHostPath = containerRule(
  {
    id: 'workload.host-path-writable',
    severity: 'warning',
    page: {
      title: 'the container may write to the file system of the node',
      why: 'What it writes stays on that node when the pod goes, other pods see it, and a program that is taken over can change what the node runs.',
      todo: [
        'a PersistentVolumeClaim for data that must stay, an emptyDir for what need not',
        'readOnly: true where it only reads',
      ],
    },
  },
  ({ pod, container: { volumeMounts = [] } }) =>
    volumeMounts.flatMap(({ name, mountPath, readOnly }, i): Found[] => {
      const path = volumeOf(pod, name)?.hostPath?.path;
      // Read-only or not makes no difference to a socket.
      if (path === undefined || readOnly === true || givesSocket(path)) return [];
      return [{ pointer: `/volumeMounts/${i}`, message: `${mountPath} is ${path} of the node, and may be written to` }];
    }),
);

function volumeOf({ spec }: PodView, name: string): V1Volume | undefined {
  return spec.volumes?.find((volume) => volume.name === name);
}

const secretSubPath = containerRule(
  {
    id: 'workload.secret-sub-path',
    severity: 'info',
    page: {
      title: 'a secret is mounted as a single file, and never changes again',
      why: 'The kubelet brings new values into a mounted Secret within about a minute, but not into a mount with subPath: after a rotation the container keeps the old secret until it restarts.',
      todo: [
        'mount the folder, without subPath, at a path of its own',
        'several sources in one folder: a projected volume',
      ],
    },
  },
  ({ pod, container: { volumeMounts = [] } }) =>
    volumeMounts.flatMap((mount, i): Found[] => {
      const { name, subPath, subPathExpr } = mount;
      if ((subPath ?? subPathExpr) === undefined || !holdsSecret(volumeOf(pod, name))) return [];
      return [
        {
          pointer: `/volumeMounts/${i}`,
          message: `${pathOf(mount)} of secret volume ${name} is not updated when the secret changes`,
        },
      ];
    }),
);

function pathOf({ mountPath, subPath, subPathExpr }: V1VolumeMount): string {
  return `${mountPath} (subPath ${subPath ?? subPathExpr})`;
}

function holdsSecret(volume: V1Volume | undefined): boolean {
  const sources = volume?.projected?.sources ?? [];
  return (
    volume?.secret !== undefined || sources.some(({ secret, serviceAccountToken }) => secret ?? serviceAccountToken)
  );
}

export const workloadVolumeRules: readonly Rule[] = [
  duplicateVolume,
  missing,
  unused,
  mountTwice,
  runtimeSocket,
  writableHostPath,
  secretSubPath,
];
