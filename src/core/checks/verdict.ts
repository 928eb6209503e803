import type { CheckResult } from './check.ts';

/** As much of a result as counts here. */
type Counted = { status: CheckResult['status']; server?: string | undefined };

export type Summary = Record<CheckResult['status'], number>;

/** How many results there are of each kind. */
export function summarize(checks: readonly Counted[]): Summary {
  const summary = { pass: 0, warn: 0, fail: 0, skipped: 0, unchecked: 0, suppressed: 0 };
  for (const { status } of checks) summary[status]++;
  return summary;
}

/** Servers with a failed check, sorted. */
export function brokenServers(checks: readonly Counted[]): string[] {
  const broken = checks.flatMap(({ status, server }) => (status === 'fail' && server !== undefined ? [server] : []));
  return [...new Set(broken)].sort();
}

/** The mildest result that fails a run. */
export type FailOn = 'error' | 'warning';

/** What the run as a whole says; `unknown` where nothing failed and something could not be checked. */
export function verdict(summary: Summary, failOn: FailOn = 'error'): 'ok' | 'failed' | 'unknown' {
  if (summary.fail > 0 || (failOn === 'warning' && summary.warn > 0)) return 'failed';
  return summary.unchecked > 0 || summary.pass + summary.warn === 0 ? 'unknown' : 'ok';
}
