import type { V1PodSpec } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import {
  checksInForce,
  evaluatePodSecurity,
  POLICY_CHECKS,
  type PodSecurityLevel,
  type PolicyVersion,
  violationText,
} from '../../../src/core/pod-security/policy.ts';

const idsOf = (level: PodSecurityLevel, version: PolicyVersion) =>
  [...checksInForce(level, version).keys()].map(({ id }) => id);

describe('the checks that are in force', () => {
  const oldBaseline = [
    'appArmorProfile',
    'capabilities_baseline',
    'hostNamespaces',
    'hostPathVolumes',
    'hostPorts',
    'privileged',
    'procMount',
    'seLinuxOptions',
    'seccompProfile_baseline',
    'sysctls',
    'windowsHostProcess',
  ];

  it('are those of baseline, whatever its version, until v1.34 adds one', () => {
    expect(idsOf('baseline', { minor: 0 })).toEqual(oldBaseline);
    expect(idsOf('baseline', { minor: 33 })).toEqual(oldBaseline);
    const now = oldBaseline.toSpliced(5, 0, 'hostProbesAndHostLifecycle');
    expect(idsOf('baseline', { minor: 34 })).toEqual(now);
    expect(idsOf('baseline', 'latest')).toEqual(now);
  });

  it('are baseline and more for restricted, where a stricter check replaces that of baseline', () => {
    const without = (...ids: string[]) => oldBaseline.filter((id) => !ids.includes(id));
    expect(idsOf('restricted', { minor: 0 })).toEqual([
      ...without('hostPathVolumes'),
      'restrictedVolumes',
      'runAsNonRoot',
    ]);
    expect(idsOf('restricted', { minor: 19 })).toEqual([
      ...without('hostPathVolumes', 'seccompProfile_baseline'),
      'allowPrivilegeEscalation',
      'restrictedVolumes',
      'runAsNonRoot',
      'seccompProfile_restricted',
    ]);
    expect(idsOf('restricted', { minor: 35 })).toEqual([
      'appArmorProfile',
      'hostNamespaces',
      'hostPorts',
      'hostProbesAndHostLifecycle',
      'privileged',
      'seLinuxOptions',
      'sysctls',
      'windowsHostProcess',
      'allowPrivilegeEscalation',
      'capabilities_restricted',
      'procMount_restricted',
      'restrictedVolumes',
      'runAsNonRoot',
      'runAsUser',
      'seccompProfile_restricted',
    ]);
  });

  it('stay the same in versions that are not known yet', () => {
    for (const level of ['baseline', 'restricted'] as const) {
      expect(checksInForce(level, { minor: 99 }).size).toBe(checksInForce(level, 'latest').size);
      expect(idsOf(level, { minor: 99 })).toEqual(idsOf(level, 'latest'));
      expect(idsOf(level, { minor: 35 })).toEqual(idsOf(level, 'latest'));
    }
  });

  it('have revisions in order, and replace checks that exist', () => {
    const ids = POLICY_CHECKS.map(({ id }) => id);
    expect(new Set(ids).size).toBe(19);
    for (const { revisions, overrides } of POLICY_CHECKS) {
      const minors = revisions.map(({ minor }) => minor);
      expect(minors).toEqual([...new Set(minors)].sort((a, b) => a - b));
      if (overrides !== undefined) expect(ids).toContain(overrides);
    }
  });
});

describe('the text', () => {
  // What an API server v1.35.4 answered to `kubectl run`, and to a Deployment.
  const plain: V1PodSpec = { containers: [{ name: 'p', image: 'i' }] };
  const text = (spec: V1PodSpec, level: PodSecurityLevel, version: PolicyVersion) =>
    violationText(level, version, evaluatePodSecurity({ metadata: {}, spec }, level, version));

  it('is that of the API server', () => {
    expect(text(plain, 'restricted', 'latest')).toBe(
      'violates PodSecurity "restricted:latest": allowPrivilegeEscalation != false (container "p" must set ' +
        'securityContext.allowPrivilegeEscalation=false), unrestricted capabilities (container "p" must set ' +
        'securityContext.capabilities.drop=["ALL"]), runAsNonRoot != true (pod or container "p" must set ' +
        'securityContext.runAsNonRoot=true), seccompProfile (pod or container "p" must set ' +
        'securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    );
    expect(text(plain, 'restricted', { minor: 7 })).toBe(
      'violates PodSecurity "restricted:v1.7": runAsNonRoot != true (pod or container "p" must set ' +
        'securityContext.runAsNonRoot=true)',
    );
  });

  it('names the version that was asked for, also where it is evaluated as an older one', () => {
    expect(text({ ...plain, hostPID: true }, 'baseline', { minor: 99 })).toBe(
      'violates PodSecurity "baseline:v1.99": host namespaces (hostPID=true)',
    );
  });

  it('has another verb in warnings', () => {
    const found = evaluatePodSecurity({ metadata: {}, spec: { ...plain, hostIPC: true } }, 'baseline', 'latest');
    expect(violationText('baseline', 'latest', found, 'would violate')).toBe(
      'would violate PodSecurity "baseline:latest": host namespaces (hostIPC=true)',
    );
  });
});
