import type { VerifyResult } from '../../contract.ts';
import type { FailOn } from '../../core/checks/verdict.ts';
import type { ExitCode } from '../../errors.ts';
import { makeReports, type Reports, type Wanted } from '../report/reports.ts';
import { FORMATS } from './formats.ts';

interface Outcome {
  result: VerifyResult;
  exitCode: ExitCode;
  remarks: string[];
}

interface Run extends Wanted {
  version: string;
  failOn: FailOn;
}

/** Loads the reporters that are wanted, and makes their texts. */
export function reportsOf({ result, exitCode, remarks }: Outcome, run: Run): Promise<Reports> {
  const { version, failOn, ...wanted } = run;
  const stepSummary = async () => (await import('./step-summary.ts')).verifyStepSummary;
  const own = { version, failOn, exitCode, warnings: remarks };
  return makeReports({ formats: FORMATS, stepSummary }, result, own, wanted);
}
