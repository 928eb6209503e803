import { c, pod, type Row, rowsOf, sc, volume, windows } from './table.ts';

const CHECKS: Record<string, Record<string, Row>> = {
  allowPrivilegeEscalation: {
    'not on every container': {
      spec: {
        initContainers: [sc('i', { allowPrivilegeEscalation: true })],
        containers: [c('a'), sc('b', { allowPrivilegeEscalation: false })],
      },
      versions: [8, 24, 'latest'],
      says: 'allowPrivilegeEscalation != false (containers "i", "a" must set securityContext.allowPrivilegeEscalation=false)',
    },
    'on every container': { spec: { containers: [sc('a', { allowPrivilegeEscalation: false })] } },
    'before v1.8': { spec: {}, versions: [0, 7] },
    'Windows before v1.25': {
      spec: windows,
      versions: [24],
      says: 'allowPrivilegeEscalation != false (container "a" must set securityContext.allowPrivilegeEscalation=false)',
    },
    Windows: { spec: windows, versions: [25, 'latest'] },
  },
  capabilities_restricted: {
    'before v1.22': { spec: {}, versions: [0, 21] },
    dropped: {
      spec: { containers: [sc('a', { capabilities: { drop: ['KILL', 'ALL'], add: ['NET_BIND_SERVICE'] } })] },
      versions: [22, 'latest'],
    },
    'not dropped, and more added': {
      spec: {
        containers: [
          sc('a', { capabilities: { add: ['FOO', 'BAR'] } }),
          sc('b', { capabilities: { drop: ['NET_RAW'], add: ['BAR', 'BAZ'] } }),
          sc('c', { capabilities: { add: ['NET_BIND_SERVICE', 'CHOWN'], drop: ['ALL', 'FOO'] } }),
        ],
      },
      versions: [22, 'latest'],
      says:
        'unrestricted capabilities (containers "a", "b" must set securityContext.capabilities.drop=["ALL"]; ' +
        'containers "a", "b", "c" must not include "BAR", "BAZ", "CHOWN", "FOO" in securityContext.capabilities.add)',
    },
    'only added': {
      spec: { containers: [sc('a', { capabilities: { drop: ['ALL'], add: ['CHOWN'] } })] },
      says: 'unrestricted capabilities (container "a" must not include "CHOWN" in securityContext.capabilities.add)',
    },
    'Windows before v1.25': {
      spec: windows,
      versions: [24],
      says: 'unrestricted capabilities (container "a" must set securityContext.capabilities.drop=["ALL"])',
    },
    Windows: { spec: windows, versions: [25, 'latest'] },
  },
  procMount_restricted: {
    masked: { spec: { containers: [sc('a', { procMount: 'Default' })] } },
    'before v1.35 the baseline check says it': {
      spec: { containers: [sc('a', { procMount: 'Unmasked' })] },
      versions: [34],
    },
    'unmasked, also in a user namespace': {
      spec: { hostUsers: false, containers: [sc('a', { procMount: 'Unmasked' }), sc('b', { procMount: 'Odd' })] },
      versions: [35, 'latest'],
      says: 'procMount (containers "a", "b" must not set securityContext.procMount to "Odd", "Unmasked")',
    },
  },
  restrictedVolumes: {
    'every allowed source': {
      spec: {
        volumes: [
          'configMap',
          'csi',
          'downwardAPI',
          'emptyDir',
          'ephemeral',
          'image',
          'persistentVolumeClaim',
          'projected',
          'secret',
        ].map((type) => volume(type, { [type]: {} })),
      },
      versions: [0, 'latest'],
    },
    'no source, which becomes an emptyDir': { spec: { volumes: [volume('v', {})] } },
    'one of another': {
      spec: { volumes: [volume('v', { hostPath: { path: '/' } })] },
      versions: [0, 'latest'],
      says: 'restricted volume types (volume "v" uses restricted volume type "hostPath")',
    },
    'two of one': {
      spec: { volumes: [volume('v', { nfs: {} }), volume('a', { nfs: {} })] },
      says: 'restricted volume types (volumes "v", "a" use restricted volume type "nfs")',
    },
    'one that is not known': {
      spec: { volumes: [volume('v', { rbd: {} }), volume('a', { tape: {} })] },
      says: 'restricted volume types (volumes "v", "a" use restricted volume types "rbd", "unknown")',
    },
  },
  runAsNonRoot: {
    'from the pod': { spec: pod({ runAsNonRoot: true }), versions: [0, 'latest'] },
    'by every container': {
      spec: { initContainers: [sc('i', { runAsNonRoot: true })], containers: [sc('a', { runAsNonRoot: true })] },
    },
    'not by every container': {
      spec: { initContainers: [c('i')], containers: [sc('a', { runAsNonRoot: true }), c('b')] },
      versions: [0, 'latest'],
      says: 'runAsNonRoot != true (pod or containers "i", "b" must set securityContext.runAsNonRoot=true)',
    },
    'an explicit false, whatever the pod says': {
      spec: { ...pod({ runAsNonRoot: true }), initContainers: [sc('i', { runAsNonRoot: false })] },
      says: 'runAsNonRoot != true (container "i" must not set securityContext.runAsNonRoot=false)',
    },
    'explicit ones hide the rest': {
      spec: {
        ...pod({ runAsNonRoot: false }),
        containers: [c('a'), sc('b', { runAsNonRoot: false }), sc('c', { runAsNonRoot: true })],
      },
      says: 'runAsNonRoot != true (pod and container "b" must not set securityContext.runAsNonRoot=false)',
    },
    'in a user namespace, before v1.35': {
      spec: { hostUsers: false },
      versions: [34],
      says: 'runAsNonRoot != true (pod or container "a" must set securityContext.runAsNonRoot=true)',
    },
    'in a user namespace': {
      spec: { hostUsers: false, containers: [sc('a', { runAsNonRoot: false })] },
      versions: [35, 'latest'],
    },
  },
  runAsUser: {
    'before v1.23': { spec: pod({ runAsUser: 0 }), versions: [0, 22] },
    'not 0': { spec: { ...pod({ runAsUser: 1 }), containers: [sc('a', { runAsUser: 65532 })] } },
    'pod and container': {
      spec: { ...pod({ runAsUser: 0 }), containers: [sc('a', { runAsUser: 0 }), sc('b', { runAsUser: 1 })] },
      versions: [23, 34, 'latest'],
      says: 'runAsUser=0 (pod and container "a" must not set runAsUser=0)',
    },
    'in a user namespace, before v1.35': {
      spec: { hostUsers: false, ...pod({ runAsUser: 0 }) },
      versions: [34],
      says: 'runAsUser=0 (pod must not set runAsUser=0)',
    },
    'in a user namespace': { spec: { hostUsers: false, ...pod({ runAsUser: 0 }) }, versions: [35, 'latest'] },
    'not in a user namespace': {
      spec: { hostUsers: true, ...pod({ runAsUser: 0 }) },
      says: 'runAsUser=0 (pod must not set runAsUser=0)',
    },
  },
  seccompProfile_restricted: {
    'before v1.19': { spec: {}, versions: [0, 18] },
    'from the pod': {
      spec: pod({ seccompProfile: { type: 'Localhost', localhostProfile: 'p' } }),
      versions: [19, 'latest'],
    },
    'by every container': { spec: { containers: [sc('a', { seccompProfile: { type: 'RuntimeDefault' } })] } },
    'not by every container': {
      spec: { containers: [c('a'), sc('b', { seccompProfile: { type: 'RuntimeDefault' } }), c('d')] },
      versions: [19, 'latest'],
      says: 'seccompProfile (pod or containers "a", "d" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    },
    'explicit ones hide the rest': {
      spec: { containers: [c('a'), sc('b', { seccompProfile: { type: 'Unconfined' } })] },
      says: 'seccompProfile (container "b" must not set securityContext.seccompProfile.type to "Unconfined")',
    },
    'Windows before v1.25': {
      spec: windows,
      versions: [24],
      says: 'seccompProfile (pod or container "a" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    },
    Windows: { spec: windows, versions: [25, 'latest'] },
  },
};

rowsOf('restricted', CHECKS);
