import type { LintFinding, LintResult } from '../../contract.ts';
import { SEVERITIES, type Severity } from '../../core/rules/finding.ts';
import type { Rule } from '../../core/rules/rule.ts';
import type { Look, RunContext } from '../report/reports.ts';
import { oneLine } from '../report/safe.ts';

/** What a report needs besides the result. */
export interface ReportContext extends RunContext, Look {
  /** Every rule that was looked for. */
  rules: readonly Pick<Rule, 'id' | 'severity' | 'page'>[];
  /** Every file that was read, named as findings name it: those without a finding are reported too. */
  files: readonly string[];
  /** The mildest severity that fails the run. */
  failOn: Severity;
}

/** Makes the whole text of one format, newline at its end. */
export type Reporter = (result: LintResult, context: ReportContext) => string;

export type Unchecked = LintResult['unchecked'][number];

/** Where something is; `-` is standard input, and no line means the whole file. Both count from 1. */
export interface At {
  file: string;
  line?: number | undefined;
  column?: number | undefined;
  /** What that was rendered from. */
  template?: string | undefined;
}

/** `12:9`; empty where the file as a whole is meant. */
export function lineAndColumn({ line, column }: At): string {
  if (line === undefined) return '';
  return column === undefined ? String(line) : `${line}:${column}`;
}

export function fileName(file: string): string {
  return file === '-' ? 'standard input' : oneLine(file);
}

/** `k8s/web.yaml:12:9`; `app/templates/web.yaml (standard input:12:9)` for what was rendered from a template. */
export function where(at: At): string {
  return underTemplate([fileName(at.file), lineAndColumn(at)].filter(Boolean).join(':'), at);
}

/** The file that people edit comes first. */
export function underTemplate(text: string, { template }: At): string {
  return template === undefined ? text : `${oneLine(template)} (${text})`;
}

/** `Deployment web in mcp, container app`; empty where the finding is about a file. */
export function subject({ object, server, container }: LintFinding): string {
  const name =
    object && `${object.kind} ${object.name}${object.namespace === undefined ? '' : ` in ${object.namespace}`}`;
  const parts = [name, server && `server ${server}`, container && `container ${container}`];
  return oneLine(parts.filter(Boolean).join(', '));
}

export function uncheckedText({ what, name, reason }: Unchecked): string {
  return oneLine(`${what} ${name} was not checked: ${reason}`);
}

const WORDS: Readonly<Record<string, string>> = {
  error: 'errors',
  warning: 'warnings',
  image: 'images',
  kind: 'kinds',
};

/** `1 error`, `2 errors`, `2 suppressed` */
export function count(n: number, word: string): string {
  return `${n} ${n === 1 ? word : (WORDS[word] ?? word)}`;
}

/** `2 errors, 1 warning`: what there is, the worst first; empty where there is nothing. */
export function counts(summary: LintResult['summary']): string[] {
  return ([...SEVERITIES, 'unchecked', 'suppressed'] as const)
    .filter((key) => summary[key] > 0)
    .map((key) => count(summary[key], key));
}

/** `12 files, 40 objects` */
export function extent({ files, objects }: LintResult): string {
  return `${files} file${files === 1 ? '' : 's'}, ${objects} object${objects === 1 ? '' : 's'}`;
}
