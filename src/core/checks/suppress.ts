import type { CheckResult } from './check.ts';
import { stepKey } from './select.ts';

/** A failure that somebody has decided to live with. */
export interface Suppression {
  /** Of a check. */
  id: string;
  /** Undefined: for every server. */
  server: string | undefined;
  reason: string;
}

/** Reads `ID=REASON` or `ID[SERVER]=REASON`; undefined where it is neither. */
export function parseSuppression(text: string): Suppression | undefined {
  const [, id, server, reason] = /^([^\s[\]=]+)(?:\[([^\]]+)\])?=\s*(\S.*)$/s.exec(text) ?? [];
  return id === undefined || reason === undefined ? undefined : { id, server, reason: reason.trim() };
}

/** A suppression that hides nothing: all that it speaks of has passed, or nothing of it was checked. */
export interface Needless {
  suppression: Suppression;
  why: 'passed' | 'absent';
}

/** Marks failures and warnings that are accepted. What could not be checked stays so: nobody has seen it fail. */
export function suppress(
  results: readonly CheckResult[],
  suppressions: readonly Suppression[],
): { checks: CheckResult[]; needless: Needless[] } {
  const speaksOf = ({ id, server }: Suppression, result: CheckResult) =>
    result.id === id && (server === undefined || result.server === server);
  const checks = results.map((result): CheckResult => {
    const found = isBad(result) && suppressions.find((suppression) => speaksOf(suppression, result));
    return found ? { ...result, status: 'suppressed', reason: found.reason } : result;
  });
  const needless = suppressions.flatMap((suppression): Needless[] => {
    const about = results.filter((result) => speaksOf(suppression, result));
    if (about.length === 0) return [{ suppression, why: 'absent' }];
    return about.every(({ status }) => status === 'pass') ? [{ suppression, why: 'passed' }] : [];
  });
  return { checks, needless };
}

/** As it is written on the command line, without the reason. */
export function suppressionName({ id, server }: Suppression): string {
  return stepKey(id, server);
}

function isBad({ status }: CheckResult): boolean {
  return status === 'fail' || status === 'warn';
}
