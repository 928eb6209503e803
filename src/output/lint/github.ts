import type { LintFinding, LintResult } from '../../contract.ts';
import { SEVERITIES, type Severity } from '../../core/rules/finding.ts';
import { repositoryPath } from './paths.ts';
import { type At, counts, extent, type ReportContext, subject, uncheckedText, where } from './report.ts';
import { oneLine } from './safe.ts';

/** A step shows no more annotations of one kind; the runner drops the others. */
const MAX_ANNOTATIONS = 10;

const COMMANDS = { error: 'error', warning: 'warning', info: 'notice' } as const;

interface Note {
  rule: string;
  /** The workflow command. */
  command: string;
  /** For the log, where there are more than annotations. */
  line: string;
}

/** Annotations of GitHub Actions; what is beyond its limit stands in the log. */
export function lintGithub(result: LintResult, context: ReportContext): string {
  const lines = SEVERITIES.flatMap((severity) => {
    const notes = result.findings
      .filter((finding) => finding.severity === severity)
      .map((finding) => findingNote(finding, context));
    // What was not looked at is not known to be good: that is worth a warning.
    if (severity === 'warning') notes.push(...uncheckedNotes(result, context));
    return annotations(severity, firstOfEachRuleFirst(notes));
  });
  const verdict = counts(result.summary).join(', ') || 'nothing found';
  return `${[...lines, `mcpk lint: ${verdict} (${extent(result)})`].join('\n')}\n`;
}

function annotations(severity: Severity, notes: readonly Note[]): string[] {
  if (notes.length <= MAX_ANNOTATIONS) return notes.map(({ command }) => command);
  const shown = notes.slice(0, MAX_ANNOTATIONS - 1);
  const rest = notes.slice(MAX_ANNOTATIONS - 1);
  const more = `${rest.length} more ${severity === 'info' ? 'notices' : `${severity}s`}`;
  return [
    ...shown.map(({ command }) => command),
    command(severity, { title: 'mcpk lint' }, `${more}: the log of this step lists them`),
    `::group::${more}`,
    ...rest.map(({ line }) => line),
    '::endgroup::',
  ];
}

/** Thirty findings of one rule must not take the place of the others. */
function firstOfEachRuleFirst(notes: readonly Note[]): Note[] {
  const seen = new Set<string>();
  const isFirst = new Map(notes.map((note) => [note, seen.size !== seen.add(note.rule).size]));
  return notes.toSorted((a, b) => Number(isFirst.get(b)) - Number(isFirst.get(a)));
}

function findingNote(finding: LintFinding, context: ReportContext): Note {
  const { rule, severity, message, remedy, fixable } = finding;
  const about = subject(finding);
  const text = [
    `${finding.file === '-' ? `${where(finding)}: ` : ''}${oneLine(message)}`,
    ...(about === '' ? [] : [about]),
    `fix: ${oneLine(remedy)}${fixable ? ' (mcpk lint --fix does it)' : ''}`,
  ];
  return {
    rule,
    command: command(severity, { ...place(finding, context), title: rule }, text.join('\n')),
    line: logLine(`${where(finding)} ${oneLine(message)}  ${rule}`),
  };
}

function uncheckedNotes({ unchecked }: LintResult, context: ReportContext): Note[] {
  return unchecked.map((one) => ({
    rule: `unchecked ${one.what} ${one.reason}`,
    command: command('warning', { ...place(one, context), title: 'unchecked' }, uncheckedText(one)),
    line: logLine(`${where(one)} ${uncheckedText(one)}`),
  }));
}

interface Properties {
  file?: string;
  line?: number | undefined;
  col?: number | undefined;
  title: string;
}

function place({ file, line, column }: At, { folder }: ReportContext): Omit<Properties, 'title'> {
  return file === '-' ? {} : { file: oneLine(repositoryPath(file, folder)), line, col: column };
}

/** A workflow command, escaped as the runner unescapes it. */
function command(severity: Severity, properties: Properties, message: string): string {
  const list = Object.entries(properties)
    .filter(([, value]) => value !== undefined)
    .map(([key, value]) => `${key}=${escapeData(String(value)).replaceAll(':', '%3A').replaceAll(',', '%2C')}`);
  return `::${COMMANDS[severity]} ${list.join(',')}::${escapeData(message)}`;
}

function escapeData(text: string): string {
  return text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A');
}

/** The runner takes `::` at a line's beginning, and `##[` anywhere in it, for commands: other people's text is none. */
function logLine(text: string): string {
  return `- ${text.replaceAll('##[', '## [')}`;
}
