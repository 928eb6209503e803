import type { ChalkInstance } from 'chalk';
import type { CheckResult, VerifyResult } from '../contract.ts';
import { formatDuration } from '../core/deploy/duration.ts';
import { isUnicode } from './terminal.ts';

type Status = CheckResult['status'];

const SYMBOLS: Record<
  Status,
  { unicode: string; ascii: string; colour: 'green' | 'yellow' | 'red' | 'dim' | 'magenta' }
> = {
  pass: { unicode: '√', ascii: '+', colour: 'green' },
  warn: { unicode: '‼', ascii: '!', colour: 'yellow' },
  fail: { unicode: '×', ascii: 'x', colour: 'red' },
  skipped: { unicode: '○', ascii: '-', colour: 'dim' },
  unchecked: { unicode: '?', ascii: '?', colour: 'magenta' },
};

/** A larger app's matrix scrolls away what matters. */
const MATRIX_MAX_SERVERS = 20;
const MATRIX_CATEGORIES = ['local', 'resource', 'workload', 'security', 'network', 'server', 'gateway', 'mcp'];

export interface TextOptions {
  unicode: boolean;
}

interface Painter {
  style: ChalkInstance;
  symbol: (status: Status) => string;
}

/** The report for people: checks by category, each bad one with its cause and what to do, and what it all means. */
export function verifyText(result: VerifyResult, { unicode }: TextOptions): (style: ChalkInstance) => string {
  return (style) => {
    const painter: Painter = {
      style,
      symbol: (status) => style[SYMBOLS[status].colour](unicode ? SYMBOLS[status].unicode : SYMBOLS[status].ascii),
    };
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
    lines.push(...matrix(result, painter), '', ...conclusion(result, style));
    return `${lines.join('\n')}\n`;
  };
}

/** Blocked by a check of the whole app: one line at that check says more than one line for each. */
function isBehindTheApp({ status, blockedBy }: CheckResult): boolean {
  return status === 'skipped' && blockedBy !== undefined && !blockedBy.endsWith(']');
}

function waitingLines(check: CheckResult, { checks }: VerifyResult, { style, symbol }: Painter): string[] {
  const waiting = checks.filter((other) => isBehindTheApp(other) && other.blockedBy === key(check)).length;
  return waiting === 0
    ? []
    : [`    ${symbol('skipped')} ${style.dim(`${waiting} more could not be tried because of it`)}`];
}

function checkLines(check: CheckResult, { style, symbol }: Painter): string[] {
  const { status, message, durationMs } = check;
  const name = key(check);
  const details = [message, durationMs >= 1 ? formatDuration(durationMs) : undefined].filter(
    (part) => part !== undefined,
  );
  const quiet = status === 'pass' || status === 'skipped';
  const note = quiet ? style.dim(details.length > 0 ? ` (${details.join(', ')})` : '') : `: ${message ?? ''}`;
  const line = `${symbol(status)} ${status === 'skipped' ? style.dim(name) : name}  ${status === 'skipped' ? style.dim(check.title) : check.title}${note}`;
  return quiet ? [line] : [line, ...storyLines(check, style)];
}

function storyLines({ cause, remedies = [], evidence = [], id }: CheckResult, style: ChalkInstance): string[] {
  const lines = [];
  if (cause) lines.push(`    ${cause}`);
  for (const remedy of remedies) lines.push(`    ${style.cyan('fix:')} ${remedy}`);
  for (const seen of evidence) lines.push(style.dim(`    seen: ${seen}`));
  lines.push(style.dim(`    more: mcpk explain ${id}`));
  return lines;
}

/** One row a server, one column a category: the worst status of each. */
function matrix({ checks }: VerifyResult, { style, symbol }: Painter): string[] {
  const servers = [...new Set(checks.flatMap(({ server }) => (server === undefined ? [] : [server])))];
  const columns = MATRIX_CATEGORIES.filter((category) =>
    checks.some((check) => check.category === category && check.server !== undefined),
  );
  if (checks.every((check) => check.server === undefined || isBehindTheApp(check))) return [];
  if (servers.length < 2 || servers.length > MATRIX_MAX_SERVERS || columns.length === 0) return [];
  const width = Math.max(...servers.map((server) => server.length), 'server'.length);
  const rows = servers.map((server) => {
    const cells = columns.map((column) => {
      const worst = worstOf(
        checks.filter((check) => check.server === server && check.category === column).map(({ status }) => status),
      );
      return (worst ? symbol(worst) : ' ') + ' '.repeat(column.length - 1);
    });
    return `${server.padEnd(width)}  ${cells.join('  ').trimEnd()}`;
  });
  return ['', style.bold(`${'server'.padEnd(width)}  ${columns.join('  ')}`), ...rows];
}

function worstOf(statuses: Status[]): Status | undefined {
  return (['fail', 'unchecked', 'skipped', 'warn', 'pass'] as const).find((status) => statuses.includes(status));
}

function whereItRuns({ target, namespace, context, url }: VerifyResult): string {
  return target === 'local' ? (url ?? 'this machine') : `namespace ${namespace}, context ${context}`;
}

function conclusion(
  { summary, broken, durationMs, checks, target, namespace }: VerifyResult,
  style: ChalkInstance,
): string[] {
  const parts = [
    style.green(`${summary.pass} passed`),
    summary.warn > 0 && style.yellow(`${summary.warn} warning${summary.warn === 1 ? '' : 's'}`),
    summary.fail > 0 && style.red(`${summary.fail} failed`),
    summary.skipped > 0 && `${summary.skipped} skipped`,
    summary.unchecked > 0 && style.magenta(`${summary.unchecked} unchecked`),
  ];
  const lines = [`${parts.filter(Boolean).join(', ')} (${formatDuration(durationMs)})`];
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

function key({ id, server }: CheckResult): string {
  return server === undefined ? id : `${id}[${server}]`;
}

interface ListedCheck {
  id: string;
  category: string;
  title: string;
  severity: string;
}

export function checkListText(checks: readonly ListedCheck[]): string {
  const width = Math.max(...checks.map(({ id }) => id.length));
  const lines = checks.map(({ id, severity, title }) => `${id.padEnd(width)}  ${severity.padEnd(7)}  ${title}`);
  return `${lines.join('\n')}\n`;
}

interface ProgressState {
  done: number;
  total: number;
  running: readonly string[];
}

/** What a run shows while it lasts: one line that is written over on a terminal, else nothing. */
export function progressLine(stream: NodeJS.WriteStream, env: NodeJS.ProcessEnv, quiet: boolean) {
  const live = stream.isTTY === true && !quiet;
  const erase = '\r\u001b[2K';
  return {
    /** Whether the terminal can be trusted with more than ASCII. */
    unicode: isUnicode(env),
    update: ({ done, total, running }: ProgressState) => {
      if (!live) return;
      const line = `${done}/${total} ${running.join(' ')}`;
      stream.write(`${erase}${line.slice(0, Math.max(10, (stream.columns ?? 80) - 1))}`);
    },
    clear: () => {
      if (live) stream.write(erase);
    },
  };
}
