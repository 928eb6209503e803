import type { ChalkInstance } from 'chalk';
import type { DeleteEvent } from '../actions/delete.ts';
import type { DeleteResult, DeployResult, WorkloadResult } from '../contract.ts';
import { formatDuration } from '../core/deploy/duration.ts';

/** What a deploy came to, for people. */
export function deployText(result: DeployResult, style: ChalkInstance): string {
  const { app, namespace, context, applied, pruned, workloads, token } = result;
  const count = (action: string) => applied.filter((object) => object.action === action).length;
  const counts = `${count('created')} created, ${count('changed')} changed, ${count('unchanged')} unchanged, ${pruned.length} removed`;
  const width = Math.max(...workloads.map(({ name }) => name.length));
  const lines = [`${style.bold(app)} in namespace ${namespace} (${context}): ${counts}`];
  for (const workload of workloads) lines.push(...workloadLines(workload, width, style));
  lines.push('', ...nextSteps(result, style));
  if (token.action === 'created')
    lines.push(style.dim(`the gateway's token is in Secret ${token.secret}, key "token"`));
  return `${lines.join('\n')}\n`;
}

export function workloadLines(workload: WorkloadResult, width: number, style: ChalkInstance): string[] {
  const { name, state, message, durationMs, code, cause, remedies = [], evidence = [] } = workload;
  const head = name.padEnd(width);
  if (state === 'ready') return [`  ${style.green('✔')} ${head}  ready ${style.dim(formatDuration(durationMs))}`];
  const mark = state === 'failed' ? style.red('✖') : style.yellow('…');
  const word = state === 'failed' ? 'failed' : 'not ready yet';
  return [
    `  ${mark} ${head}  ${word}: ${safe(cause ?? message ?? '')}`,
    ...remedies.map((remedy) => `      ${style.cyan('try:')} ${safe(remedy)}`),
    ...evidence.map((line) => style.dim(`      ${safe(line)}`)),
    ...(code ? [style.dim(`      more: mcpk explain ${code}`)] : []),
  ];
}

function nextSteps({ namespace, workloads }: DeployResult, style: ChalkInstance): string[] {
  const bad = workloads.filter(({ state }) => state !== 'ready').map(({ name }) => name);
  const slow =
    workloads.some(({ state }) => state === 'progressing') && !workloads.some(({ state }) => state === 'failed');
  if (slow)
    return [
      `The time was up while ${bad.join(', ')} still made progress: mcpk deploy goes on waiting, --timeout gives more time.`,
    ];
  if (bad.length > 0)
    return [`${style.red('Failed:')} ${bad.join(', ')}.${bad.length < workloads.length ? ' The rest runs.' : ''}`];
  return [
    'next: mcpk verify',
    `      kubectl -n ${namespace} port-forward svc/mcp-gateway 8811   # then http://localhost:8811/mcp`,
  ];
}

/** What a delete came to, for people. */
export function deleteText({ app, namespace, context, deleted, kept }: DeleteResult, style: ChalkInstance): string {
  const where = `namespace ${namespace} (${context})`;
  const keptLines = kept.map(({ kind, name, reason }) => `  kept ${kind} ${name}: ${safe(reason)}`);
  if (deleted.length === 0) return [`nothing of ${app} is in ${where}`, ...keptLines, ''].join('\n');
  const lines = deleted.map(({ kind, name }) => `  ${style.red('-')} ${kind} ${name}`);
  return [
    `${style.bold(app)} is gone from ${where}: ${deleted.length} objects deleted`,
    ...lines,
    ...keptLines,
    '',
  ].join('\n');
}

/** Causes and evidence hold text of logs: it must not move the cursor or set colours. */
function safe(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to keep out
  return text.replaceAll(/\u001b\[[0-9;]*[A-Za-z]/g, '').replaceAll(/[\u0000-\u001f\u007f-\u009f]+/g, ' ');
}

/** One line of a delete while it runs; empty where nothing is worth a line. */
export function deletingLine(event: DeleteEvent): string {
  return event.type === 'deleting' ? `${event.object.kind} ${event.object.name} is being deleted\n` : '';
}
