import { appendFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { writeFileAtomically } from '../adapters/files.ts';
import { pathInRepository } from '../adapters/manifest-files.ts';
import { UsageError } from '../errors.ts';

/** Where a report goes: a format and a file. */
export interface ReportTarget {
  format: string;
  file: string;
}

/** Reads FORMAT=FILE. @throws UsageError */
export function reportTarget(text: string, formats: readonly string[]): ReportTarget {
  const equals = text.indexOf('=');
  const format = text.slice(0, Math.max(0, equals));
  const file = text.slice(equals + 1);
  if (formats.includes(format) && file !== '') return { format, file };
  throw new UsageError('usage.invalid', `--output ${text} is not FORMAT=FILE`, {
    suggestions: [`FORMAT is one of ${formats.join(', ')}`, '--output junit=report.xml'],
  });
}

/** @throws EnvironmentError */
export async function writeReport(cwd: string, file: string, text: string): Promise<void> {
  await writeFileAtomically(resolve(cwd, file), text);
}

/** Adds to the summary of a GitHub job; other steps write there too. A summary that cannot be written fails nothing. */
export async function addToStepSummary(file: string, text: string): Promise<void> {
  await appendFile(file, text).catch(() => {});
}

export { pathInRepository };
