import type { ChalkInstance } from 'chalk';
import type { StatusResult } from '../contract.ts';
import { formatAge } from '../core/deploy/state.ts';
import { cut, oneLine } from './report/safe.ts';
import type { ProgressStream } from './status-board.ts';

type Row = StatusResult['workloads'][number];

const MARKS = { ready: '✔', failed: '✖', progressing: '…', missing: '-' };

/** How the app does, for people. */
export function statusText(result: StatusResult, style: ChalkInstance): string {
  const lines = [headLine(result, style)];
  const layout = layoutOf(result.workloads);
  for (const row of result.workloads) {
    lines.push(coloured(row, rowLine(row, layout), style), ...whyLines(row, style));
  }
  const missing = result.workloads.some(({ state }) => state === 'missing');
  if (missing) lines.push('', 'next: mcpk deploy');
  return `${lines.join('\n')}\n`;
}

function headLine({ app, namespace, context, workloads }: StatusResult, style: ChalkInstance): string {
  const ready = workloads.filter(({ state }) => state === 'ready').length;
  return `${style.bold(app)} in namespace ${namespace} (${context}): ${ready} of ${workloads.length} ready`;
}

interface Layout {
  name: number;
  state: number;
}

function layoutOf(rows: readonly Row[]): Layout {
  const width = (texts: string[]) => Math.max(0, ...texts.map((text) => text.length));
  return { name: width(rows.map(({ name }) => name)), state: width(rows.map(({ state }) => state)) };
}

function rowLine({ name, state, ageSeconds, restarts, image }: Row, layout: Layout): string {
  const age = ageSeconds === undefined ? '-' : formatAge(ageSeconds);
  const head = `  ${MARKS[state]} ${name.padEnd(layout.name)}  ${state.padEnd(layout.state)}`;
  return `${head}  ${age.padStart(4)}  ${restartsText(restarts).padEnd(11)}  ${image ?? ''}`.trimEnd();
}

function restartsText(restarts: number): string {
  return restarts === 1 ? '1 restart' : `${restarts} restarts`;
}

function coloured({ state }: Row, line: string, style: ChalkInstance): string {
  if (state === 'ready') return style.green(line);
  return state === 'progressing' ? style.yellow(line) : style.red(line);
}

function whyLines({ state, message, cause, remedies = [], evidence = [], code }: Row, style: ChalkInstance): string[] {
  if (state === 'ready' || state === 'missing') return [];
  // What goes well has no cause yet.
  if (state === 'progressing') return [`      ${oneLine(message)}`];
  return [
    `      ${oneLine(cause ?? message)}`,
    ...remedies.map((remedy) => `      ${style.cyan('try:')} ${oneLine(remedy)}`),
    ...evidence.map((line) => style.dim(`      ${oneLine(line)}`)),
    ...(code ? [style.dim(`      more: mcpk explain ${code}`)] : []),
  ];
}

/** Shows each look at the app: drawn over the one before on a terminal, elsewhere a line for what has changed. */
export function statusWatch(stream: ProgressStream, style: ChalkInstance): (result: StatusResult) => void {
  const shown = new Map<string, string>();
  let drawn = 0;
  return (result) => {
    if (stream.isTTY) {
      const lines = watchLines(result, stream.columns || 80, style);
      const back = drawn > 0 ? `\u001b[${drawn}A\u001b[0J` : '';
      stream.write(`${back}${lines.join('\n')}\n`);
      drawn = lines.length;
      return;
    }
    for (const row of result.workloads) {
      const text = `${row.name}: ${row.state}${row.state === 'ready' ? '' : `: ${oneLine(row.cause ?? row.message)}`}`;
      const key = `${text} ${row.restarts} ${row.image}`;
      if (shown.get(row.name) === key) continue;
      shown.set(row.name, key);
      const restarts = row.restarts > 0 ? ` (${restartsText(row.restarts)})` : '';
      stream.write(`${new Date().toISOString()} ${text}${restarts}\n`);
    }
  };
}

/** No line may wrap: it would be counted as one and drawn as two. */
function watchLines(result: StatusResult, columns: number, style: ChalkInstance): string[] {
  const layout = layoutOf(result.workloads);
  const fitted = (line: string) => cut(line, columns - 1);
  const { app, namespace, context } = result;
  return [
    style.bold(fitted(`${app} in namespace ${namespace} (${context}), Ctrl-C ends`)),
    ...result.workloads.flatMap((row) => [
      coloured(row, fitted(rowLine(row, layout)), style),
      ...(row.state === 'ready' || row.state === 'missing'
        ? []
        : [fitted(`      ${oneLine(row.state === 'failed' ? (row.cause ?? row.message) : row.message)}`)]),
    ]),
  ];
}
