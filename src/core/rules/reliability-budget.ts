import type { V1PodDisruptionBudgetSpec } from '@kubernetes/client-node';
import type { KubeObject } from './finding.ts';
import { type ObjectSet, type PodView, sameNamespace, selects } from './object-set.ts';
import { share } from './reliability-quantity.ts';
import { autoscalerOf, rangeOf } from './reliability-scaling.ts';
import type { Rule } from './rule.ts';
import { type GroupKind, groupKind, objectRule, REPLICATED } from './workload-kinds.ts';

const BUDGET: GroupKind = 'policy/PodDisruptionBudget';

type Selector = Parameters<typeof selects>[0];

/** Whether a budget is about a pod. Of policy/v1: no selector selects nothing, an empty one everything. */
function isOf(budget: KubeObject): (pod: PodView) => boolean {
  const { selector } = (budget.data['spec'] ?? {}) as { selector?: Selector };
  return ({ object, metadata }) =>
    selector !== undefined &&
    sameNamespace(object.namespace, budget.namespace) &&
    selects(selector, metadata.labels ?? {});
}

/** How many pods there are at the least; undefined where the manifests do not say. */
function fewest(objects: ObjectSet, { object, replicas }: PodView): number | undefined {
  if (!REPLICATED.includes(groupKind(object))) return undefined;
  const autoscaler = autoscalerOf(objects, object);
  return autoscaler ? rangeOf(autoscaler).min : (replicas ?? 1);
}

const blocks = objectRule<V1PodDisruptionBudgetSpec>(
  {
    id: 'reliability.budget-blocks',
    severity: 'warning',
    page: {
      title: 'the budget lets no pod be evicted',
      why: 'kubectl drain, node upgrades and cluster autoscalers evict pods, and wait as long as a PodDisruptionBudget forbids it: for ever here. It protects from nothing else: a node that fails asks nobody.',
      todo: ['maxUnavailable: 1', 'a single pod: delete the budget, or run two'],
    },
  },
  [BUDGET],
  ({ maxUnavailable, minAvailable }, budget, objects) => {
    if (maxUnavailable !== undefined && share(maxUnavailable, 100) === 0) {
      return { pointer: '/spec/maxUnavailable', message: `maxUnavailable ${maxUnavailable} lets no pod be evicted` };
    }
    if (minAvailable === '100%') {
      return { pointer: '/spec/minAvailable', message: 'minAvailable 100% lets no pod be evicted' };
    }
    if (minAvailable === undefined) return undefined;
    const counts = objects.pods.filter(isOf(budget)).map((pod) => fewest(objects, pod));
    const total = counts.reduce<number>((sum, count) => sum + (count ?? Number.NaN), 0);
    const least = share(minAvailable, total) ?? 0;
    // A comparison with an unknown total (NaN) is false.
    if (!(total > 0 && least >= total)) return undefined;
    const what = total === 1 ? 'never lets the only pod be evicted' : `lets none of the ${total} pods be evicted`;
    return { pointer: '/spec/minAvailable', message: `minAvailable ${minAvailable} ${what}` };
  },
);

const selectsNothing = objectRule<V1PodDisruptionBudgetSpec>(
  {
    id: 'reliability.budget-selects-nothing',
    severity: 'warning',
    page: {
      title: 'the budget protects no pod',
      why: 'No pod among the files that mcpk was given has these labels, so a drain may evict all at once. Where none of the files has a pod, mcpk says nothing.',
      todo: [
        'the labels of the pod template in spec.selector.matchLabels',
        'or give mcpk lint the file of the workload, too',
      ],
    },
  },
  [BUDGET],
  ({ selector }, budget, objects) => {
    if (objects.pods.some(isOf(budget))) return undefined;
    const near = objects.pods.some(({ object }) => sameNamespace(object.namespace, budget.namespace));
    if (!near) return undefined;
    return {
      pointer: selector ? '/spec/selector' : '/spec',
      message: selector ? 'its selector selects no pod' : 'it has no selector, and so selects no pod',
    };
  },
);

export const reliabilityBudgetRules: readonly Rule[] = [blocks, selectsNothing];
