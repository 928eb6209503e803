import { readdirSync, readFileSync } from 'node:fs';
import type { V1Container, V1PodSpec } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import { parseAllDocuments } from 'yaml';
import type { Fault, KubeObject } from '../../../src/core/rules/finding.ts';
import { objectSet } from '../../../src/core/rules/object-set.ts';
import { podSecurityRules } from '../../../src/core/rules/pod-security.ts';
import type { Rule } from '../../../src/core/rules/rule.ts';
import { edited } from '../../helpers/edited.ts';

const RULES = podSecurityRules({ level: 'restricted', version: 'latest' });

function object(data: Record<string, unknown>): KubeObject {
  const { name } = data['metadata'] as { name: string };
  const origin = { file: 'test.yaml', locate: () => undefined, editable: true };
  return {
    apiVersion: data['apiVersion'] as string,
    kind: data['kind'] as string,
    name,
    namespace: undefined,
    data,
    origin,
  };
}

const context = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
const container = (change: Partial<V1Container> = {}): V1Container => ({
  name: 'web',
  image: 'i',
  securityContext: context,
  ...change,
});
const template = (change: Partial<V1PodSpec> = {}, metadata: object = {}) => ({
  metadata,
  spec: {
    securityContext: { runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } },
    containers: [container()],
    ...change,
  },
});

const pod = (change: Partial<V1PodSpec> = {}) =>
  object({ apiVersion: 'v1', kind: 'Pod', ...template(change), metadata: { name: 'web' } });
const deployment = (change: Partial<V1PodSpec> = {}, metadata: object = {}) =>
  object({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: { template: template(change, metadata) },
  });
const cronJob = (change: Partial<V1PodSpec> = {}) =>
  object({
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: { name: 'web' },
    spec: { jobTemplate: { spec: { template: template(change) } } },
  });

/** All faults of the objects, with the last word of their rule's id. */
function faults(rules: readonly Rule[], ...objects: KubeObject[]): (Fault & { rule: string })[] {
  const set = objectSet(objects);
  return rules.flatMap(({ id, check }) =>
    [...check(set)].map((fault) => ({ ...fault, rule: id.replace('pod-security.', '') })),
  );
}

/** The object after all fixes. */
function mended(spoiled: KubeObject): KubeObject {
  return object(
    edited(
      spoiled.data,
      faults(RULES, spoiled).flatMap(({ fix = [] }) => fix),
    ),
  );
}

describe('the rules of Pod Security', () => {
  it('are the checks of the policy, in its order', () => {
    expect(RULES.map(({ id }) => id.replace('pod-security.', ''))).toEqual([
      'app-armor-profile',
      'capabilities-baseline',
      'host-namespaces',
      'host-path-volumes',
      'host-ports',
      'host-probes-and-host-lifecycle',
      'privileged',
      'proc-mount',
      'se-linux-options',
      'seccomp-profile-baseline',
      'sysctls',
      'windows-host-process',
      'allow-privilege-escalation',
      'capabilities-restricted',
      'proc-mount-restricted',
      'restricted-volumes',
      'run-as-non-root',
      'run-as-user',
      'seccomp-profile-restricted',
    ]);
    expect(new Set(RULES.map(({ severity }) => severity))).toEqual(new Set(['error']));
  });

  it('have the same ids whatever the policy, and find nothing where their check is not in force', () => {
    const baseline = podSecurityRules({ level: 'baseline', version: { minor: 33 } });
    expect(baseline.map(({ id }) => id)).toEqual(RULES.map(({ id }) => id));
    const spoiled = pod({ hostPID: true, securityContext: {} });
    expect(faults(RULES, spoiled).map(({ message }) => message)).toEqual([
      'host namespaces (hostPID=true)',
      'runAsNonRoot != true (pod or container "web" must set securityContext.runAsNonRoot=true)',
      'seccompProfile (pod or container "web" must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost")',
    ]);
    expect(faults(baseline, spoiled).map(({ message }) => message)).toEqual(['host namespaces (hostPID=true)']);
    const onHost = deployment({ volumes: [{ name: 'v', hostPath: { path: '/' } }] });
    expect(faults(RULES, onHost).map(({ rule }) => rule)).toEqual(['restricted-volumes']);
    expect(faults(baseline, onHost).map(({ rule }) => rule)).toEqual(['host-path-volumes']);
  });

  it('find nothing in pods as they should be', () => {
    expect(faults(RULES, pod(), deployment(), cronJob())).toEqual([]);
  });

  it('point into the object that the pod is in, and mend it there', () => {
    const change = { containers: [container({ securityContext: { ...context, privileged: true } })] };
    const places: [KubeObject, string][] = [
      [pod(change), ''],
      [deployment(change), '/spec/template'],
      [cronJob(change), '/spec/jobTemplate/spec/template'],
    ];
    for (const [spoiled, above] of places) {
      const [fault, ...more] = faults(RULES, spoiled);
      expect(more).toEqual([]);
      expect(fault?.object).toBe(spoiled);
      expect(fault?.rule).toBe('privileged');
      expect(fault?.pointer).toBe(`${above}/spec/containers/0/securityContext/privileged`);
      expect(fault?.container).toBe('web');
      expect(faults(RULES, mended(spoiled))).toEqual([]);
    }
  });

  it("point to the pod's own annotations, not the workload's", () => {
    const key = 'container.apparmor.security.beta.kubernetes.io/web';
    const spoiled = deployment({}, { annotations: { [key]: 'unconfined' } });
    expect(faults(RULES, spoiled)).toMatchObject([
      {
        rule: 'app-armor-profile',
        pointer: `/spec/template/metadata/annotations/${key.replace('/', '~1')}`,
        message: `forbidden AppArmor profile (annotation must not set AppArmor profile type to "${key}="unconfined"")`,
      },
    ]);
    expect(faults(RULES, mended(spoiled))).toEqual([]);
  });

  it('have one fault for each place, in all kinds of containers', () => {
    const spoiled = pod({
      initContainers: [container({ name: 'step', securityContext: { ...context, allowPrivilegeEscalation: true } })],
      containers: [container(), container({ name: 'other', securityContext: { capabilities: { drop: ['ALL'] } } })],
      ephemeralContainers: [{ name: 'debug' }],
    });
    const found = faults(RULES, spoiled).filter(({ rule }) => rule === 'allow-privilege-escalation');
    const text = (name: string) =>
      `allowPrivilegeEscalation != false (container "${name}" must set securityContext.allowPrivilegeEscalation=false)`;
    expect(found.map(({ pointer, message }) => [pointer, message])).toEqual([
      ['/spec/initContainers/0/securityContext/allowPrivilegeEscalation', text('step')],
      ['/spec/containers/1/securityContext/allowPrivilegeEscalation', text('other')],
      ['/spec/ephemeralContainers/0/securityContext/allowPrivilegeEscalation', text('debug')],
    ]);
  });
});

describe('what mcpk renders', () => {
  const folder = new URL('../../golden/render/', import.meta.url);
  it.each(readdirSync(folder))('%s has nothing that Pod Security forbids', (file) => {
    const objects = parseAllDocuments(readFileSync(new URL(file, folder), 'utf8'))
      .map((document) => document.toJS() as Record<string, unknown>)
      .map(object);
    expect(objects.filter(({ kind }) => kind === 'Deployment').length).toBeGreaterThan(1);
    expect(faults(RULES, ...objects)).toEqual([]);
  });
});
