import type { ChalkInstance } from 'chalk';
import type { LintResult } from '../../contract.ts';
import { ALL_RULES } from '../../core/rules/catalogue.ts';
import type { Severity } from '../../core/rules/finding.ts';
import type { ExitCode } from '../../errors.ts';
import { isUnicode } from '../terminal.ts';
import { FORMATS, type Format } from './formats.ts';
import type { ReportContext, Reporter } from './report.ts';

/** What was found, and what the reports need to know of the run. */
interface Outcome {
  result: LintResult;
  exitCode: ExitCode;
  files: string[];
}

interface Wanted {
  version: string;
  failOn: Severity;
  warnings: string[];
  env: NodeJS.ProcessEnv;
  /** Path from the root of the repository to the working folder. */
  folder: string;
  /** Width of the terminal; undefined where stdout is none. */
  columns: number | undefined;
  /** What stdout gets; undefined is text, with annotations on GitHub Actions. */
  format: Format | undefined;
  /** Formats that go to files. */
  also: readonly string[];
}

/** Loads the reporters that are wanted, and makes their texts. */
export async function reportsOf({ result, exitCode, files }: Outcome, wanted: Wanted) {
  const { env, format, version, failOn, warnings, folder, columns = Number.POSITIVE_INFINITY } = wanted;
  const onGitHub = env['GITHUB_ACTIONS'] === 'true';
  const printed: Format[] = format ? [format] : onGitHub ? ['text', 'github'] : ['text'];
  const reporters = new Map<string, Reporter>();
  for (const word of [...printed, ...(wanted.also as Format[])]) reporters.set(word, await FORMATS[word]());
  const { plainStyle } = await import('../style.ts');
  const base = { version, rules: ALL_RULES, files, failOn, exitCode, warnings, folder, onGitHub };
  const toFile: ReportContext = { ...base, style: plainStyle(), unicode: true, columns: Number.POSITIVE_INFINITY };
  const make = (word: string, context: ReportContext) => reporters.get(word)?.(result, context) ?? '';
  const summaryFile = env['GITHUB_STEP_SUMMARY'];
  const wantsSummary = onGitHub && summaryFile && printed.includes('github');
  return {
    printed: (style: ChalkInstance) =>
      printed.map((word) => make(word, { ...toFile, style, unicode: isUnicode(env), columns })).join(''),
    file: (word: string) => make(word, toFile),
    stepSummary: wantsSummary
      ? { file: summaryFile, text: (await import('./step-summary.ts')).lintStepSummary(result, toFile) }
      : undefined,
  };
}
