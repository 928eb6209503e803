import type { CheckResult, VerifyResult } from '../../contract.ts';
import { annotationPlace, annotations, logLine, type Note, workflowCommand } from '../report/annotations.ts';
import { oneLine } from '../report/safe.ts';
import { counts, key, message, type VerifyContext, whereItRuns } from './report.ts';

/** What could not be checked is not known to be good: that is worth a warning. */
const LEVELS = { fail: 'error', warn: 'warning', unchecked: 'warning' } as const;

/** Annotations of GitHub Actions, one for each server and level, on the server's line of the config. */
export function verifyGithub(result: VerifyResult, context: VerifyContext): string {
  const lines = (['error', 'warning'] as const).flatMap((level) =>
    annotations(level, notesOf(result, level, context), 'mcpk verify'),
  );
  const verdict = counts(result)
    .map(({ text }) => text)
    .join(', ');
  return `${[...lines, `mcpk verify: ${verdict} (${result.app}: ${oneLine(whereItRuns(result))})`].join('\n')}\n`;
}

function notesOf(result: VerifyResult, level: 'error' | 'warning', context: VerifyContext): Note[] {
  const groups = new Map<string, CheckResult[]>();
  for (const check of result.checks) {
    if (levelOf(check) !== level) continue;
    const about = check.server === undefined ? check.id : `[${check.server}]`;
    groups.set(about, [...(groups.get(about) ?? []), check]);
  }
  return [...groups.values()].flatMap(([first, ...more]) => (first ? [note(first, more, level, result, context)] : []));
}

function levelOf({ status }: CheckResult): 'error' | 'warning' | undefined {
  return status === 'fail' || status === 'warn' || status === 'unchecked' ? LEVELS[status] : undefined;
}

function note(
  check: CheckResult,
  more: readonly CheckResult[],
  level: 'error' | 'warning',
  { checks }: VerifyResult,
  { folder }: VerifyContext,
): Note {
  const { cause, remedies = [], at } = check;
  const blocked = checks.filter(({ blockedBy }) => blockedBy === key(check)).length;
  const text = [
    `${check.status === 'unchecked' ? 'unchecked: ' : ''}${message(check)}`,
    ...(cause ? [oneLine(cause)] : []),
    ...remedies.map((remedy) => `fix: ${oneLine(remedy)}`),
    ...more.map((other) => `also ${key(other)}: ${message(other)}`),
    ...(blocked > 0 ? [`${blocked} more could not be tried because of it`] : []),
    `more: mcpk explain ${check.id}`,
  ];
  const place = at ? annotationPlace(at, folder) : {};
  return {
    kind: check.id,
    command: workflowCommand(level, { ...place, title: key(check) }, text.join('\n')),
    line: logLine(`${key(check)}: ${message(check)}`),
  };
}
