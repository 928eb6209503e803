import type { LintFinding, LintResult } from '../../contract.ts';
import { manyLines, oneLine } from '../report/safe.ts';
import { element, junitXml, type Suite, systemOut, xmlText } from '../report/xml.ts';
import { type Point, pointsByFile } from './points.ts';
import { fileName, type ReportContext, subject, uncheckedText, where } from './report.ts';

/**
 * JUnit XML: a suite a file, a test case a finding. Names are unique in their suite because GitLab drops repeated ones,
 * and hold no line because it compares branches by them.
 */
export function lintJunit(result: LintResult, context: ReportContext): string {
  const suites = [...pointsByFile(result, context)].map(([file, points]) => suite(fileName(file), points));
  return junitXml('mcpk lint', suites);
}

function suite(file: string, points: readonly Point[]): Suite {
  const seen = new Map<string, number>();
  const unique = (name: string) => {
    const times = (seen.get(name) ?? 0) + 1;
    seen.set(name, times);
    return times === 1 ? name : `${name} (${times})`;
  };
  const of = (...kinds: Point['kind'][]) => points.filter(({ kind }) => kinds.includes(kind)).length;
  const total = {
    tests: points.length,
    failures: of('failed'),
    errors: 0,
    skipped: of('suppressed', 'unchecked'),
    time: 0,
  };
  const cases = points.map((point) =>
    element('testcase', { classname: file, name: unique(caseName(point)), time: 0 }, outcome(point)),
  );
  return { name: file, total, cases };
}

function caseName(point: Point): string {
  if (point.kind === 'clean') return 'no findings';
  if (point.kind === 'unchecked') return oneLine(`unchecked: ${point.unchecked.what} ${point.unchecked.name}`);
  return [point.finding.rule, subject(point.finding)].filter(Boolean).join(': ');
}

function outcome(point: Point): string[] {
  switch (point.kind) {
    case 'clean':
      return [];
    case 'unchecked':
      return [element('skipped', { message: uncheckedText(point.unchecked) })];
    case 'suppressed': {
      const { by, reason } = point.finding.suppressed;
      return [
        element('skipped', { message: oneLine(`suppressed by ${by}: ${reason}`) }),
        systemOut(story(point.finding)),
      ];
    }
    case 'tolerated':
      return [systemOut([...story(point.finding), ...frame(point.finding)])];
    case 'failed': {
      const { message, severity } = point.finding;
      // GitLab shows the text and drops the attribute, Jenkins shows both.
      return [
        element('failure', { message: oneLine(message), type: severity }, [xmlText(story(point.finding))]),
        ...(point.finding.frame === undefined ? [] : [systemOut(frame(point.finding))]),
      ];
    }
  }
}

function story(finding: LintFinding): string[] {
  const { severity, message, remedy, rule } = finding;
  return [
    `${where(finding)}: ${severity}: ${oneLine(message)}`,
    ...[subject(finding)].filter(Boolean),
    `fix: ${oneLine(remedy)}`,
    `more: mcpk explain ${rule}`,
  ];
}

function frame(finding: LintFinding): string[] {
  return finding.frame === undefined ? [] : [manyLines(finding.frame)];
}
