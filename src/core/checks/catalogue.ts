import { CATEGORIES, type Check } from './check.ts';
import { clusterChecks } from './cluster-checks.ts';
import { gatewayChecks } from './gateway-checks.ts';
import { mcpChecks } from './mcp-checks.ts';
import { networkChecks } from './network-checks.ts';
import { perfChecks } from './perf-checks.ts';
import { securityChecks } from './security-checks.ts';
import { workloadChecks } from './workload-checks.ts';

/** Every check of a cluster, in the order of the report. */
export const CHECKS: readonly Check[] = [
  ...clusterChecks,
  ...workloadChecks,
  ...securityChecks,
  ...networkChecks,
  ...gatewayChecks,
  ...mcpChecks,
  ...perfChecks,
].sort((a: Check, b: Check) => CATEGORIES.indexOf(a.category) - CATEGORIES.indexOf(b.category));
