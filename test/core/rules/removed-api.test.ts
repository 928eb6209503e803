import { describe, expect, it } from 'vitest';
import { objectSet } from '../../../src/core/rules/object-set.ts';
import { removedApiRule } from '../../../src/core/rules/removed-api.ts';
import { validateObject } from '../../../src/core/schemas/validate.ts';
import { object } from './objects.ts';

const found = (apiVersion: string, kind: string) => [
  ...removedApiRule.check(objectSet([object({ apiVersion, kind, metadata: { name: 'x' } })])),
];

describe('schema.removed-api', () => {
  it.each([
    [
      'policy/v1beta1',
      'PodDisruptionBudget',
      'PodDisruptionBudget of policy/v1beta1 is gone since Kubernetes 1.25: use policy/v1',
      'write it for policy/v1: more than the apiVersion differs',
    ],
    [
      'policy/v1beta1',
      'PodSecurityPolicy',
      'PodSecurityPolicy of policy/v1beta1 is gone since Kubernetes 1.25, and nothing took its place',
      'delete the object',
    ],
    [
      'extensions/v1beta1',
      'Ingress',
      'Ingress of extensions/v1beta1 is gone since Kubernetes 1.22: use networking.k8s.io/v1',
      'write it for networking.k8s.io/v1: more than the apiVersion differs',
    ],
    [
      'autoscaling/v2beta2',
      'HorizontalPodAutoscaler',
      'HorizontalPodAutoscaler of autoscaling/v2beta2 is gone since Kubernetes 1.26: use autoscaling/v2',
      'write it for autoscaling/v2: more than the apiVersion differs',
    ],
  ])('tells of %s %s', (apiVersion, kind, message, remedy) => {
    const [fault] = found(apiVersion, kind);
    expect(fault).toMatchObject({ pointer: '/apiVersion', message, remedy });
    expect(fault?.fix).toBeUndefined();
  });

  it.each([
    ['batch/v1beta1', 'CronJob', 'batch/v1'],
    ['apps/v1beta2', 'Deployment', 'apps/v1'],
    ['rbac.authorization.k8s.io/v1beta1', 'Role', 'rbac.authorization.k8s.io/v1'],
  ])('mends %s %s, of which nothing else differs', (apiVersion, kind, replacement) => {
    const [fault] = found(apiVersion, kind);
    expect(fault?.fix).toEqual([{ op: 'set', pointer: '/apiVersion', value: replacement }]);
    expect(found(replacement, kind)).toEqual([]);
    expect(validateObject({ apiVersion: replacement, kind }).known).toBe(true);
  });

  it.each([
    ['apps/v1', 'Deployment'],
    ['example.com/v1beta1', 'CronJob'],
    ['batch/v1beta1', 'Thing'],
    ['extensions/v1beta1', 'constructor'],
    ['constructor', 'Ingress'],
  ])('is silent about %s %s', (apiVersion, kind) => {
    expect(found(apiVersion, kind)).toEqual([]);
  });
});
