import { expect, it } from 'vitest';
import { verifyTap } from '../../../src/output/verify/tap.ts';
import { expectGolden } from '../../helpers/golden.ts';
import { tapPoints, tapState } from '../../helpers/tap.ts';
import { CLEAN, CONTEXT, RESULT } from './fixture.ts';

it('has everything', () => {
  expectGolden('verify/result.tap', verifyTap(RESULT, CONTEXT));
});

it('says of each state what it is', () => {
  expect(tapPoints(verifyTap(RESULT, CONTEXT)).map(tapState)).toEqual([
    'ok',
    'not ok',
    'not ok',
    'ok SKIP',
    'ok',
    'not ok',
    'not ok TODO',
    'ok SKIP',
  ]);
  expect(tapPoints(verifyTap(CLEAN, CONTEXT)).map(tapState)).toEqual(['ok', 'ok']);
});

it('with --fail-on warning a warning is not to do', () => {
  expect(tapState(tapPoints(verifyTap(RESULT, { ...CONTEXT, failOn: 'warning' }))[6] as never)).toBe('not ok');
});

it('names, reasons and diagnostics come out as they went in', () => {
  const points = tapPoints(verifyTap(RESULT, CONTEXT));
  const nasty = /^a "b" 'c' <d> & \]\]> 100%0A.* \\ # é 漢 😀 \\u001b\[31mred/;
  expect(points[2]?.name).toBe('mcp.server.initialize[fetch] what it looks at');
  expect(points[2]?.diag).toMatchObject({
    check: 'mcp.server.initialize',
    server: 'fetch',
    status: 'fail',
    message: expect.stringMatching(nasty),
    cause: expect.stringMatching(nasty),
    remedies: [expect.stringMatching(nasty), 'mcpk deploy'],
    at: { file: 'my app, 50%#1:a.yaml', line: 9, column: 3 },
  });
  expect(points[1]?.diag).toMatchObject({ status: 'unchecked' });
  expect(points[7]?.skip).toMatch(/^suppressed: a "b"/);
});
