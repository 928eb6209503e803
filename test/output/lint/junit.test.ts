import { describe, expect, it } from 'vitest';
import type { LintResult } from '../../../src/contract.ts';
import { lintJunit } from '../../../src/output/lint/junit.ts';
import type { ReportContext } from '../../../src/output/lint/report.ts';
import { expectGolden } from '../../helpers/golden.ts';
import { type XmlNode as Node, parseJunit as parse } from '../../helpers/junit.ts';
import { CLEAN, CLEAN_CONTEXT, CONTEXT, many, RESULT } from './fixture.ts';

function suites(result: LintResult, context: ReportContext = CONTEXT): Node[] {
  return parse(lintJunit(result, context)).children;
}

const outcomes = (suite: Node | undefined) => suite?.children.map(({ children }) => children[0]?.name ?? 'passed');

it('has everything', () => {
  const xml = lintJunit(RESULT, CONTEXT);
  parse(xml);
  expectGolden('lint/result.junit.xml', xml);
});

it('has a suite a file, and counts right', () => {
  const root = parse(lintJunit(RESULT, CONTEXT));
  expect(root.children.map(({ attributes }) => attributes['name'])).toEqual([
    'k8s/web.yaml',
    'k8s/clean.yaml',
    'k8s\\my app, 50%#1:a.yaml',
    'k8s/old.yaml',
    'mcpk.yaml',
    'standard input',
  ]);
  for (const suite of root.children) {
    const of = (name: string) => outcomes(suite)?.filter((outcome) => outcome === name).length;
    expect(suite.attributes).toMatchObject({
      tests: String(suite.children.length),
      failures: String(of('failure')),
      skipped: String(of('skipped')),
      errors: '0',
    });
  }
  const sum = (key: string) => root.children.reduce((total, { attributes }) => total + Number(attributes[key]), 0);
  for (const key of ['tests', 'failures', 'skipped']) expect(root.attributes[key]).toBe(String(sum(key)));
});

it('a file where nothing was found is a test that passes', () => {
  for (const suite of suites(CLEAN, CLEAN_CONTEXT)) expect(outcomes(suite)).toEqual(['passed']);
  expect(suites(CLEAN, CLEAN_CONTEXT)).toHaveLength(2);
});

it('a file that a finding names and nobody listed has its suite too', () => {
  expect(
    suites(
      many(1, () => ({ file: 'other.yaml' })),
      CLEAN_CONTEXT,
    ),
  ).toHaveLength(3);
});

it.each([
  ['error', ['failure', 'system-out', 'system-out']],
  ['warning', ['failure', 'failure', 'system-out']],
  ['info', ['failure', 'failure', 'failure']],
] as const)('with --fail-on %s', (failOn, expected) => {
  const severities = ['error', 'warning', 'info'] as const;
  const result = many(3, (i) => ({ severity: severities[i] ?? 'error', file: 'mcpk.yaml' }));
  expect(outcomes(suites(result, { ...CLEAN_CONTEXT, failOn })[0])).toEqual(expected);
});

describe('names', () => {
  const names = (result: LintResult) =>
    suites(result).flatMap(({ children }) =>
      children.map((node) => JSON.stringify([node.attributes['classname'], node.attributes['name']])),
    );

  it('are unique', () => {
    const all = names({ ...RESULT, findings: [...RESULT.findings, ...RESULT.findings] });
    expect(new Set(all).size).toBe(all.length);
  });

  it('stay when lines move', () => {
    const move = (by: number) => many(2, (i) => ({ line: by + i }));
    expect(names(move(1))).toEqual(names(move(100)));
  });
});

it('a failure tells the whole story in its text, which is all that GitLab shows', () => {
  const failure = suites(RESULT)[0]?.children[0]?.children[0];
  expect(failure?.text).toBe(
    [
      'k8s/web.yaml:1:11: error: container c0 may run as root: neither the pod nor the container sets runAsNonRoot, and its image names no user',
      'Deployment web in mcp, container c0',
      'fix: set securityContext.runAsNonRoot: true and securityContext.runAsUser: 1000 in the container, or in the pod for all of them',
      'more: mcpk explain pod-security.run-as-non-root',
    ].join('\n'),
  );
});

it('keeps every character that XML can hold', () => {
  const failure = suites(RESULT)[2]?.children[0]?.children[0];
  expect(failure?.attributes['message']).toBe(
    'a "b" \'c\' <d> & ]]> 100%0A, x:y; ::error::no ##[error]no | `e` *f* [g](h) {0} \\ # é 漢 😀 \\u001b[31mred\\u0007\\u0000\\u0085 \\u202eabc \\ud800 \\ufffe next line',
  );
});
