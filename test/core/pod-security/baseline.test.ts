import { c, pod, type Row, rowsOf, sc, volume, windows } from './table.ts';

const APP_ARMOR = 'container.apparmor.security.beta.kubernetes.io/';
const SECCOMP_POD = 'seccomp.security.alpha.kubernetes.io/pod';
const SECCOMP = 'container.seccomp.security.alpha.kubernetes.io/';

const CHECKS: Record<string, Record<string, Row>> = {
  appArmorProfile: {
    'nothing said': { spec: {}, versions: [0, 'latest'] },
    'the defaults': {
      spec: {
        ...pod({ appArmorProfile: { type: 'RuntimeDefault' } }),
        containers: [sc('a', { appArmorProfile: { type: 'Localhost', localhostProfile: 'p' } })],
      },
      annotations: {
        [`${APP_ARMOR}b`]: 'runtime/default',
        [`${APP_ARMOR}c`]: 'localhost/p',
        [`${APP_ARMOR}d`]: '',
        other: 'unconfined',
      },
    },
    'pod and containers': {
      spec: {
        ...pod({ appArmorProfile: { type: 'Unconfined' } }),
        initContainers: [sc('b', { appArmorProfile: { type: 'Unconfined' } })],
        containers: [c('a'), sc('c', { appArmorProfile: { type: 'Unconfined' } })],
      },
      versions: [0, 'latest'],
      says: 'forbidden AppArmor profile (pod and containers "b", "c" must not set AppArmor profile type to "Unconfined")',
    },
    'annotations of other values, sorted and quoted as Go does': {
      spec: {},
      annotations: { [`${APP_ARMOR}z`]: 'bogus', [`${APP_ARMOR}a`]: 'a"\\\n\x01\x7f\x85é\u200b\u{1f600}\u{e0001}' },
      says:
        'forbidden AppArmor profiles (annotations must not set AppArmor profile type to ' +
        `"${APP_ARMOR}a="a\\"\\\\\\n\\x01\\x7f\\u0085é\\u200b\u{1f600}\\U000e0001"", "${APP_ARMOR}z="bogus"")`,
    },
    'an annotation that the API server copies into the field': {
      spec: { containers: [c('a'), sc('b', { appArmorProfile: { type: 'Unconfined' } })] },
      annotations: { [`${APP_ARMOR}a`]: 'unconfined' },
      says:
        'forbidden AppArmor profiles (containers "a", "b" and annotation must not set AppArmor profile type to ' +
        `"Unconfined", "${APP_ARMOR}a="unconfined"")`,
    },
    'an annotation that says the same as the pod': {
      spec: pod({ appArmorProfile: { type: 'Unconfined' } }),
      annotations: { [`${APP_ARMOR}a`]: 'unconfined' },
      says:
        'forbidden AppArmor profiles (pod and annotation must not set AppArmor profile type to ' +
        `"Unconfined", "${APP_ARMOR}a="unconfined"")`,
    },
    'an annotation of a Windows pod, which is not copied': {
      spec: windows,
      annotations: { [`${APP_ARMOR}a`]: 'unconfined' },
      says: `forbidden AppArmor profile (annotation must not set AppArmor profile type to "${APP_ARMOR}a="unconfined"")`,
    },
  },
  capabilities_baseline: {
    'the default set': {
      spec: { containers: [sc('a', { capabilities: { add: ['CHOWN', 'KILL', 'SYS_CHROOT', 'NET_BIND_SERVICE'] } })] },
      versions: [0, 'latest'],
    },
    more: {
      spec: {
        initContainers: [sc('z', { capabilities: { add: ['SYS_ADMIN', 'CHOWN'] } })],
        containers: [sc('a', { capabilities: { add: ['NET_RAW', 'SYS_ADMIN'] } }), sc('b', {})],
      },
      versions: [0, 'latest'],
      says:
        'non-default capabilities (containers "z", "a" must not include "NET_RAW", "SYS_ADMIN" in ' +
        'securityContext.capabilities.add)',
    },
  },
  hostNamespaces: {
    'none, said': { spec: { hostNetwork: false, hostPID: false, hostIPC: false } },
    one: { spec: { hostPID: true }, versions: [0, 'latest'], says: 'host namespaces (hostPID=true)' },
    all: {
      spec: { hostIPC: true, hostPID: true, hostNetwork: true },
      says: 'host namespaces (hostNetwork=true, hostPID=true, hostIPC=true)',
    },
  },
  hostPathVolumes: {
    others: { spec: { volumes: [volume('v', { emptyDir: {} }), volume('n', { nfs: { server: 's', path: '/' } })] } },
    one: {
      spec: { volumes: [volume('v', { hostPath: { path: '/' } })] },
      versions: [0, 'latest'],
      says: 'hostPath volumes (volume "v")',
    },
    two: {
      spec: { volumes: [volume('v', { hostPath: { path: '/' } }), volume('a', { hostPath: { path: '/' } })] },
      says: 'hostPath volumes (volumes "v", "a")',
    },
  },
  hostPorts: {
    'container ports': {
      spec: { containers: [c('a', { ports: [{ containerPort: 80 }, { containerPort: 81, hostPort: 0 }] })] },
    },
    one: {
      spec: { containers: [c('a', { ports: [{ containerPort: 80, hostPort: 20 }] })] },
      versions: [0, 'latest'],
      says: 'hostPort (container "a" uses hostPort 20)',
    },
    'several, sorted as text': {
      spec: {
        initContainers: [c('z', { ports: [{ containerPort: 9, hostPort: 9 }] })],
        containers: [
          c('a', {
            ports: [
              { containerPort: 80, hostPort: 10 },
              { containerPort: 81, hostPort: 9 },
            ],
          }),
        ],
      },
      says: 'hostPort (containers "z", "a" use hostPorts 10, 9)',
    },
    "every port in the host's network": {
      spec: { hostNetwork: true, containers: [c('a', { ports: [{ containerPort: 80 }] }), c('b')] },
      says: 'hostPort (container "a" uses hostPort 80)',
    },
  },
  hostProbesAndHostLifecycle: {
    'no host': {
      spec: {
        containers: [
          c('a', { livenessProbe: { httpGet: { port: 80 } }, readinessProbe: { tcpSocket: { port: 80, host: '' } } }),
        ],
      },
    },
    'hosts before v1.34': {
      spec: { containers: [c('a', { livenessProbe: { httpGet: { port: 80, host: 'h' } } })] },
      versions: [0, 33],
    },
    'one host': {
      spec: { containers: [c('a', { lifecycle: { preStop: { httpGet: { port: 80, host: 'h' } } } })] },
      versions: [34, 'latest'],
      says: 'probe or lifecycle host (container "a" uses probe or lifecycle host "h")',
    },
    'everywhere, containers sorted': {
      spec: {
        initContainers: [c('z', { startupProbe: { tcpSocket: { port: 80, host: '::1' } } })],
        containers: [
          c('b', { lifecycle: { postStart: { tcpSocket: { port: 80, host: 'localhost' } } } }),
          c('a', {
            readinessProbe: { httpGet: { port: 80, host: '127.0.0.1' } },
            livenessProbe: { httpGet: { port: 80, host: 'localhost' } },
          }),
        ],
      },
      says: 'probe or lifecycle host (containers "a", "b", "z" use probe or lifecycle hosts "127.0.0.1", "::1", "localhost")',
    },
  },
  privileged: {
    no: { spec: { containers: [sc('a', { privileged: false }), c('b')] } },
    yes: {
      spec: { containers: [sc('a', { privileged: true })] },
      versions: [0, 'latest'],
      says: 'privileged (container "a" must not set securityContext.privileged=true)',
    },
    'an ephemeral one, after the others': {
      spec: {
        ephemeralContainers: [sc('e', { privileged: true })],
        containers: [sc('a', { privileged: true })],
        initContainers: [sc('i', { privileged: true })],
      },
      says: 'privileged (containers "i", "a", "e" must not set securityContext.privileged=true)',
    },
  },
  procMount: {
    masked: { spec: { containers: [sc('a', { procMount: 'Default' })] }, versions: [0, 'latest'] },
    unmasked: {
      spec: { containers: [sc('a', { procMount: 'Unmasked' })] },
      versions: [0, 34, 'latest'],
      says: 'procMount (container "a" must not set securityContext.procMount to "Unmasked")',
    },
    'in a user namespace, before v1.35': {
      spec: { hostUsers: false, containers: [sc('a', { procMount: 'Unmasked' })] },
      versions: [0, 34],
      says: 'procMount (container "a" must not set securityContext.procMount to "Unmasked")',
    },
    'in a user namespace': {
      spec: { hostUsers: false, containers: [sc('a', { procMount: 'Unmasked' })] },
      versions: [35, 'latest'],
    },
  },
  seLinuxOptions: {
    allowed: {
      spec: {
        ...pod({ seLinuxOptions: { type: 'container_t', level: 's0' } }),
        containers: [sc('a', { seLinuxOptions: { type: '', user: '' } })],
      },
      versions: [0, 'latest'],
    },
    'container_engine_t before v1.31': {
      spec: pod({ seLinuxOptions: { type: 'container_engine_t' } }),
      versions: [0, 30],
      says: 'seLinuxOptions (pod set forbidden securityContext.seLinuxOptions: type "container_engine_t")',
    },
    container_engine_t: { spec: pod({ seLinuxOptions: { type: 'container_engine_t' } }), versions: [31, 'latest'] },
    'all that is forbidden': {
      spec: {
        ...pod({ seLinuxOptions: { type: 'foo' } }),
        containers: [
          sc('e', { seLinuxOptions: { type: 'bar' } }),
          sc('f', { seLinuxOptions: { user: 'u' } }),
          sc('g', { seLinuxOptions: { role: 'r' } }),
        ],
      },
      says:
        'seLinuxOptions (pod and containers "e", "f", "g" set forbidden securityContext.seLinuxOptions: ' +
        'types "bar", "foo"; user may not be set; role may not be set)',
    },
  },
  seccompProfile_baseline: {
    'nothing said': { spec: {}, versions: [0, 19, 'latest'] },
    'annotations before v1.19': {
      spec: { containers: [c('a'), c('b'), c('c'), c('d')] },
      annotations: {
        [`${SECCOMP}b`]: 'docker/default',
        [`${SECCOMP}c`]: 'localhost/p',
        [`${SECCOMP}d`]: 'runtime/default',
        [`${SECCOMP}nobody`]: 'unconfined',
        [`${SECCOMP}a`]: 'unconfined',
        [SECCOMP_POD]: 'unconfined',
      },
      versions: [0, 18],
      says: `seccompProfile (forbidden annotations ${SECCOMP}a="unconfined", ${SECCOMP_POD}="unconfined")`,
    },
    'annotations since': { spec: {}, annotations: { [SECCOMP_POD]: 'unconfined' }, versions: [19, 'latest'] },
    'fields before v1.19': { spec: pod({ seccompProfile: { type: 'Unconfined' } }), versions: [0, 18] },
    'fields since': {
      spec: {
        ...pod({ seccompProfile: { type: 'Unconfined' } }),
        containers: [
          sc('a', { seccompProfile: { type: 'Unconfined' } }),
          sc('b', { seccompProfile: { type: 'RuntimeDefault' } }),
        ],
      },
      versions: [19, 'latest'],
      says: 'seccompProfile (pod and container "a" must not set securityContext.seccompProfile.type to "Unconfined")',
    },
  },
  sysctls: {
    safe: { spec: pod({ sysctls: [{ name: 'kernel.shm_rmid_forced', value: '1' }] }), versions: [0, 'latest'] },
    'safe since v1.27': {
      spec: pod({ sysctls: [{ name: 'net.ipv4.ip_local_reserved_ports', value: '1' }] }),
      versions: [27, 'latest'],
    },
    'safe since v1.29': {
      spec: pod({ sysctls: [{ name: 'net.ipv4.tcp_fin_timeout', value: '1' }] }),
      versions: [29, 'latest'],
    },
    'safe since v1.32': {
      spec: pod({ sysctls: [{ name: 'net.ipv4.tcp_wmem', value: '1' }] }),
      versions: [32, 'latest'],
    },
    'before v1.27': {
      spec: pod({ sysctls: [{ name: 'net.ipv4.ip_local_reserved_ports', value: '1' }] }),
      versions: [0, 26],
      says: 'forbidden sysctls (net.ipv4.ip_local_reserved_ports)',
    },
    'before v1.29': {
      spec: pod({ sysctls: [{ name: 'net.ipv4.tcp_fin_timeout', value: '1' }] }),
      versions: [27, 28],
      says: 'forbidden sysctls (net.ipv4.tcp_fin_timeout)',
    },
    'before v1.32': {
      spec: pod({ sysctls: [{ name: 'net.ipv4.tcp_wmem', value: '1' }] }),
      versions: [29, 31],
      says: 'forbidden sysctls (net.ipv4.tcp_wmem)',
    },
    'unsafe ones, as written': {
      spec: pod({
        sysctls: [
          { name: 'z', value: '1' },
          { name: 'a', value: '1' },
        ],
      }),
      says: 'forbidden sysctls (z, a)',
    },
  },
  windowsHostProcess: {
    no: { spec: pod({ windowsOptions: { hostProcess: false } }) },
    'pod and container': {
      spec: {
        ...pod({ windowsOptions: { hostProcess: true } }),
        containers: [sc('a', { windowsOptions: { hostProcess: true } })],
      },
      versions: [0, 'latest'],
      says: 'hostProcess (pod and container "a" must not set securityContext.windowsOptions.hostProcess=true)',
    },
  },
};

rowsOf('baseline', CHECKS);
