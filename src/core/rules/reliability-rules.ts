import { reliabilityBudgetRules } from './reliability-budget.ts';
import { reliabilityLifeRules } from './reliability-life.ts';
import { reliabilityProbeRules } from './reliability-probes.ts';
import { reliabilityResourceRules } from './reliability-resources.ts';
import { reliabilityScalingRules } from './reliability-scaling.ts';
import { reliabilityStorageRules } from './reliability-storage.ts';
import { reliabilityWorkloadRules } from './reliability-workloads.ts';
import type { Rule } from './rule.ts';

/** Whether it starts, stays up, and can be replaced. */
export const reliabilityRules: readonly Rule[] = [
  ...reliabilityWorkloadRules,
  ...reliabilityResourceRules,
  ...reliabilityProbeRules,
  ...reliabilityScalingRules,
  ...reliabilityBudgetRules,
  ...reliabilityStorageRules,
  ...reliabilityLifeRules,
];
