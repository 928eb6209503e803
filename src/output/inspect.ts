import type { ChalkInstance } from 'chalk';
import type { InspectResult } from '../contract.ts';

type Line = InspectResult['chain'][number];

const MARKS = { ok: '√', fails: '×', risky: '!', unchecked: '?' } as const;

/** A verdict for people. */
export function inspectText(result: InspectResult, style: ChalkInstance): string {
  const color = { ok: style.green, fails: style.red, risky: style.yellow, unchecked: style.cyan }[result.verdict];
  const who = result.identity ? ` as uid ${result.identity.uid}, gid ${result.identity.gid}` : '';
  const lines = [
    `${color(`${MARKS[result.verdict]} ${result.verdict}`)}  ${style.bold(result.image)}${who}: ${result.summary}`,
    style.dim(
      `  ${result.platform}, ${result.digest}${result.stale ? ' (the registry could not be asked: as it was before)' : ''}`,
    ),
    `  command: ${result.argv.map(quoted).join(' ') || '(none)'}`,
    ...(result.message ? [`  the pod would say: ${style.bold(result.message)}`] : []),
    ...result.warnings.map((warning) => `  ${style.yellow('warning')}: ${warning}`),
    ...(result.verdict === 'ok' ? [] : chainText(result.chain, style)),
    ...remediesText(result, style),
    ...(result.run ? runText(result.run, result.verdict, style) : []),
  ];
  return `${lines.join('\n')}\n`;
}

type Run = NonNullable<InspectResult['run']>;

/** What the trial on the cluster saw, and whether that is what the files said. */
function runText(run: Run, verdict: InspectResult['verdict'], style: ChalkInstance): string[] {
  const where = `in namespace ${run.namespace} of ${run.context}`;
  const as = run.uid === undefined ? '' : ` as uid ${run.uid}, gid ${run.gid}`;
  if (run.ok) {
    const { serverInfo, protocolVersion, tools = [], durationMs } = run;
    const answer = `answers as ${serverInfo?.name} ${serverInfo?.version}, protocol ${protocolVersion}, ${tools.length} tools, in ${durationMs} ms`;
    const note = '  It works although its files say that it fails: please report this as a fault of mcpk.';
    return [`${style.green('√ run')}  ${where}${as}: ${answer}`, ...(verdict === 'fails' ? [style.yellow(note)] : [])];
  }
  return [
    `${style.red('× run')}  ${where}${as} fails at ${run.stage}: ${run.error}`,
    ...(run.stderr && !run.error?.includes(run.stderr) ? [`  it said: ${run.stderr}`] : []),
  ];
}

function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

/** As `namei -l` prints it. */
function chainText(chain: readonly Line[], style: ChalkInstance): string[] {
  return chain.flatMap((line, i) => {
    const before = chain[i - 1];
    const isNew =
      !before || before.of !== line.of || before.role !== line.role || (line.path === '/' && line.depth === 0);
    const head = isNew ? [`  ${line.role} ${style.bold(line.of)}`] : [];
    return [...head, stepText(line, style)];
  });
}

const TYPES = { file: '-', directory: 'd', symlink: 'l', special: 's', missing: '?' } as const;

function stepText(line: Line, style: ChalkInstance): string {
  const name = line.path === '/' ? '/' : (line.path.split('/').at(-1) ?? '');
  const target = line.target === undefined ? '' : ` -> ${line.target}`;
  const owner = line.uid === undefined ? '' : `${line.uid}:${line.gid}`;
  const end = line.errno ? `  ${style.red(`<-- ${line.errno}`)}` : '';
  return `    ${TYPES[line.type]}${permissions(line)} ${owner.padEnd(11)} ${'  '.repeat(line.depth)}${name}${target}${end}`;
}

function permissions({ mode }: Line): string {
  if (mode === undefined) return '?????????';
  const bits = Number.parseInt(mode, 8);
  const letters = [...'rwxrwxrwx'].map((letter, i) => (bits & (1 << (8 - i)) ? letter : '-'));
  const special: [number, number, string][] = [
    [0o4000, 2, 's'],
    [0o2000, 5, 's'],
    [0o1000, 8, 't'],
  ];
  for (const [bit, at, letter] of special)
    if (bits & bit) letters[at] = letters[at] === '-' ? letter.toUpperCase() : letter;
  return letters.join('');
}

function remediesText({ remedies, works, verdict }: InspectResult, style: ChalkInstance): string[] {
  if (verdict === 'ok' || verdict === 'unchecked') return [];
  const list = remedies.flatMap((remedy, i) => [
    `  ${i + 1}. ${remedy.title}`,
    ...(remedy.config ? [`     mcpk.yaml, below the server: ${style.bold(flow(remedy.config))}`] : []),
    ...(remedy.command ? [`     ${style.bold(remedy.command)}`] : []),
    ...(remedy.dockerfile ?? []).map((line) => `     ${style.bold(line)}`),
  ]);
  const identities = works.map(({ runAsUser, runAsGroup }) => `${runAsUser}:${runAsGroup ?? '(no runAsGroup)'}`);
  return [
    list.length > 0 ? style.bold('What helps:') : 'Nothing that mcpk knows helps: another image, or another command.',
    ...list,
    ...(verdict === 'fails' ? [`Works without root as: ${identities.slice(0, 8).join(', ') || 'nobody'}`] : []),
  ];
}

/** YAML's flow style. */
function flow(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(flow).join(', ')}]`;
  if (typeof value === 'object' && value !== null)
    return `{ ${Object.entries(value)
      .map(([key, item]) => `${key}: ${flow(item)}`)
      .join(', ')} }`;
  return String(value);
}
