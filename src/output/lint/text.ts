import type { ChalkInstance } from 'chalk';
import type { LintFinding, LintResult } from '../../contract.ts';
import { fails } from '../../core/rules/finding.ts';
import { cut, manyLines, oneLine } from '../report/safe.ts';
import { fitFrame, wrap } from './layout.ts';
import {
  count,
  counts,
  extent,
  fileName,
  lineAndColumn,
  type ReportContext,
  subject,
  type Unchecked,
  underTemplate,
  where,
} from './report.ts';

/** A rule is shown with its frame and its remedy so many times, then the reader knows. */
const MAX_FULL = 2;
/** And in one file with a line for each finding so many times. */
const MAX_LINES = 5;
/** Names of what was not checked for the same reason. */
const MAX_NAMES = 10;

const COLOURS = { error: 'red', warning: 'yellow', info: 'cyan' } as const;
const INDENT = '      ';

/** The report for people: findings by file, what was not checked, what --fix did or would do, and what it all means. */
export function lintText(result: LintResult, context: ReportContext): string {
  const sections = [
    ...fileSections(result, context),
    ...uncheckedSection(result, context),
    ...fixSections(result, context),
  ];
  return `${[...sections.flatMap((lines) => [...lines, '']), ...conclusion(result, context)].join('\n')}\n`;
}

function fileSections({ findings }: LintResult, context: ReportContext): string[][] {
  const shown = new Map<string, number>();
  const heading = (at: LintFinding) => underTemplate(fileName(at.file), at);
  return [...groupBy(findings, heading)].map(([text, list]) => [
    context.style.bold.underline(text),
    ...fileLines(list, shown, context),
  ]);
}

/** @param shown how often each rule was shown in full, in the files before too */
function fileLines(findings: readonly LintFinding[], shown: Map<string, number>, context: ReportContext): string[] {
  const width = findings.reduce((most, finding) => Math.max(most, lineAndColumn(finding).length), 0);
  const hidden = [...groupBy(findings, ({ rule }) => rule).values()].map(hiddenOf);
  const isHidden = new Set(hidden.flat());
  const groupBehind = new Map(hidden.map((group) => [group[0], group]));
  const lines: string[] = [];
  let afterBlock = false;
  for (const finding of findings) {
    const group = groupBehind.get(finding);
    if (group) lines.push(moreLine(group, context));
    if (isHidden.has(finding)) continue;
    const { rule } = finding;
    const times = shown.get(rule) ?? 0;
    shown.set(rule, times + 1);
    const block = times < MAX_FULL;
    if (lines.length > 0 && (block || afterBlock)) lines.push('');
    lines.push(...headLines(finding, width, context), ...(block ? blockLines(finding, context) : []));
    afterBlock = block;
  }
  return lines;
}

/** The findings of one rule in one file that get no line of their own. */
function hiddenOf(same: readonly LintFinding[]): LintFinding[] {
  return same.length > MAX_LINES + 1 ? same.slice(MAX_LINES) : [];
}

function moreLine(hidden: readonly LintFinding[], { style, unicode, columns }: ReportContext): string {
  const places = hidden.map(lineAndColumn).filter(Boolean).join(', ');
  const text = `and ${hidden.length} more like it${places === '' ? '' : `: ${places}`}`;
  return style.dim(INDENT + cut(text, Math.min(columns, 200) - INDENT.length, more(unicode)));
}

/** `line:column severity message  rule`, wrapped below the message. */
function headLines(finding: LintFinding, width: number, { style, columns }: ReportContext): string[] {
  const { severity, message, rule, fixable } = finding;
  const place = lineAndColumn(finding).padEnd(width);
  const indent = width + severity.length + 6;
  const room = Math.max(30, columns - indent);
  const words = wrap(oneLine(message), room);
  const end = `${rule}${fixable ? ' [--fix]' : ''}`;
  const last = words.at(-1) ?? '';
  const painted = `${style.dim(rule)}${fixable ? style.green(' [--fix]') : ''}`;
  const body =
    last.length + 2 + end.length <= room ? [...words.slice(0, -1), `${last}  ${painted}`] : [...words, painted];
  return body.map((line, i) =>
    i === 0 ? `  ${style.dim(place)}  ${style[COLOURS[severity]](severity)}  ${line}` : ' '.repeat(indent) + line,
  );
}

function blockLines(finding: LintFinding, { style, unicode, columns }: ReportContext): string[] {
  const room = Math.max(30, columns - INDENT.length);
  const about = subject(finding);
  const frame = finding.frame === undefined ? [] : fitFrame(manyLines(finding.frame), room, more(unicode));
  const remedy = wrap(`fix: ${oneLine(finding.remedy)}`, room);
  return [
    ...(about === '' ? [] : [INDENT + about]),
    ...frame.map((line) => INDENT + frameLine(line, style)),
    ...remedy.map((line, i) => INDENT + (i === 0 ? line.replace('fix:', style.cyan('fix:')) : `     ${line}`)),
  ];
}

function frameLine(line: string, style: ChalkInstance): string {
  if (line.startsWith('>')) return style.red('>') + line.slice(1);
  return /^ +\| *\^$/.test(line) ? style.red(line) : style.dim(line);
}

/** What was not checked, by reason: an unreachable registry makes many of one. */
function uncheckedSection({ unchecked }: LintResult, context: ReportContext): string[][] {
  if (unchecked.length === 0) return [];
  const groups = groupBy(unchecked, ({ what, reason }) => `${what}\n${reason}`);
  return [
    [context.style.bold('not checked'), ...[...groups.values()].flatMap((list) => uncheckedLines(list, context))],
  ];
}

function uncheckedLines(list: readonly Unchecked[], { style, columns }: ReportContext): string[] {
  const [first] = list;
  if (!first) return [];
  const names = [...new Set(list.map(({ name }) => oneLine(name)))];
  const isOne = names.length === 1;
  const head = `${isOne ? `${first.what} ${names[0]}` : count(names.length, first.what)}: ${oneLine(first.reason)}`;
  const hidden = names.length - MAX_NAMES;
  const listed = [...names.slice(0, MAX_NAMES), ...(hidden > 0 ? [`and ${hidden} more`] : [])].join(', ');
  const places = `${where(first)}${list.length > 1 ? ` and ${list.length - 1} more` : ''}`;
  return [
    ...wrap(head, columns - 4).map((line, i) => (i === 0 ? `  ${style.magenta('?')} ${line}` : `    ${line}`)),
    ...wrap(isOne ? places : listed, columns - INDENT.length).map((line) => style.dim(INDENT + line)),
  ];
}

function fixSections({ fixes = [] }: LintResult, { style }: ReportContext): string[][] {
  return fixes.map(({ file, rules, written, diff }) => [
    `${written ? style.green('fixed') : 'would be fixed:'} ${style.bold(fileName(file))} (${rules.join(', ')})`,
    ...(diff === undefined
      ? []
      : manyLines(diff)
          .trimEnd()
          .split('\n')
          .map((line) => diffLine(line, style))),
  ]);
}

function diffLine(line: string, style: ChalkInstance): string {
  if (/^(\+\+\+|---)/.test(line)) return style.bold(line);
  if (line.startsWith('+')) return style.green(line);
  if (line.startsWith('-')) return style.red(line);
  return line.startsWith('@@') ? style.cyan(line) : line;
}

function conclusion(result: LintResult, { style, unicode, failOn }: ReportContext): string[] {
  const { summary, findings, suppressed } = result;
  const found = counts(summary).join(', ');
  const size = style.dim(`(${extent(result)})`);
  const hint = suppressed.length > 0 ? [style.dim('--no-ignores shows what is suppressed')] : [];
  if (findings.length === 0) {
    const mark = summary.unchecked > 0 ? style.magenta('?') : style.green(unicode ? '√' : '+');
    return [`${mark} ${['nothing found', ...counts(summary)].join(', ')} ${size}`, ...hint];
  }
  const isFailed = findings.some(({ severity }) => fails(severity, failOn));
  const mark = isFailed ? style.red(unicode ? '×' : 'x') : style.yellow(unicode ? '‼' : '!');
  return [`${mark} ${found} ${size}`, ...hint, ...nextSteps(result)];
}

function nextSteps({ findings, fixes }: LintResult): string[] {
  const fixable = findings.filter((finding) => finding.fixable).length;
  const explain = `mcpk explain ${(findings.find(({ severity }) => severity === 'error') ?? findings[0])?.rule}`;
  const pending = fixes?.some(({ written }) => !written);
  if (pending) return ['next: --fix writes it', `      ${explain}`];
  if (fixable === 0 || fixes) return [`next: ${explain}`];
  return [`next: --fix mends ${fixable} of them, --diff shows how`, `      ${explain}`];
}

function more(unicode: boolean): string {
  return unicode ? '…' : '...';
}

function groupBy<T>(list: readonly T[], keyOf: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>();
  for (const item of list) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}
