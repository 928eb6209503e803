import type { LintResult } from '../../contract.ts';
import { ALL_RULES } from '../../core/rules/catalogue.ts';
import type { Severity } from '../../core/rules/finding.ts';
import type { ExitCode } from '../../errors.ts';
import { makeReports, type Reports, type Wanted } from '../report/reports.ts';
import { FORMATS } from './formats.ts';

/** What was found, and what the reports need to know of the run. */
interface Outcome {
  result: LintResult;
  exitCode: ExitCode;
  files: string[];
}

interface Run extends Wanted {
  version: string;
  failOn: Severity;
  warnings: string[];
}

/** Loads the reporters that are wanted, and makes their texts. */
export function reportsOf({ result, exitCode, files }: Outcome, run: Run): Promise<Reports> {
  const { version, failOn, warnings, ...wanted } = run;
  const stepSummary = async () => (await import('./step-summary.ts')).lintStepSummary;
  const own = { rules: ALL_RULES, files, failOn, version, exitCode, warnings };
  return makeReports({ formats: FORMATS, stepSummary }, result, own, wanted);
}
