import type { LintFinding, LintResult } from '../../contract.ts';
import { type Point, pointsByFile } from './points.ts';
import { fileName, type ReportContext, subject, uncheckedText, where } from './report.ts';
import { manyLines, oneLine } from './safe.ts';

/**
 * JUnit XML: a suite a file, a test case a finding. No attribute but those that the schema of Jenkins' xUnit plugin
 * knows (`file` and `line` are not among them: it would refuse the report); names are unique in their suite because
 * GitLab drops repeated ones, and hold no line because it compares branches by them.
 */
export function lintJunit(result: LintResult, context: ReportContext): string {
  const suites = [...pointsByFile(result, context)].map(([file, points]) => suite(fileName(file), points));
  const root = element('testsuites', { name: 'mcpk lint', ...totals(suites.map(({ total }) => total)) }, [
    ...suites.map(({ xml }) => xml),
  ]);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root}\n`;
}

interface Total {
  tests: number;
  failures: number;
  errors: number;
  skipped: number;
  time: number;
}

function totals(all: readonly Total[]): Total {
  const sum = (key: keyof Total) => all.reduce((total, one) => total + one[key], 0);
  return { tests: sum('tests'), failures: sum('failures'), errors: 0, skipped: sum('skipped'), time: 0 };
}

function suite(file: string, points: readonly Point[]): { total: Total; xml: string } {
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
  return { total, xml: element('testsuite', { name: file, ...total }, cases) };
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
      return [element('skipped', { message: oneLine(`suppressed by ${by}: ${reason}`) }), out(story(point.finding))];
    }
    case 'tolerated':
      return [out([...story(point.finding), ...frame(point.finding)])];
    case 'failed': {
      const { message, severity } = point.finding;
      // GitLab shows the text and drops the attribute, Jenkins shows both.
      return [
        element('failure', { message: oneLine(message), type: severity }, [text(story(point.finding))]),
        ...(point.finding.frame === undefined ? [] : [out(frame(point.finding))]),
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

function out(lines: readonly string[]): string {
  return element('system-out', {}, [text(lines)]);
}

function text(lines: readonly string[]): string {
  return escapeXml(lines.join('\n'));
}

/** Children that are elements stand on lines of their own; white space in text counts, so text stays as it is. */
function element(name: string, attributes: object, children: readonly string[] = []): string {
  const head = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(String(value))}"`);
  if (children.length === 0) return `<${name}${head.join('')}/>`;
  const body = children.every((child) => child.startsWith('<')) ? `\n${children.join('\n')}\n` : children.join('');
  return `<${name}${head.join('')}>${body}</${name}>`;
}

function escapeXml(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
