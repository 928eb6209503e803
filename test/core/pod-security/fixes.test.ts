import type { V1ObjectMeta, V1Pod, V1PodSpec } from '@kubernetes/client-node';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  evaluatePodSecurity,
  type PodSecurityLevel,
  type PodSecurityPlace,
  type PolicyVersion,
} from '../../../src/core/pod-security/policy.ts';
import type { Edit } from '../../../src/core/yaml/edit.ts';
import { edited } from '../../helpers/edited.ts';
import { pods } from '../../helpers/pods.ts';
import { c, sc } from './table.ts';

function placesOf(
  { metadata = {}, spec }: { metadata?: V1ObjectMeta; spec?: V1PodSpec },
  level: PodSecurityLevel = 'restricted',
  version: PolicyVersion = 'latest',
): (PodSecurityPlace & { check: string })[] {
  if (!spec) throw new Error('a pod without a spec');
  return evaluatePodSecurity({ metadata, spec }, level, version).flatMap(({ check, places }) =>
    places.map((place) => ({ check, ...place })),
  );
}

/** The places of one check, as `POINTER [CONTAINER]: EDITS`. */
function told(
  check: string,
  pod: { metadata?: V1ObjectMeta; spec: V1PodSpec },
  level?: PodSecurityLevel,
  version?: PolicyVersion,
) {
  return placesOf(pod, level, version)
    .filter((place) => place.check === check)
    .map(
      ({ pointer, container, fix }) =>
        `${pointer}${container ? ` [${container}]` : ''}: ${fix ? fix.map(line).join(', ') : 'no fix'}`,
    );
}

const line = (edit: Edit) =>
  edit.op === 'set' ? `${edit.pointer} = ${JSON.stringify(edit.value)}` : `delete ${edit.pointer}`;

const C = '/spec/containers/0/securityContext';

describe('places and fixes', () => {
  it('deletes what gives the pod the node', () => {
    const spec = {
      hostPID: true,
      containers: [c('a', { ports: [{ containerPort: 1, hostPort: 2 }], securityContext: { privileged: true } })],
    };
    expect(told('hostNamespaces', { spec })).toEqual(['/spec/hostPID: delete /spec/hostPID']);
    expect(told('privileged', { spec })).toEqual([`${C}/privileged [a]: delete ${C}/privileged`]);
    const port = '/spec/containers/0/ports/0/hostPort';
    expect(told('hostPorts', { spec })).toEqual([`${port} [a]: delete ${port}`]);
  });

  it("takes host ports away with the host's network, which alone would bring them back", () => {
    const ports = [{ containerPort: 1 }, { containerPort: 2, hostPort: 2 }];
    const spec = { hostNetwork: true, containers: [c('a', { ports })] };
    expect(told('hostPorts', { spec })).toEqual([
      '/spec/containers/0/ports/0 [a]: delete /spec/hostNetwork',
      '/spec/containers/0/ports/1/hostPort [a]: delete /spec/containers/0/ports/1/hostPort, delete /spec/hostNetwork',
    ]);
  });

  it('drops ALL, and keeps no capability but NET_BIND_SERVICE', () => {
    const capabilities = { drop: ['KILL'], add: ['NET_BIND_SERVICE', 'CHOWN'] };
    const spec = {
      containers: [sc('a', { capabilities }), sc('b', { capabilities: { drop: ['ALL'], add: ['CHOWN'] } })],
    };
    expect(told('capabilities_restricted', { spec })).toEqual([
      `${C}/capabilities/drop [a]: ${C}/capabilities/drop = ["ALL"]`,
      `${C}/capabilities/add [a]: ${C}/capabilities/add = ["NET_BIND_SERVICE"]`,
      '/spec/containers/1/securityContext/capabilities/add [b]: delete /spec/containers/1/securityContext/capabilities/add',
    ]);
    expect(
      told(
        'capabilities_baseline',
        { spec: { containers: [sc('a', { capabilities: { add: ['CHOWN', 'NET_RAW'] } })] } },
        'baseline',
      ),
    ).toEqual([`${C}/capabilities/add [a]: ${C}/capabilities/add = ["CHOWN"]`]);
  });

  it('asks for no more privileges on each container', () => {
    expect(told('allowPrivilegeEscalation', { spec: { containers: [c('a')] } })).toEqual([
      `${C}/allowPrivilegeEscalation [a]: ${C}/allowPrivilegeEscalation = false`,
    ]);
  });

  it('sets what the pod can say for all at the pod, in one place', () => {
    expect(told('runAsNonRoot', { spec: { containers: [c('a'), c('b')] } })).toEqual([
      '/spec/securityContext/runAsNonRoot: /spec/securityContext/runAsNonRoot = true',
    ]);
    expect(told('seccompProfile_restricted', { spec: { containers: [c('a')] } })).toEqual([
      '/spec/securityContext/seccompProfile: /spec/securityContext/seccompProfile = {"type":"RuntimeDefault"}',
    ]);
  });

  it('lets a container inherit what it denied, and otherwise sets it right where it stands', () => {
    const containers = [sc('a', { runAsNonRoot: false, seccompProfile: { type: 'Unconfined' } }), c('b')];
    const good = { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } };
    expect(told('runAsNonRoot', { spec: { containers, securityContext: good } })).toEqual([
      `${C}/runAsNonRoot [a]: delete ${C}/runAsNonRoot`,
    ]);
    expect(told('seccompProfile_restricted', { spec: { containers, securityContext: good } })).toEqual([
      `${C}/seccompProfile [a]: delete ${C}/seccompProfile`,
    ]);
    expect(told('runAsNonRoot', { spec: { containers } })).toEqual([
      `${C}/runAsNonRoot [a]: ${C}/runAsNonRoot = true`,
      '/spec/securityContext/runAsNonRoot: /spec/securityContext/runAsNonRoot = true',
    ]);
    const bad = { runAsNonRoot: false, seccompProfile: { type: 'Unconfined' } };
    expect(told('seccompProfile_restricted', { spec: { containers, securityContext: bad } })).toEqual([
      '/spec/securityContext/seccompProfile: /spec/securityContext/seccompProfile = {"type":"RuntimeDefault"}',
      `${C}/seccompProfile [a]: ${C}/seccompProfile = {"type":"RuntimeDefault"}`,
    ]);
  });

  it('gives an init container that ran as root the uid of the others, where they agree on one', () => {
    const I = '/spec/initContainers/0/securityContext';
    const initContainers = [sc('i', { runAsNonRoot: false })];
    const user = (name: string, runAsUser: number) => sc(name, { runAsNonRoot: true, runAsUser });
    const found = (spec: Partial<V1PodSpec>) =>
      told('runAsNonRoot', { spec: { initContainers, containers: [], ...spec } });
    const set = `${I}/runAsNonRoot [i]: ${I}/runAsNonRoot = true`;
    expect(found({ containers: [user('a', 1000), user('b', 1000)] })).toEqual([`${set}, ${I}/runAsUser = 1000`]);
    expect(found({ containers: [user('a', 1000), user('b', 1001)] })).toEqual([set]);
    expect(found({ containers: [user('a', 1000)], securityContext: { runAsUser: 1 } })).toEqual([set]);
    expect(
      found({ containers: [user('a', 1000)], initContainers: [sc('i', { runAsNonRoot: false, runAsUser: 7 })] }),
    ).toEqual([set]);
    expect(found({ containers: [c('a')], initContainers: [sc('i', { runAsNonRoot: false, runAsUser: 7 })] })).toEqual([
      set,
      '/spec/securityContext/runAsNonRoot: /spec/securityContext/runAsNonRoot = true',
    ]);
    const two = [user('a', 1000), sc('b', { runAsNonRoot: false })];
    expect(told('runAsNonRoot', { spec: { containers: two } })).toEqual([
      '/spec/containers/1/securityContext/runAsNonRoot [b]: /spec/containers/1/securityContext/runAsNonRoot = true',
    ]);
  });

  it('leaves a pod alone that asks for uid 0: it would not start, and the manifest knows no better one', () => {
    const inPod = { spec: { securityContext: { runAsUser: 0 }, containers: [c('a')] } };
    expect(told('runAsNonRoot', inPod)).toEqual(['/spec/securityContext/runAsNonRoot: no fix']);
    expect(told('runAsUser', inPod)).toEqual(['/spec/securityContext/runAsUser: no fix']);
    const inContainer = {
      spec: {
        securityContext: { runAsUser: 1 },
        containers: [sc('a', { runAsUser: 0 }), sc('b', { runAsNonRoot: false })],
      },
    };
    expect(told('runAsNonRoot', inContainer)).toEqual([
      '/spec/containers/1/securityContext/runAsNonRoot [b]: no fix',
      '/spec/securityContext/runAsNonRoot: no fix',
    ]);
    expect(told('runAsUser', inContainer)).toEqual([`${C}/runAsUser [a]: no fix`]);
    const both = { spec: { securityContext: { runAsUser: 0 }, containers: [sc('a', { runAsUser: 0 })] } };
    expect(told('runAsUser', both)).toEqual(['/spec/securityContext/runAsUser: no fix', `${C}/runAsUser [a]: no fix`]);
  });

  it('leaves what needs knowledge: volumes, kernel parameters, SELinux, /proc, hosts of probes', () => {
    const spec: V1PodSpec = {
      hostUsers: false,
      securityContext: { sysctls: [{ name: 'a', value: '1' }], seLinuxOptions: { user: 'u' } },
      volumes: [{ name: 'v', hostPath: { path: '/' } }],
      containers: [
        c('a', { securityContext: { procMount: 'Unmasked' }, livenessProbe: { httpGet: { port: 1, host: 'h' } } }),
      ],
    };
    expect(told('restrictedVolumes', { spec })).toEqual(['/spec/volumes/0: no fix']);
    expect(told('hostPathVolumes', { spec }, 'baseline')).toEqual(['/spec/volumes/0/hostPath: no fix']);
    expect(told('sysctls', { spec })).toEqual(['/spec/securityContext/sysctls/0: no fix']);
    expect(told('seLinuxOptions', { spec })).toEqual(['/spec/securityContext/seLinuxOptions: no fix']);
    expect(told('procMount_restricted', { spec })).toEqual([`${C}/procMount [a]: no fix`]);
    expect(told('hostProbesAndHostLifecycle', { spec })).toEqual([
      '/spec/containers/0/livenessProbe/httpGet/host [a]: no fix',
    ]);
  });

  it('takes annotations away, one place each, also where the API server makes fields of them', () => {
    const key = 'container.apparmor.security.beta.kubernetes.io/a';
    const pointer = '/metadata/annotations/container.apparmor.security.beta.kubernetes.io~1a';
    const pod = { metadata: { annotations: { [key]: 'unconfined' } }, spec: { containers: [c('a')] } };
    expect(told('appArmorProfile', pod)).toEqual([`${pointer} [a]: delete ${pointer}`]);
    const seccomp = 'seccomp.security.alpha.kubernetes.io/pod';
    const old = { metadata: { annotations: { [seccomp]: 'unconfined' } }, spec: { containers: [c('a')] } };
    const at = '/metadata/annotations/seccomp.security.alpha.kubernetes.io~1pod';
    expect(told('seccompProfile_baseline', old, 'baseline', { minor: 18 })).toEqual([`${at}: delete ${at}`]);
    // The API server takes no field beside an annotation that says otherwise.
    expect(told('seccompProfile_restricted', old)).toEqual([
      `/spec/securityContext/seccompProfile: /spec/securityContext/seccompProfile = {"type":"RuntimeDefault"}, delete ${at}`,
    ]);
  });

  it('changes no pod of Windows', () => {
    const windows = { spec: { os: { name: 'windows' }, containers: [c('a')] } };
    expect(placesOf(windows, 'restricted', { minor: 24 }).map(({ fix }) => fix)).toEqual(Array(4).fill(undefined));
    const hostProcess = { hostNetwork: true, containers: [sc('a', { windowsOptions: { hostProcess: true } })] };
    expect(told('hostNamespaces', { spec: hostProcess })).toEqual(['/spec/hostNetwork: no fix']);
  });

  it('has a text for each place', () => {
    const spec = { hostPID: true, hostIPC: true, containers: [c('a'), sc('b', { capabilities: { add: ['CHOWN'] } })] };
    const messages = placesOf({ spec }).map(({ message }) => message);
    expect(messages.filter((message) => message.startsWith('host'))).toEqual([
      'host namespaces (hostPID=true)',
      'host namespaces (hostIPC=true)',
    ]);
    expect(messages.filter((message) => message.startsWith('unrestricted'))).toEqual([
      'unrestricted capabilities (container "a" must set securityContext.capabilities.drop=["ALL"])',
      'unrestricted capabilities (container "b" must set securityContext.capabilities.drop=["ALL"])',
      'unrestricted capabilities (container "b" must not include "CHOWN" in securityContext.capabilities.add)',
    ]);
  });
});

describe('fixes of random pods', () => {
  const RUNS = Number(process.env['MCPK_RUNS'] ?? 1000);
  const SEED = Number(process.env['MCPK_SEED'] ?? 20_251_125);
  const policy = fc.record({
    level: fc.constantFrom('baseline' as const, 'restricted' as const),
    version: fc.oneof(
      fc.constant('latest' as const),
      fc.nat(36).map((minor) => ({ minor })),
    ),
  });
  const fixesOf = (places: PodSecurityPlace[]) => places.flatMap(({ fix = [] }) => fix);
  const check = (body: (pod: V1Pod, found: (pod: V1Pod) => (PodSecurityPlace & { check: string })[]) => void) =>
    fc.assert(
      fc.property(pods, policy, (pod, { level, version }) => body(pod, (one) => placesOf(one, level, version))),
      { numRuns: RUNS, seed: SEED },
    );

  it('leave only places that have none', () => {
    check((pod, found) => {
      const places = found(pod);
      const left = found(edited(pod, fixesOf(places)));
      const unfixed = places.filter(({ fix }) => !fix);
      expect(left).toEqual(unfixed);
    });
  });

  it('are idempotent, in any order, and never at odds with one another', () => {
    check((pod, found) => {
      const edits = fixesOf(found(pod));
      const byPointer = new Map<string, string>();
      for (const edit of edits) {
        expect(byPointer.get(edit.pointer) ?? line(edit)).toBe(line(edit));
        byPointer.set(edit.pointer, line(edit));
      }
      for (const a of byPointer.keys()) for (const b of byPointer.keys()) expect(b.startsWith(`${a}/`)).toBe(false);
      const once = edited(pod, edits);
      expect(edited(once, edits)).toEqual(once);
    });
  });

  it('cure each place alone', () => {
    check((pod, found) => {
      for (const { check: id, pointer, fix } of found(pod)) {
        if (!fix) continue;
        const left = found(edited(pod, fix));
        expect(left.filter((one) => one.check === id && one.pointer === pointer)).toEqual([]);
      }
    });
  });

  it('change nothing that was handed in', () => {
    check((pod, found) => {
      const before = structuredClone(pod);
      found(pod);
      expect(pod).toEqual(before);
    });
  });
});
