import type { ChalkInstance } from 'chalk';
import type { CheckResult, VerifyResult } from '../../contract.ts';
import { formatDuration } from '../../core/deploy/duration.ts';
import { matrixOf } from './matrix.ts';
import {
  acceptance,
  counts,
  isBehindTheApp,
  key,
  message,
  type Status,
  story,
  type VerifyContext,
  whereItRuns,
} from './report.ts';

const SYMBOLS: Record<
  Status,
  { unicode: string; ascii: string; colour: 'green' | 'yellow' | 'red' | 'dim' | 'magenta' | 'cyan' }
> = {
  pass: { unicode: '√', ascii: '+', colour: 'green' },
  warn: { unicode: '‼', ascii: '!', colour: 'yellow' },
  fail: { unicode: '×', ascii: 'x', colour: 'red' },
  skipped: { unicode: '○', ascii: '-', colour: 'dim' },
  unchecked: { unicode: '?', ascii: '?', colour: 'magenta' },
  suppressed: { unicode: '~', ascii: '~', colour: 'cyan' },
};

type Painter = Pick<VerifyContext, 'style' | 'unicode'>;

function symbol(status: Status, { style, unicode }: Painter): string {
  return style[SYMBOLS[status].colour](unicode ? SYMBOLS[status].unicode : SYMBOLS[status].ascii);
}

/** The report for people: checks by category, each bad one with its cause and what to do, and what it all means. */
export function verifyText(result: VerifyResult, painter: Painter): string {
  const { style } = painter;
  const shown = result.checks.filter((check) => !isBehindTheApp(check));
  const categories = [...new Set(shown.map(({ category }) => category))];
  const lines = [style.bold(`${result.app}: ${whereItRuns(result)}`)];
  for (const category of categories) {
    lines.push('', style.bold(category));
    for (const check of shown) {
      if (check.category === category)
        lines.push(...checkLines(check, painter), ...waitingLines(check, result, painter));
    }
  }
  lines.push(...matrixLines(result, painter), '', ...conclusion(result, painter));
  return `${lines.join('\n')}\n`;
}

/** A line for each check that is not as it should be, and what it all means. */
export function verifyShort(result: VerifyResult, painter: Painter): string {
  const bad = result.checks.filter(({ status }) => status !== 'pass' && status !== 'skipped');
  const lines = bad.map((check) => {
    const more = check.status === 'suppressed' ? ` (${acceptance(check)})` : '';
    return `${symbol(check.status, painter)} ${key(check)}: ${message(check)}${more}`;
  });
  const head = `${result.app}: ${whereItRuns(result)}`;
  return `${[painter.style.bold(head), ...lines, ...conclusion(result, painter)].join('\n')}\n`;
}

function waitingLines(check: CheckResult, { checks }: VerifyResult, painter: Painter): string[] {
  const waiting = checks.filter((other) => isBehindTheApp(other) && other.blockedBy === key(check)).length;
  if (waiting === 0) return [];
  return [`    ${symbol('skipped', painter)} ${painter.style.dim(`${waiting} more could not be tried because of it`)}`];
}

function checkLines(check: CheckResult, painter: Painter): string[] {
  const { status, durationMs, title } = check;
  const { dim } = painter.style;
  const name = key(check);
  const details = [
    check.message === undefined ? undefined : message(check),
    durationMs >= 1 ? formatDuration(durationMs) : undefined,
  ].filter((part) => part !== undefined);
  const quiet = status === 'pass' || status === 'skipped';
  const note = quiet ? dim(details.length > 0 ? ` (${details.join(', ')})` : '') : `: ${details[0] ?? ''}`;
  const [shownName, shownTitle] = status === 'skipped' ? [dim(name), dim(title)] : [name, title];
  const line = `${symbol(status, painter)} ${shownName}  ${shownTitle}${note}`;
  if (quiet) return [line];
  if (status === 'suppressed') return [line, dim(`    ${acceptance(check)}`)];
  return [line, ...story(check).map((text) => storyLine(text, painter.style))];
}

function storyLine(text: string, style: ChalkInstance): string {
  if (text.startsWith('fix: ')) return `    ${style.cyan('fix:')}${text.slice(4)}`;
  return text.startsWith('seen: ') || text.startsWith('more: ') ? style.dim(`    ${text}`) : `    ${text}`;
}

function matrixLines(result: VerifyResult, painter: Painter): string[] {
  const matrix = matrixOf(result);
  if (!matrix) return [];
  const { columns, rows } = matrix;
  const width = Math.max(...rows.map(({ server }) => server.length), 'server'.length);
  const lines = rows.map(({ server, cells }) => {
    const shown = cells.map(
      (cell, i) => (cell ? symbol(cell, painter) : ' ') + ' '.repeat((columns[i]?.length ?? 1) - 1),
    );
    return `${server.padEnd(width)}  ${shown.join('  ').trimEnd()}`;
  });
  return ['', painter.style.bold(`${'server'.padEnd(width)}  ${columns.join('  ')}`), ...lines];
}

function conclusion(result: VerifyResult, { style }: Painter): string[] {
  const { broken, summary, durationMs, checks, target, namespace } = result;
  const parts = counts(result).map(({ status, text }) =>
    status === 'skipped' ? text : style[SYMBOLS[status].colour](text),
  );
  const lines = [`${parts.join(', ')} (${formatDuration(durationMs)})`];
  if (broken.length > 0) {
    lines.push(`${style.red('broken:')} ${broken.join(', ')}`);
    if (target === 'cluster') lines.push(`next: kubectl -n ${namespace} logs deployment/mcp-server-${broken[0]}`);
  }
  if (broken.length === 0 && summary.fail > 0)
    lines.push(`next: mcpk explain ${checks.find(({ status }) => status === 'fail')?.id}`);
  else if (broken.length === 0 && summary.unchecked > 0)
    lines.push(`next: mcpk explain ${checks.find(({ status }) => status === 'unchecked')?.id}`);
  return lines;
}
