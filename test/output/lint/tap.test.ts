import type { Result } from 'tap-parser';
import { expect, it } from 'vitest';
import type { LintResult } from '../../../src/contract.ts';
import type { ReportContext } from '../../../src/output/lint/report.ts';
import { lintTap } from '../../../src/output/lint/tap.ts';
import { expectGolden } from '../../helpers/golden.ts';
import { tapPoints, tapState } from '../../helpers/tap.ts';
import { CLEAN, CLEAN_CONTEXT, CONTEXT, many, RESULT } from './fixture.ts';

const points = (result: LintResult, context: ReportContext = CONTEXT) => tapPoints(lintTap(result, context));
const states = (list: Result[]) => list.map(tapState);

it('has everything', () => {
  points(RESULT);
  expectGolden('lint/result.tap', lintTap(RESULT, CONTEXT));
});

it('has a point for each finding, each thing unchecked and each clean file', () => {
  const list = states(points(RESULT));
  const of = (state: string) => list.filter((one) => one === state).length;
  expect([of('not ok'), of('not ok TODO'), of('ok SKIP'), of('ok')]).toEqual([3, 14, 17, 1]);
  expect(list).toHaveLength(35);
});

it('a file where nothing was found is ok', () => {
  expect(lintTap(CLEAN, CLEAN_CONTEXT)).toBe('TAP version 14\n1..2\nok 1 - mcpk.yaml\nok 2 - k8s/web.yaml\n');
});

it('what is milder than --fail-on is to do', () => {
  const mild = many(1, () => ({ severity: 'warning', file: 'mcpk.yaml' }));
  expect(states(points(mild, CLEAN_CONTEXT))[0]).toBe('not ok TODO');
  expect(states(points(mild, { ...CLEAN_CONTEXT, failOn: 'warning' }))[0]).toBe('not ok');
});

it('names, reasons and diagnostics come out as they went in', () => {
  const list = points(RESULT);
  const nasty = list.find(({ name }) => name.startsWith('k8s\\my app'));
  expect(nasty?.name).toMatch(
    /^k8s\\my app, 50%#1:a\.yaml:1:120 a "b" 'c' <d> & ]]> 100%0A.* \\ # é 漢 😀 \\u001b\[31mred/,
  );
  expect(nasty?.diag).toMatchObject({
    rule: 'secret.literal',
    severity: 'error',
    about: 'Secret a]]>b',
    fixable: false,
    at: { file: 'k8s\\my app, 50%#1:a.yaml', line: 1, column: 120, pointer: '/data/a~1b\\u009b c' },
  });
  expect(nasty?.diag?.remedy).toMatch(/^name a Secret; a "b" 'c'.* \\ # é/);
  const waived = list.find(({ skip }) => String(skip).startsWith('suppressed by comment'));
  expect(waived?.skip).toMatch(/the node has swap; a "b".* \\ # é/);
});

it('a frame keeps its shape', () => {
  const [, second] = points(RESULT);
  expect(second?.diag?.frame).toEqual(RESULT.findings[1]?.frame?.split('\n'));
});
