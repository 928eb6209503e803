import type { V1Volume, V1VolumeMount } from '@kubernetes/client-node';
import { workloadVolumeRules } from '../../../src/core/rules/workload-volumes.ts';
import { claim, container, deployment, pod, statefulSet, step } from './objects.ts';
import { describeRules } from './table.ts';

const POD = 'Deployment/web /spec/template/spec';
const AT = `${POD}/containers/0`;
const TMP: V1Volume = { name: 'tmp', emptyDir: {} };
const ON_TMP: V1VolumeMount = { name: 'tmp', mountPath: '/tmp' };

/** A pod with these volumes, and a container with these mounts, beside those that it has. */
const withVolumes = (volumes: V1Volume[], volumeMounts: V1VolumeMount[] = []) =>
  deployment({
    pod: { volumes: [TMP, ...volumes], containers: [container({ volumeMounts: [ON_TMP, ...volumeMounts] })] },
  });
const hostPath = (path: string, mount: Partial<V1VolumeMount> = {}) =>
  withVolumes([{ name: 'host', hostPath: { path } }], [{ name: 'host', mountPath: '/host', ...mount }]);
const socket = (path: string, what: string) =>
  `${POD}/volumes/1/hostPath/path: volume host ${what} the socket of the node's container runtime (${path}): whoever has it is root there`;

describeRules(workloadVolumeRules, {
  'workload.volume-duplicate': {
    fires: [
      [
        'the same name',
        withVolumes([{ name: 'tmp', configMap: { name: 'c' } }]),
        [`${POD}/volumes/1/name: there are two volumes tmp: the API server refuses the pod`],
      ],
    ],
    silent: [['others', withVolumes([{ name: 'tmp2', emptyDir: {} }])]],
  },
  'workload.volume-missing': {
    fires: [
      [
        'a name that no volume has',
        withVolumes([], [{ name: 'data', mountPath: '/data' }]),
        [`${AT}/volumeMounts/1/name: the pod has no volume data: it has tmp`],
      ],
      [
        'no volumes at all, in an init container',
        deployment({
          pod: {
            volumes: undefined,
            containers: [container({ volumeMounts: [] })],
            initContainers: [step({ volumeMounts: [ON_TMP] })],
          },
        }),
        [`${POD}/initContainers/0/volumeMounts/0/name: the pod has no volume tmp: it has none`],
      ],
      [
        'a block device',
        deployment({ container: { volumeDevices: [{ name: 'disk', devicePath: '/dev/a' }] } }),
        [`${AT}/volumeDevices/0/name: the pod has no volume disk: it has tmp`],
      ],
    ],
    silent: [
      ['one that is there', withVolumes([], [{ name: 'tmp', mountPath: '/var/tmp' }])],
      [
        'a claim that the StatefulSet makes',
        statefulSet({
          spec: { volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: claim().data['spec'] }] },
          container: { volumeMounts: [ON_TMP, { name: 'data', mountPath: '/data' }] },
        }),
      ],
    ],
  },
  'workload.volume-unused': {
    fires: [
      [
        'two that nobody mounts',
        withVolumes([
          { name: 'a', emptyDir: {} },
          { name: 'b', emptyDir: {} },
        ]),
        [`${POD}/volumes/1: no container mounts volume a`, `${POD}/volumes/2: no container mounts volume b`],
        'fixed',
      ],
    ],
    silent: [
      [
        'mounted by an init container',
        deployment({
          pod: {
            volumes: [TMP, { name: 'a', emptyDir: {} }],
            initContainers: [step({ volumeMounts: [{ name: 'a', mountPath: '/a' }] })],
          },
        }),
      ],
      [
        'mounted by a debugging container',
        pod({
          pod: { volumes: [TMP, { name: 'a', emptyDir: {} }] },
          ephemeral: [{ name: 'debug', volumeMounts: [{ name: 'a', mountPath: '/a' }] }],
        }),
      ],
      [
        'used as a block device',
        deployment({
          pod: {
            volumes: [TMP, { name: 'a', persistentVolumeClaim: { claimName: 'a' } }],
            containers: [container({ volumeDevices: [{ name: 'a', devicePath: '/dev/a' }] })],
          },
        }),
      ],
    ],
  },
  'workload.mount-path-duplicate': {
    fires: [
      [
        'twice',
        withVolumes([{ name: 'a', emptyDir: {} }], [{ name: 'a', mountPath: '/tmp' }]),
        [`${AT}/volumeMounts/1/mountPath: /tmp is mounted twice: the API server refuses the pod`],
      ],
    ],
    silent: [
      ['one inside the other', withVolumes([{ name: 'a', emptyDir: {} }], [{ name: 'a', mountPath: '/tmp/a' }])],
      ['in another container', deployment({ init: [{ volumeMounts: [ON_TMP] }] })],
    ],
  },
  'workload.runtime-socket': {
    fires: [
      ['of Docker', hostPath('/var/run/docker.sock'), [socket('/var/run/docker.sock', 'is')]],
      [
        'of containerd, read-only',
        hostPath('/run/containerd/containerd.sock', { readOnly: true }),
        [socket('/run/containerd/containerd.sock', 'is')],
      ],
      ['its folder', hostPath('/var/run/'), [socket('/var/run', 'holds')]],
      ['the whole node', hostPath('/'), [socket('/', 'holds')]],
    ],
    silent: [
      ['another socket', hostPath('/run/systemd/journal/socket')],
      ['another folder', hostPath('/var/log')],
      [
        'a file of the same name in a volume of its own',
        withVolumes(
          [{ name: 'docker-sock', emptyDir: {} }],
          [{ name: 'docker-sock', mountPath: '/var/run/docker.sock' }],
        ),
      ],
    ],
  },
  'workload.host-path-writable': {
    fires: [
      [
        'a folder of the node',
        hostPath('/srv/data'),
        [`${AT}/volumeMounts/1: /host is /srv/data of the node, and may be written to`],
      ],
    ],
    silent: [
      ['read-only', hostPath('/srv/data', { readOnly: true })],
      ['a socket is worse, and has a rule of its own', hostPath('/var/run/docker.sock')],
      ['no folder of the node', withVolumes([{ name: 'a', emptyDir: {} }], [{ name: 'a', mountPath: '/a' }])],
    ],
  },
  'workload.secret-sub-path': {
    fires: [
      [
        'a file of a Secret',
        withVolumes(
          [{ name: 'token', secret: { secretName: 's' } }],
          [{ name: 'token', mountPath: '/etc/token', subPath: 'token' }],
        ),
        [
          `${AT}/volumeMounts/1: /etc/token (subPath token) of secret volume token is not updated when the secret changes`,
        ],
      ],
      [
        'of a projected volume with one',
        withVolumes(
          [{ name: 'all', projected: { sources: [{ configMap: { name: 'c' } }, { secret: { name: 's' } }] } }],
          [{ name: 'all', mountPath: '/etc/token', subPathExpr: '$(A)' }],
        ),
        [`${AT}/volumeMounts/1: /etc/token (subPath $(A)) of secret volume all is not updated when the secret changes`],
      ],
    ],
    silent: [
      [
        'the folder',
        withVolumes([{ name: 'token', secret: { secretName: 's' } }], [{ name: 'token', mountPath: '/etc/token' }]),
      ],
      [
        'a file of a ConfigMap, which is often meant so',
        withVolumes([{ name: 'c', configMap: { name: 'c' } }], [{ name: 'c', mountPath: '/etc/c', subPath: 'c' }]),
      ],
      [
        'of a projected volume without one',
        withVolumes(
          [{ name: 'all', projected: { sources: [{ configMap: { name: 'c' } }] } }],
          [{ name: 'all', mountPath: '/etc/c', subPath: 'c' }],
        ),
      ],
      [
        'a folder of a claim',
        withVolumes(
          [{ name: 'd', persistentVolumeClaim: { claimName: 'd' } }],
          [{ name: 'd', mountPath: '/d', subPath: 'd' }],
        ),
      ],
    ],
  },
});
