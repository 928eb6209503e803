import { referenceClaimRules } from './reference-claims.ts';
import { referenceKeyRules } from './reference-keys.ts';
import { referenceLabelRules } from './reference-labels.ts';
import { referenceMissingRules } from './reference-missing.ts';
import { referenceMonitorRules } from './reference-monitors.ts';
import { referenceObjectRules } from './reference-objects.ts';
import { referenceRoleRules } from './reference-roles.ts';
import { referenceRouteRules } from './reference-routes.ts';
import { referenceServicePortRules } from './reference-service-ports.ts';
import { referenceServiceRules } from './reference-services.ts';
import type { Rule } from './rule.ts';

/** Whether what objects say of each other is true. */
export const referenceRules: readonly Rule[] = [
  ...referenceServiceRules,
  ...referenceServicePortRules,
  ...referenceRouteRules,
  ...referenceMonitorRules,
  ...referenceMissingRules,
  ...referenceKeyRules,
  ...referenceClaimRules,
  ...referenceRoleRules,
  ...referenceObjectRules,
  ...referenceLabelRules,
];
