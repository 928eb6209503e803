import { CATEGORIES, type Check } from './check.ts';
import { clusterChecks } from './cluster-checks.ts';
import { commonGatewayChecks, gatewayChecks } from './gateway-checks.ts';
import { localChecks } from './local-checks.ts';
import { mcpChecks } from './mcp-checks.ts';
import { networkChecks } from './network-checks.ts';
import { commonPerfChecks, perfChecks } from './perf-checks.ts';
import type { CommonPorts, LocalPorts } from './ports.ts';
import { resourceChecks } from './resource-checks.ts';
import { securityChecks } from './security-checks.ts';
import { workloadChecks } from './workload-checks.ts';

/** Every check of a cluster, in the order of the report. */
export const CHECKS: readonly Check[] = inOrder([
  ...clusterChecks,
  ...resourceChecks,
  ...workloadChecks,
  ...securityChecks,
  ...networkChecks,
  ...gatewayChecks,
  ...mcpChecks,
  ...perfChecks,
]);

/** Every check of the local target. */
export const LOCAL_CHECKS: readonly Check<LocalPorts>[] = inOrder<LocalPorts>([
  ...localChecks,
  ...commonGatewayChecks,
  ...mcpChecks.map((check) => (check.id === 'mcp.server.initialize' ? { ...check, needs: ['local.program'] } : check)),
  ...commonPerfChecks,
]);

function inOrder<P extends CommonPorts>(checks: Check<P>[]): Check<P>[] {
  return checks.sort((a, b) => CATEGORIES.indexOf(a.category) - CATEGORIES.indexOf(b.category));
}
