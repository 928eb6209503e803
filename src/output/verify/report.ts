import type { CheckResult, VerifyResult } from '../../contract.ts';
import type { FailOn } from '../../core/checks/verdict.ts';
import type { Look, RunContext } from '../report/reports.ts';
import { oneLine } from '../report/safe.ts';

/** What a report needs besides the result. */
export interface VerifyContext extends RunContext, Look {
  /** The mildest result that fails the run. */
  failOn: FailOn;
}

/** Makes the whole text of one format, newline at its end. */
export type Reporter = (result: VerifyResult, context: VerifyContext) => string;

export type Status = CheckResult['status'];

/** `workload.ready[fetch]` */
export function key({ id, server }: Pick<CheckResult, 'id' | 'server'>): string {
  return server === undefined ? id : `${id}[${server}]`;
}

/** Whether a check of that result fails the run. */
function fails(status: Status, failOn: FailOn): boolean {
  return status === 'fail' || (failOn === 'warning' && status === 'warn');
}

/** What a test report makes of a result: what is milder than --fail-on is tolerated. */
export function outcomeOf({ status }: CheckResult, failOn: FailOn): 'failed' | 'tolerated' | Exclude<Status, 'fail'> {
  if (fails(status, failOn)) return 'failed';
  return status === 'warn' || status === 'fail' ? 'tolerated' : status;
}

/** `namespace mcp, context kind-dev` */
export function whereItRuns({ target, namespace, context, url }: VerifyResult): string {
  return target === 'local' ? (url ?? 'this machine') : `namespace ${namespace}, context ${context}`;
}

/** `30 passed`, `1 warning`: what there is, passed ones always. */
export function counts({ summary }: VerifyResult): { status: Status; text: string }[] {
  const { pass, warn, fail, skipped, unchecked, suppressed } = summary;
  return [
    { status: 'pass', text: `${pass} passed` },
    ...(warn > 0 ? [{ status: 'warn', text: `${warn} warning${warn === 1 ? '' : 's'}` } as const] : []),
    ...(fail > 0 ? [{ status: 'fail', text: `${fail} failed` } as const] : []),
    ...(skipped > 0 ? [{ status: 'skipped', text: `${skipped} skipped` } as const] : []),
    ...(unchecked > 0 ? [{ status: 'unchecked', text: `${unchecked} unchecked` } as const] : []),
    ...(suppressed > 0 ? [{ status: 'suppressed', text: `${suppressed} suppressed` } as const] : []),
  ];
}

/** Why it is as it is, and what to do, one line an entry. Logs of other people's programs are part of it. */
export function story({ cause, remedies = [], evidence = [], id }: CheckResult): string[] {
  return [
    ...(cause ? [oneLine(cause)] : []),
    ...remedies.map((remedy) => `fix: ${oneLine(remedy)}`),
    ...evidence.map((seen) => `seen: ${oneLine(seen)}`),
    `more: mcpk explain ${id}`,
  ];
}

/** What happened, in one line; the title where nothing was said. */
export function message({ message: said, title }: CheckResult): string {
  return oneLine(said ?? title);
}

/** `mcpk.yaml:7:3`; empty where no place is known. */
export function where({ at }: CheckResult): string {
  return at ? [oneLine(at.file), at.line, at.column].filter((part) => part !== undefined).join(':') : '';
}

/** Why a suppressed check may fail. */
export function acceptance({ reason = '' }: CheckResult): string {
  return `suppressed: ${oneLine(reason)}`;
}

/** Blocked by a check of the whole app: one line at that check says more than one line for each. */
export function isBehindTheApp({ status, blockedBy }: CheckResult): boolean {
  return status === 'skipped' && blockedBy !== undefined && !blockedBy.endsWith(']');
}
