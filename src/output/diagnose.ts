import type { ChalkInstance } from 'chalk';
import type { DiagnoseResult } from '../contract.ts';
import { formatAge } from '../core/deploy/state.ts';
import { oneLine } from './report/safe.ts';

type Entry = DiagnoseResult['workloads'][number];
type Pod = Entry['pods'][number];
type Container = Pod['containers'][number];

const MARKS = { ready: '✔', failed: '✖', progressing: '…', missing: '-' };
const MAX_EVENTS = 10;

/** What is wrong with each server, what to do, and what was seen; for people. */
export function diagnoseText(
  { app, namespace, context, workloads, bundle }: DiagnoseResult,
  style: ChalkInstance,
): string {
  const lines = [`${style.bold(app)} in namespace ${namespace} (${context})`];
  for (const entry of workloads) lines.push('', ...verdictLines(entry, style), ...seenLines(entry, style));
  if (bundle) lines.push('', `${bundle.files.length} files written to ${bundle.folder}; secrets are masked`);
  return `${lines.join('\n')}\n`;
}

function verdictLines({ name, state, message, cause, code, remedies = [] }: Entry, style: ChalkInstance): string[] {
  const colour = { ready: style.green, failed: style.red, progressing: style.yellow, missing: style.red }[state];
  const todo = state === 'missing' ? ['mcpk deploy'] : remedies;
  return [
    colour(`${MARKS[state]} ${name}  ${state}: ${oneLine(cause ?? message)}`),
    ...todo.map((remedy) => `    ${style.cyan('try:')} ${oneLine(remedy)}`),
    ...(code ? [style.dim(`    more: mcpk explain ${code}`)] : []),
  ];
}

function seenLines({ image, conditions, pods, events, logs }: Entry, style: ChalkInstance): string[] {
  if (image === null) return [];
  const failing = conditions.filter(({ type, status }) => (type === 'ReplicaFailure') === (status === 'True'));
  return [
    `  image ${image}`,
    ...failing.map((condition) => `  Deployment: ${conditionText(condition)}`),
    ...(pods.length === 0 ? ['  no pod'] : pods.flatMap(podLines)),
    ...events.slice(-MAX_EVENTS).map(({ type, reason, message, count, ageSeconds }) => {
      const times = count > 1 ? `, ${count} times` : '';
      const line = `  event ${type} ${reason} (${formatAge(ageSeconds)} ago${times}): ${oneLine(message)}`;
      return type === 'Warning' ? line : style.dim(line);
    }),
    ...logs.flatMap(({ container, previous, lines }) => [
      `  log of ${container}${previous ? ', before its restart' : ''}:`,
      ...lines.map((line) => style.dim(`    ${oneLine(line)}`)),
    ]),
  ];
}

function conditionText({ type, status, reason, message }: Entry['conditions'][number]): string {
  return `${type}=${status}${reason ? ` ${reason}` : ''}${message ? `: ${oneLine(message)}` : ''}`;
}

function podLines({ name, phase, node, ageSeconds, conditions, containers }: Pod): string[] {
  return [
    `  pod ${name}: ${phase}${node ? ` on ${node}` : ''}, ${formatAge(ageSeconds)} old`,
    ...conditions.map((condition) => `    ${conditionText(condition)}`),
    ...containers.map((container) => `    ${containerText(container)}`),
  ];
}

function containerText({ name, init, state, ready, restarts, reason, message, exitCode, lastEnd }: Container): string {
  const how = [
    state === 'running' && !init ? (ready ? 'running, ready' : 'running, not ready') : state,
    // What an ended container leaves as its message are lines of its log: they follow below.
    reason && message && state === 'waiting' ? `${reason} (${oneLine(message)})` : reason,
    exitCode === undefined ? undefined : `exit code ${exitCode}`,
    restarts > 0 ? `restarted ${restarts === 1 ? 'once' : `${restarts} times`}` : undefined,
    lastEnd === undefined ? undefined : `before: ${lastEnd}`,
  ];
  const text = how.filter((part) => part !== undefined).join(', ');
  return `container ${name}: ${text}`;
}
