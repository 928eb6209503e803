import type { LintFinding, LintResult, SuppressedFinding } from '../../contract.ts';
import { fails } from '../../core/rules/finding.ts';
import type { ReportContext, Unchecked } from './report.ts';

/** What a report of tests makes of a result. */
export type Point =
  /** At or above --fail-on. */
  | { kind: 'failed'; finding: LintFinding }
  /** Below it. */
  | { kind: 'tolerated'; finding: LintFinding }
  | { kind: 'suppressed'; finding: SuppressedFinding }
  | { kind: 'unchecked'; unchecked: Unchecked }
  /** Nothing was found in the file: without this point, a good run would have no tests and look like none. */
  | { kind: 'clean' };

/** The points of each file, files in the order in which they were read. */
export function pointsByFile(result: LintResult, { files, failOn }: ReportContext): Map<string, Point[]> {
  const points = new Map<string, Point[]>(files.map((file) => [file, []]));
  const add = (file: string, point: Point) => {
    const list = points.get(file);
    if (list) list.push(point);
    else points.set(file, [point]);
  };
  for (const finding of result.findings)
    add(finding.file, { kind: fails(finding.severity, failOn) ? 'failed' : 'tolerated', finding });
  for (const finding of result.suppressed) add(finding.file, { kind: 'suppressed', finding });
  for (const unchecked of result.unchecked) add(unchecked.file, { kind: 'unchecked', unchecked });
  for (const list of points.values()) if (list.length === 0) list.push({ kind: 'clean' });
  return points;
}
