import type { CheckResult, VerifyResult } from '../../contract.ts';
import { formatDuration } from '../../core/deploy/duration.ts';
import { cell, details, table } from '../report/table.ts';
import { matrixOf } from './matrix.ts';
import { counts, key, message, type Status, whereItRuns } from './report.ts';

const MARKS: Record<Status, string> = {
  pass: '✅',
  warn: '⚠️',
  fail: '❌',
  skipped: '⏭️',
  unchecked: '❔',
  suppressed: '🔕',
};

/** Remedies, and lines of a log, beside each check: with more a long list would not fit GitHub's limit. */
const MAX_LINES = 2;

/** Markdown for $GITHUB_STEP_SUMMARY: the matrix of servers, what is bad with what to do, and the rest folded away. */
export function verifyStepSummary(result: VerifyResult): string {
  const { checks, app, durationMs } = result;
  const of = (...statuses: Status[]) => checks.filter(({ status }) => statuses.includes(status));
  const bad = table(['', 'check', 'what', 'what to do'], of('fail', 'unchecked', 'warn'), (check) => [
    MARKS[check.status],
    cell(key(check)),
    what(check),
    (check.remedies ?? []).slice(0, MAX_LINES).map(cell).join('<br>'),
  ]);
  const evidence = table(['check', 'seen'], checks.filter(isSeen), (check) => [
    cell(key(check)),
    (check.evidence ?? []).slice(0, MAX_LINES).map(cell).join('<br>'),
  ]);
  const accepted = table(['check', 'what', 'why it is accepted'], of('suppressed'), (check) => [
    cell(key(check)),
    what(check),
    cell(check.reason ?? ''),
  ]);
  const skipped = table(['check', 'why'], of('skipped'), (check) => [cell(key(check)), cell(message(check))]);
  const verdict = counts(result).map(({ text }) => text);
  const blocks = [
    `### mcpk verify: ${verdict.join(', ')}`,
    `${cell(`${app}: ${whereItRuns(result)}`)}, in ${formatDuration(durationMs)}.`,
    ...matrixTable(result),
    ...bad,
    ...details('what was seen', evidence),
    ...details('suppressed', accepted),
    ...details('skipped', skipped),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function isSeen({ status, evidence = [] }: CheckResult): boolean {
  return evidence.length > 0 && status !== 'suppressed';
}

function what(check: CheckResult): string {
  return [message(check), ...(check.cause ? [check.cause] : [])].map(cell).join('<br>');
}

function matrixTable(result: VerifyResult): string[] {
  const matrix = matrixOf(result);
  if (!matrix) return [];
  return table(['server', ...matrix.columns], matrix.rows, ({ server, cells }) => [
    cell(server),
    ...cells.map((status) => (status ? MARKS[status] : '')),
  ]);
}
