import type { LintFinding, LintResult } from '../../contract.ts';
import { manyLines, oneLine } from '../report/safe.ts';
import { diagnosticBlock, escapeTap, listOf, quoted, tapStream } from '../report/tap.ts';
import { type Point, pointsByFile } from './points.ts';
import { fileName, type ReportContext, subject, uncheckedText, where } from './report.ts';

/**
 * TAP 14: a test point a finding, one for each thing that was not checked, one for each file without either. What is
 * below --fail-on is `TODO`: harnesses list it, and must not fail because of it.
 */
export function lintTap(result: LintResult, context: ReportContext): string {
  const points = [...pointsByFile(result, context)].flatMap(([file, list]) => list.map((point) => ({ file, point })));
  return tapStream(
    points.map(
      ({ file, point }) =>
        (id) =>
          pointLines(id, file, point, context),
    ),
  );
}

function pointLines(id: number, file: string, point: Point, { failOn }: ReportContext): string[] {
  switch (point.kind) {
    case 'clean':
      return [`ok ${id} - ${escapeTap(fileName(file))}`];
    case 'unchecked':
      return [`ok ${id} - ${escapeTap(where(point.unchecked))} # SKIP ${escapeTap(uncheckedText(point.unchecked))}`];
    case 'suppressed': {
      const { by, reason } = point.finding.suppressed;
      return [`ok ${id} - ${title(point.finding)} # SKIP ${escapeTap(oneLine(`suppressed by ${by}: ${reason}`))}`];
    }
    case 'tolerated':
      return [`not ok ${id} - ${title(point.finding)} # TODO milder than ${failOn}`, ...diagnostics(point.finding)];
    case 'failed':
      return [`not ok ${id} - ${title(point.finding)}`, ...diagnostics(point.finding)];
  }
}

function title(finding: LintFinding): string {
  return escapeTap(`${where(finding)} ${oneLine(finding.message)} (${finding.rule})`);
}

function diagnostics(finding: LintFinding): string[] {
  const { rule, severity, remedy, fixable, file, line, column, pointer, frame } = finding;
  const about = subject(finding);
  return diagnosticBlock([
    `rule: ${quoted(rule)}`,
    `severity: ${severity}`,
    `remedy: ${quoted(oneLine(remedy))}`,
    ...(about === '' ? [] : [`about: ${quoted(about)}`]),
    `fixable: ${fixable}`,
    'at:',
    `  file: ${quoted(fileName(file))}`,
    ...(line === undefined ? [] : [`  line: ${line}`]),
    ...(column === undefined ? [] : [`  column: ${column}`]),
    ...(pointer === undefined ? [] : [`  pointer: ${quoted(oneLine(pointer))}`]),
    ...listOf('frame', frame === undefined ? [] : manyLines(frame).split('\n')),
  ]);
}
