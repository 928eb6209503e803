import { reliabilityBudgetRules } from '../../../src/core/rules/reliability-budget.ts';
import { reliabilityScalingRules } from '../../../src/core/rules/reliability-scaling.ts';
import {
  autoscaler,
  container,
  daemonSet,
  deployment,
  disruptionBudget,
  object,
  pod,
  statefulSet,
  step,
} from './objects.ts';
import { describeRules } from './table.ts';

const scaled = deployment({ spec: { replicas: undefined } });
const AUTOSCALER = 'HorizontalPodAutoscaler/web /spec';
const BUDGET = 'PodDisruptionBudget/web /spec';
const target = (scaleTargetRef: Record<string, string>) => autoscaler({ spec: { scaleTargetRef } });
const resource = (name: string, of: Record<string, unknown>) => ({ type: 'Resource', resource: { name, target: of } });
const metrics = (...list: unknown[]) => autoscaler({ spec: { metrics: list } });
const unsized = (more: Parameters<typeof deployment>[0] = {}) =>
  deployment({ spec: { replicas: undefined }, container: { resources: {} }, ...more });
const REPLICAS = 'replicas is 2, and HorizontalPodAutoscaler web sets it too: each apply undoes what it did';
const NO_CPU = 'it scales by the share of requested cpu, and web of Deployment web requests none';
const replicas = (count: number | undefined) => deployment({ spec: { replicas: count } });

describeRules(reliabilityScalingRules, {
  'reliability.replicas-with-autoscaler': {
    fires: [
      ['both', [replicas(2), autoscaler()], [`Deployment/web /spec/replicas: ${REPLICAS}`], 'fixed'],
      [
        'of a StatefulSet, by autoscaling/v1',
        [
          statefulSet({ spec: { replicas: 2 } }),
          object({
            apiVersion: 'autoscaling/v1',
            kind: 'HorizontalPodAutoscaler',
            metadata: { name: 'web' },
            spec: { scaleTargetRef: { apiVersion: 'apps/v1', kind: 'StatefulSet', name: 'web' }, maxReplicas: 3 },
          }),
        ],
        [`StatefulSet/web /spec/replicas: ${REPLICAS}`],
        'fixed',
      ],
    ],
    silent: [
      ['no replicas', [scaled, autoscaler()]],
      ['no autoscaler', replicas(2)],
      ['of another name', [deployment({ name: 'other' }), autoscaler()]],
      ['of another kind', [statefulSet(), autoscaler()]],
      ['of another namespace', [deployment({ namespace: 'a' }), autoscaler({ namespace: 'b' })]],
    ],
  },
  'reliability.autoscaler-range': {
    fires: [
      [
        'the wrong way round',
        autoscaler({ spec: { minReplicas: 5, maxReplicas: 2 } }),
        [`${AUTOSCALER}/maxReplicas: minReplicas 5 is above maxReplicas 2`],
      ],
    ],
    silent: [
      ['the same', autoscaler({ spec: { minReplicas: 2, maxReplicas: 2 } })],
      ['no minimum', autoscaler({ spec: { minReplicas: undefined, maxReplicas: 1 } })],
    ],
  },
  'reliability.autoscaler-target': {
    fires: [
      [
        'another name',
        [deployment({ name: 'b' }), deployment({ name: 'a' }), autoscaler()],
        [`${AUTOSCALER}/scaleTargetRef: there is no Deployment web: there is a, b`],
      ],
      ['another kind', [statefulSet(), autoscaler()], [`${AUTOSCALER}/scaleTargetRef: there is no Deployment web`]],
      [
        'no group',
        [scaled, target({ kind: 'Deployment', name: 'web' })],
        [
          `[error] ${AUTOSCALER}/scaleTargetRef: a Deployment is apps/v1, not without apiVersion: the autoscaler does not find it`,
        ],
        'fixed',
      ],
      [
        'an old group',
        target({ apiVersion: 'extensions/v1beta1', kind: 'Deployment', name: 'web' }),
        [
          `[error] ${AUTOSCALER}/scaleTargetRef/apiVersion: a Deployment is apps/v1, not extensions/v1beta1: the autoscaler does not find it`,
        ],
        'fixed',
      ],
    ],
    silent: [
      ['there', [scaled, autoscaler()]],
      ['no workload among the files', autoscaler()],
      [
        'only workloads of another namespace',
        [deployment({ name: 'a', namespace: 'a' }), autoscaler({ namespace: 'b' })],
      ],
      ['a custom resource', [scaled, target({ apiVersion: 'argoproj.io/v1alpha1', kind: 'Rollout', name: 'a' })]],
      [
        'the same word of another group',
        [scaled, target({ apiVersion: 'apps.kruise.io/v1', kind: 'StatefulSet', name: 'a' })],
      ],
      [
        'a ReplicationController has no group',
        [
          scaled,
          object({ apiVersion: 'v1', kind: 'ReplicationController', metadata: { name: 'a' } }),
          target({ apiVersion: 'v1', kind: 'ReplicationController', name: 'a' }),
        ],
      ],
    ],
  },
  'reliability.autoscaler-requests': {
    fires: [
      ['no requests', [unsized(), autoscaler()], [`${AUTOSCALER}/metrics/0/resource: ${NO_CPU}`]],
      ['the default metric', [unsized(), metrics()], [`${AUTOSCALER}: ${NO_CPU}`]],
      [
        'autoscaling/v1',
        [
          unsized(),
          object({
            ...autoscaler({ spec: { metrics: undefined, targetCPUUtilizationPercentage: 80 } }).data,
            apiVersion: 'autoscaling/v1',
          }),
        ],
        [`${AUTOSCALER}/targetCPUUtilizationPercentage: ${NO_CPU}`],
      ],
      [
        'memory, and a sidecar that requests none',
        [
          deployment({
            spec: { replicas: undefined },
            pod: {
              initContainers: [
                step({ name: 'proxy', restartPolicy: 'Always', resources: { requests: { cpu: '1' } } }),
                step({ resources: {} }),
              ],
            },
          }),
          metrics(
            resource('cpu', { type: 'Utilization', averageUtilization: 80 }),
            resource('memory', { type: 'Utilization', averageUtilization: 80 }),
          ),
        ],
        [
          `${AUTOSCALER}/metrics/1/resource: it scales by the share of requested memory, and proxy of Deployment web requests none`,
        ],
      ],
      [
        'one container',
        [
          unsized(),
          metrics({
            type: 'ContainerResource',
            containerResource: {
              name: 'cpu',
              container: 'web',
              target: { type: 'Utilization', averageUtilization: 80 },
            },
          }),
        ],
        [`${AUTOSCALER}/metrics/0/containerResource: ${NO_CPU}`],
      ],
    ],
    silent: [
      ['requests', [scaled, autoscaler()]],
      [
        'limits, which are requests too',
        [unsized({ container: { resources: { limits: { cpu: '1' } } } }), autoscaler()],
      ],
      ['a value, not a share', [unsized(), metrics(resource('cpu', { type: 'AverageValue', averageValue: '500m' }))]],
      [
        'another metric',
        [
          unsized(),
          metrics({
            type: 'Pods',
            pods: { metric: { name: 'a' }, target: { type: 'AverageValue', averageValue: '1' } },
          }),
        ],
      ],
      [
        'another container',
        [
          deployment({ pod: { containers: [container(), container({ name: 'b', resources: {} })] } }),
          metrics({
            type: 'ContainerResource',
            containerResource: {
              name: 'cpu',
              container: 'web',
              target: { type: 'Utilization', averageUtilization: 80 },
            },
          }),
        ],
      ],
      [
        'a namespace that may give them',
        [
          unsized(),
          autoscaler(),
          object({ apiVersion: 'v1', kind: 'LimitRange', metadata: { name: 'r' }, spec: { limits: [] } }),
        ],
      ],
      ['nobody knows the pod', autoscaler()],
    ],
  },
});

const atLeast = (minAvailable: number | string) =>
  disruptionBudget({ spec: { maxUnavailable: undefined, minAvailable } });
const atMost = (maxUnavailable: number | string) => disruptionBudget({ spec: { maxUnavailable } });

describeRules(reliabilityBudgetRules, {
  'reliability.budget-blocks': {
    fires: [
      ['none may go', atMost(0), [`${BUDGET}/maxUnavailable: maxUnavailable 0 lets no pod be evicted`]],
      ['0 %', atMost('0%'), [`${BUDGET}/maxUnavailable: maxUnavailable 0% lets no pod be evicted`]],
      ['100 %', atLeast('100%'), [`${BUDGET}/minAvailable: minAvailable 100% lets no pod be evicted`]],
      [
        'all must stay',
        [replicas(3), atLeast(3)],
        [`${BUDGET}/minAvailable: minAvailable 3 lets none of the 3 pods be evicted`],
      ],
      [
        'more than there are',
        [replicas(2), atLeast(3)],
        [`${BUDGET}/minAvailable: minAvailable 3 lets none of the 2 pods be evicted`],
      ],
      [
        'a single pod',
        [deployment(), atLeast(1)],
        [`${BUDGET}/minAvailable: minAvailable 1 never lets the only pod be evicted`],
      ],
      [
        'a single pod, by default',
        [replicas(undefined), atLeast(1)],
        [`${BUDGET}/minAvailable: minAvailable 1 never lets the only pod be evicted`],
      ],
      [
        'a share, which is rounded up',
        [replicas(2), atLeast('51%')],
        [`${BUDGET}/minAvailable: minAvailable 51% lets none of the 2 pods be evicted`],
      ],
      [
        'the fewest that an autoscaler chooses',
        [scaled, autoscaler(), atLeast(2)],
        [`${BUDGET}/minAvailable: minAvailable 2 lets none of the 2 pods be evicted`],
      ],
    ],
    silent: [
      ['one may go', [deployment(), atMost(1)]],
      ['a share, which is rounded up', [replicas(2), atMost('1%')]],
      ['one fewer', [replicas(3), atLeast(2)]],
      [
        'two workloads together',
        [deployment(), deployment({ name: 'other', labels: { app: 'web', tier: 'b' } }), atLeast(1)],
      ],
      ['nobody knows how many: one on each node', [daemonSet(), atLeast(1)]],
      ['nobody knows how many: among others', [deployment(), pod({ name: 'p' }), atLeast(1)]],
      ['no pod', atLeast(1)],
      ['switched off', [replicas(0), atLeast(1)]],
      ['pods of others', [deployment({ labels: { app: 'other' } }), atLeast(1)]],
    ],
  },
  'reliability.budget-selects-nothing': {
    fires: [
      [
        'other labels',
        [deployment({ labels: { app: 'other' } }), disruptionBudget()],
        [`${BUDGET}/selector: its selector selects no pod`],
      ],
      [
        'no selector',
        [deployment(), disruptionBudget({ spec: { selector: undefined } })],
        [`${BUDGET}: it has no selector, and so selects no pod`],
      ],
    ],
    silent: [
      ['a pod', [deployment(), disruptionBudget()]],
      ['all', [deployment(), disruptionBudget({ spec: { selector: {} } })]],
      ['no pod among the files', disruptionBudget()],
      [
        'only pods of another namespace',
        [deployment({ namespace: 'a', labels: { app: 'other' } }), disruptionBudget({ namespace: 'b' })],
      ],
      [
        'an expression',
        [
          deployment(),
          disruptionBudget({
            spec: { selector: { matchExpressions: [{ key: 'app', operator: 'In', values: ['web'] }] } },
          }),
        ],
      ],
    ],
  },
});
