import type { CheckResult, VerifyResult } from '../../contract.ts';
import { oneLine } from '../report/safe.ts';
import { diagnosticBlock, escapeTap, listOf, quoted, tapStream } from '../report/tap.ts';
import { acceptance, key, message, outcomeOf, type VerifyContext } from './report.ts';

/**
 * TAP 14: a test point a check. What is milder than --fail-on is `TODO`: harnesses list it, and must not fail because
 * of it. What could not be checked is `not ok`, as the run is.
 */
export function verifyTap(result: VerifyResult, { failOn }: VerifyContext): string {
  return tapStream(result.checks.map((check) => (id) => pointLines(id, check, failOn)));
}

function pointLines(id: number, check: CheckResult, failOn: VerifyContext['failOn']): string[] {
  const title = escapeTap(`${key(check)} ${check.title}`);
  switch (outcomeOf(check, failOn)) {
    case 'pass':
      return [`ok ${id} - ${title}`];
    case 'skipped':
      return [`ok ${id} - ${title} # SKIP ${escapeTap(message(check))}`];
    case 'suppressed':
      return [`ok ${id} - ${title} # SKIP ${escapeTap(acceptance(check))}`];
    case 'tolerated':
      return [`not ok ${id} - ${title} # TODO milder than ${failOn}`, ...diagnostics(check)];
    default:
      return [`not ok ${id} - ${title}`, ...diagnostics(check)];
  }
}

function diagnostics(check: CheckResult): string[] {
  const { id, server, severity, status, cause, remedies = [], evidence = [], at } = check;
  return diagnosticBlock([
    `check: ${quoted(id)}`,
    ...(server === undefined ? [] : [`server: ${quoted(server)}`]),
    `status: ${status}`,
    `severity: ${severity}`,
    `message: ${quoted(message(check))}`,
    ...(cause === undefined ? [] : [`cause: ${quoted(oneLine(cause))}`]),
    ...listOf('remedies', remedies.map(oneLine)),
    ...listOf('evidence', evidence.map(oneLine)),
    ...(at
      ? [
          'at:',
          `  file: ${quoted(oneLine(at.file))}`,
          ...(at.line === undefined ? [] : [`  line: ${at.line}`]),
          ...(at.column === undefined ? [] : [`  column: ${at.column}`]),
        ]
      : []),
  ]);
}
