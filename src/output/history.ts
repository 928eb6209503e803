import type { ChalkInstance } from 'chalk';
import type { HistoryResult, RollbackResult } from '../contract.ts';
import { workloadLines } from './deploy.ts';
import { oneLine } from './report/safe.ts';

export function historyText({ app, namespace, context, revisions }: HistoryResult, style: ChalkInstance): string {
  const place = `${style.bold(app)} in namespace ${namespace} (${context})`;
  if (revisions.length === 0) return `${place}: nothing has been deployed yet\n`;
  const rows = revisions.map(({ revision, created, outcome, note, changes }) => {
    const colour = { ready: style.green, failed: style.red, progressing: style.yellow, unfinished: style.yellow }[
      outcome
    ];
    const what = [...(note ? [note] : []), ...changes].join('; ');
    return `  ${String(revision).padStart(4)}  ${created}  ${colour(outcome.padEnd(11))}  ${oneLine(what)}`.trimEnd();
  });
  return `${[place, ...rows, '', 'next: mcpk rollback REVISION'].join('\n')}\n`;
}

export function rollbackText(result: RollbackResult, style: ChalkInstance): string {
  const { app, namespace, context, to, revision, applied, pruned, workloads, notRestored } = result;
  const count = (action: string) => applied.filter((object) => object.action === action).length;
  const counts = `${count('created')} created, ${count('changed')} changed, ${count('unchanged')} unchanged, ${pruned.length} removed`;
  const width = Math.max(0, ...workloads.map(({ name }) => name.length));
  const now = revision === undefined || revision === to ? '' : `, now revision ${revision}`;
  return `${[
    `${style.bold(app)} in namespace ${namespace} (${context}) rolled back to revision ${to}${now}: ${counts}`,
    ...workloads.flatMap((workload) => workloadLines(workload, width, style)),
    '',
    `left as they are: ${notRestored.join(', ')}`,
    'mcpk.yaml was not changed: the next mcpk deploy brings back what it says',
  ].join('\n')}\n`;
}
