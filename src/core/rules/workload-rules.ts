import type { Rule } from './rule.ts';
import { workloadContainerRules } from './workload-container.ts';
import { workloadEnvironmentRules } from './workload-environment.ts';
import { workloadImageRules } from './workload-image.ts';
import { workloadSecretObjectRules } from './workload-secret-objects.ts';
import { workloadSecretRules } from './workload-secrets.ts';
import { workloadSecurityRules } from './workload-security.ts';
import { workloadVolumeRules } from './workload-volumes.ts';

/** What a pod is made of, whatever it runs. */
export const workloadRules: readonly Rule[] = [
  ...workloadImageRules,
  ...workloadSecretRules,
  ...workloadSecretObjectRules,
  ...workloadSecurityRules,
  ...workloadVolumeRules,
  ...workloadEnvironmentRules,
  ...workloadContainerRules,
];
