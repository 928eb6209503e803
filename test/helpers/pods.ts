import type { V1Container, V1Pod, V1Volume } from '@kubernetes/client-node';
import fc from 'fast-check';

type Json = Record<string, unknown>;

/** Nothing in `weight` of `weight + 1` draws: so some pods pass, and each check is met alone as well as with others. */
const seldom = <T>(arbitrary: fc.Arbitrary<T>, weight = 3) =>
  fc.oneof({ weight, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
const often = <T>(usual: T, arbitrary: fc.Arbitrary<T>, weight = 3) =>
  fc.oneof({ weight, arbitrary: fc.constant(usual) }, { weight: 1, arbitrary });

const bool = fc.boolean();
const profile = fc.constantFrom(
  { type: 'RuntimeDefault' },
  { type: 'Unconfined' },
  { type: 'Localhost', localhostProfile: 'p' },
);
const seLinux = fc.record(
  {
    type: fc.constantFrom('container_t', 'container_engine_t', 'spc_t', 'custom_t', ''),
    user: fc.constantFrom('system_u', ''),
    role: fc.constantFrom('system_r', ''),
    level: fc.constant('s0:c1,c2'),
  },
  { requiredKeys: [] },
);
const uid = fc.constantFrom(0, 1000, 65532);
const capability = fc.constantFrom('NET_BIND_SERVICE', 'CHOWN', 'NET_RAW', 'SYS_ADMIN', 'ALL', 'CAP_NET_RAW');

const containerSecurity = fc.record({
  allowPrivilegeEscalation: often<boolean | undefined>(false, fc.constantFrom(true, undefined), 9),
  privileged: seldom(bool, 15),
  runAsNonRoot: seldom(bool, 7),
  runAsUser: seldom(uid, 7),
  seccompProfile: seldom(profile, 9),
  appArmorProfile: seldom(profile, 15),
  seLinuxOptions: seldom(seLinux, 15),
  procMount: seldom(fc.constantFrom('Default', 'Unmasked'), 5),
  capabilities: often<Json | undefined>(
    { drop: ['ALL'] },
    fc.record(
      { drop: fc.subarray(['ALL', 'NET_RAW', 'KILL']), add: fc.array(capability, { maxLength: 3 }) },
      { requiredKeys: [] },
    ),
    9,
  ),
  readOnlyRootFilesystem: seldom(bool),
});

const host = fc.constantFrom('127.0.0.1', 'localhost', 'example.com', '::1');
const handler = fc.oneof(
  fc.record({ httpGet: fc.record({ port: fc.constant(80), host: often('', host, 1), path: fc.constant('/') }) }),
  fc.record({ tcpSocket: fc.record({ port: fc.constant(80), host: often('', host, 1) }) }),
  fc.constant({ exec: { command: ['true'] } }),
);
const probed = seldom(
  fc.record(
    {
      livenessProbe: handler,
      readinessProbe: handler,
      startupProbe: handler,
      lifecycle: fc.record({ postStart: handler, preStop: handler }, { requiredKeys: [] }),
    },
    { requiredKeys: [] },
  ),
  9,
);

const drawnContainer = fc.record({
  init: fc.constantFrom('no', 'no', 'no', 'init', 'sidecar'),
  securityContext: containerSecurity,
  bare: seldom(fc.constant(true), 15),
  ports: seldom(fc.array(fc.constantFrom(0, 1, 1), { minLength: 1, maxLength: 2 }), 9),
  probed,
  appArmorAnnotation: seldom(fc.constantFrom('unconfined', 'runtime/default', 'localhost/p', ''), 15),
  seccompAnnotation: seldom(fc.constantFrom('unconfined', 'runtime/default', 'docker/default', 'localhost/p'), 6),
  hostProcess: fc.boolean(),
});

/** One of each source that is valid by itself; an empty one becomes an emptyDir. */
const SOURCES: Omit<V1Volume, 'name'>[] = [
  {},
  { emptyDir: {} },
  { configMap: { name: 'c' } },
  { secret: { secretName: 's' } },
  { downwardAPI: { items: [] } },
  { projected: { sources: [] } },
  { persistentVolumeClaim: { claimName: 'p' } },
  { csi: { driver: 'd.example.com' } },
  {
    ephemeral: {
      volumeClaimTemplate: { spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Mi' } } } },
    },
  },
  { image: { reference: 'i' } },
];
const FORBIDDEN_SOURCES: Omit<V1Volume, 'name'>[] = [
  { hostPath: { path: '/var' } },
  { nfs: { server: 'n', path: '/n' } },
  { gitRepo: { repository: 'r' } },
  { iscsi: { targetPortal: '1.2.3.4', iqn: 'iqn.2001-04.com.example:a', lun: 0 } },
  { glusterfs: { endpoints: 'e', path: 'p' } },
  { rbd: { monitors: ['m'], image: 'i' } },
  { cephfs: { monitors: ['m'] } },
  { fc: { targetWWNs: ['w'], lun: 0 } },
  { flocker: { datasetName: 'd' } },
  { flexVolume: { driver: 'a/b' } },
  { gcePersistentDisk: { pdName: 'p' } },
  { awsElasticBlockStore: { volumeID: 'v' } },
  { azureDisk: { diskName: 'd', diskURI: 'https://blob/d.vhd' } },
  { azureFile: { secretName: 's', shareName: 's' } },
  { cinder: { volumeID: 'v' } },
  { vsphereVolume: { volumePath: 'v' } },
  { quobyte: { registry: 'r:1', volume: 'v' } },
  { portworxVolume: { volumeID: 'v' } },
  { scaleIO: { gateway: 'g', system: 's', volumeName: 'v', secretRef: { name: 's' } } },
  { storageos: { volumeName: 'v' } },
  { photonPersistentDisk: { pdID: 'p' } },
];

const sysctl = fc.constantFrom(
  'kernel.shm_rmid_forced',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_rmem',
  'net.core.somaxconn',
  'kernel.msgmax',
);

const drawnPod = fc.record({
  system: fc.oneof(
    { weight: 20, arbitrary: fc.constant('') },
    { weight: 2, arbitrary: fc.constantFrom('linux', 'windows', 'hostProcess') },
  ),
  hostUsers: seldom(fc.constantFrom(false, false, true)),
  hostNetwork: seldom(bool, 15),
  hostPID: seldom(bool, 15),
  hostIPC: seldom(bool, 15),
  security: fc.record({
    runAsNonRoot: often<boolean | undefined>(true, fc.constantFrom(false, undefined), 5),
    runAsUser: seldom(uid),
    seccompProfile: often<Json | undefined>({ type: 'RuntimeDefault' }, seldom(profile, 1), 5),
    appArmorProfile: seldom(profile, 15),
    seLinuxOptions: seldom(seLinux, 15),
    sysctls: seldom(fc.uniqueArray(sysctl, { minLength: 1, maxLength: 3 }), 12),
    fsGroup: seldom(fc.constant(1000)),
  }),
  bare: seldom(fc.constant(true), 15),
  seccompAnnotation: seldom(fc.constantFrom('unconfined', 'docker/default', 'runtime/default', 'localhost/p'), 6),
  otherAnnotations: seldom(fc.constant({ 'example.com/note': 'unconfined' })),
  containers: fc.array(drawnContainer, { minLength: 1, maxLength: 3 }),
  volumes: fc.array(fc.nat(SOURCES.length - 1), { maxLength: 3 }),
  forbiddenVolumes: seldom(
    fc.array(fc.oneof(fc.constant(0), fc.nat(FORBIDDEN_SOURCES.length - 1)), { minLength: 1, maxLength: 3 }),
    9,
  ),
});

type DrawnPod = typeof drawnPod extends fc.Arbitrary<infer T> ? T : never;
type DrawnContainer = DrawnPod['containers'][number];

/**
 * Random pods without a name that an API server v1.35 takes for valid, and that mix everything that Pod Security
 * looks at.
 */
export const pods: fc.Arbitrary<V1Pod> = drawnPod.map((drawn) => {
  if (drawn.system === 'hostProcess') return hostProcessPod(drawn);
  if (drawn.system === 'windows') return windowsPod(drawn);
  return linuxPod(drawn);
});

function linuxPod(drawn: DrawnPod): V1Pod {
  const namespaced = drawn.hostUsers === false;
  const hostNetwork = !namespaced && drawn.hostNetwork === true;
  const hostIPC = !namespaced && drawn.hostIPC === true;
  const annotations: Record<string, string> = { ...drawn.otherAnnotations };
  const sysctls = drawn.security.sysctls
    ?.filter((name) => !(hostNetwork && name.startsWith('net.')) && !(hostIPC && name.startsWith('kernel.')))
    .map((name) => ({ name, value: '1' }));
  const securityContext = drawn.bare
    ? undefined
    : clean({ ...drawn.security, sysctls: sysctls?.length ? sysctls : undefined });
  if (drawn.seccompAnnotation !== undefined && !securityContext?.seccompProfile) {
    annotations['seccomp.security.alpha.kubernetes.io/pod'] = drawn.seccompAnnotation;
  }
  const made = drawn.containers.map((container, i) => {
    const name = `${container.init === 'no' ? 'c' : 'i'}${9 - i}`;
    const result = linuxContainer(container, name, i, { namespaced, hostNetwork });
    addAnnotations(annotations, container, result, securityContext);
    return { init: container.init !== 'no', result };
  });
  return podOf(drawn, annotations, made, {
    ...(drawn.system === 'linux' && { os: { name: 'linux' } }),
    ...(drawn.hostUsers !== undefined && { hostUsers: drawn.hostUsers }),
    ...(drawn.hostNetwork !== undefined && !namespaced && { hostNetwork }),
    ...(drawn.hostPID !== undefined && !namespaced && { hostPID: drawn.hostPID }),
    ...(drawn.hostIPC !== undefined && !namespaced && { hostIPC }),
    ...(securityContext && { securityContext }),
  });
}

/** Where all that were drawn are init containers. */
function onlyContainer(system: string): V1Container {
  const securityContext = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
  const linux = system === '' || system === 'linux';
  return { name: 'c', image: 'i', ...(linux && { securityContext }) };
}

function podOf(
  drawn: DrawnPod,
  annotations: Record<string, string>,
  made: { init: boolean; result: V1Container }[],
  spec: Json,
): V1Pod {
  const initContainers = made.filter(({ init }) => init).map(({ result }) => result);
  const containers = made.filter(({ init }) => !init).map(({ result }) => result);
  const volumes = [
    ...drawn.volumes.map((i) => SOURCES[i]),
    ...(drawn.forbiddenVolumes ?? []).map((i) => FORBIDDEN_SOURCES[i]),
  ].map((source, i) => ({ name: `v${9 - i}`, ...source }));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: Object.keys(annotations).length > 0 ? { annotations } : {},
    spec: {
      ...spec,
      containers: containers.length > 0 ? containers : [onlyContainer(drawn.system)],
      ...(initContainers.length > 0 && { initContainers }),
      ...(volumes.length > 0 && { volumes }),
    },
  };
}

function linuxContainer(
  drawn: DrawnContainer,
  name: string,
  index: number,
  { namespaced, hostNetwork }: { namespaced: boolean; hostNetwork: boolean },
): V1Container {
  const { privileged, allowPrivilegeEscalation, procMount } = drawn.securityContext;
  const securityContext = drawn.bare
    ? undefined
    : clean({
        ...drawn.securityContext,
        allowPrivilegeEscalation:
          privileged && allowPrivilegeEscalation === false ? undefined : allowPrivilegeEscalation,
        procMount: namespaced ? procMount : undefined,
      });
  const ports = drawn.ports?.map((onHost, i) => {
    const containerPort = 8000 + index * 10 + (i === 0 ? 9 : 1000);
    return { containerPort, ...(onHost === 1 && { hostPort: hostNetwork ? containerPort : containerPort + 1 }) };
  });
  return {
    name,
    image: 'i',
    ...(securityContext && { securityContext }),
    ...(ports && { ports }),
    ...(drawn.init === 'sidecar' && { restartPolicy: 'Always' }),
    ...(drawn.init !== 'init' && drawn.probed),
  } as V1Container;
}

/** Only where no field says otherwise: the API server takes no two that differ. */
function addAnnotations(
  annotations: Record<string, string>,
  { appArmorAnnotation, seccompAnnotation }: DrawnContainer,
  { name, securityContext }: V1Container,
  ofPod: Json | undefined,
): void {
  const podAppArmor = ofPod?.['appArmorProfile'] as { type: string } | undefined;
  const own = securityContext?.appArmorProfile ?? podAppArmor;
  const same = { Unconfined: 'unconfined', RuntimeDefault: 'runtime/default', Localhost: 'localhost/p' };
  const matching = own ? same[own.type as keyof typeof same] : appArmorAnnotation;
  if (appArmorAnnotation !== undefined && matching !== undefined) {
    annotations[`container.apparmor.security.beta.kubernetes.io/${name}`] = matching;
  }
  if (seccompAnnotation !== undefined && !securityContext?.seccompProfile) {
    annotations[`container.seccomp.security.alpha.kubernetes.io/${name}`] = seccompAnnotation;
  }
}

function windowsPod(drawn: DrawnPod): V1Pod {
  const made = drawn.containers.map(({ init, securityContext, probed }, i) => ({
    init: init !== 'no',
    result: {
      name: `c${9 - i}`,
      image: 'i',
      ...(securityContext.runAsNonRoot !== undefined && {
        securityContext: { runAsNonRoot: securityContext.runAsNonRoot },
      }),
      ...(init === 'no' && probed),
    } as V1Container,
  }));
  const { runAsNonRoot } = drawn.security;
  return podOf(drawn, {}, made, {
    os: { name: 'windows' },
    ...(runAsNonRoot !== undefined && { securityContext: { runAsNonRoot } }),
  });
}

/** All containers of such a pod are host processes, by themselves or from their pod. */
function hostProcessPod(drawn: DrawnPod): V1Pod {
  const ofPod = drawn.hostPID !== undefined;
  const made = drawn.containers.map(({ init, hostProcess }, i) => ({
    init: init !== 'no',
    result: {
      name: `c${9 - i}`,
      image: 'i',
      ...((hostProcess || !ofPod) && { securityContext: { windowsOptions: { hostProcess: true } } }),
    },
  }));
  const pod = podOf({ ...drawn, volumes: [], forbiddenVolumes: undefined }, {}, made, {
    hostNetwork: true,
    ...(ofPod && { securityContext: { windowsOptions: { hostProcess: true } } }),
    ...(drawn.hostIPC !== undefined && { os: { name: 'windows' } }),
  });
  if (!ofPod)
    for (const c of pod.spec?.containers ?? []) c.securityContext ??= { windowsOptions: { hostProcess: true } };
  return pod;
}

/** Without what is undefined, which is not in JSON either. */
function clean(object: Json): Json {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined));
}
