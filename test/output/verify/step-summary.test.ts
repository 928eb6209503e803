import { expect, it } from 'vitest';
import { verifyStepSummary } from '../../../src/output/verify/step-summary.ts';
import { expectGolden } from '../../helpers/golden.ts';
import { breakFetch, CLEAN, RESULT, report, resultOf } from './fixture.ts';

it('has everything', () => {
  expectGolden('verify/step-summary.md', verifyStepSummary(RESULT));
});

it('shows which server is broken where', async () => {
  expectGolden('verify/step-summary-broken.md', verifyStepSummary(await report(breakFetch, 'docker')));
});

it('of nothing says where it looked', () => {
  expect(verifyStepSummary(CLEAN)).toBe(
    '### mcpk verify: 2 passed\n\ndemo: namespace mcp, context kind-dev, in 1.2s.\n',
  );
});

it('every row has its cells, whatever is in them, and no text of others is markup', () => {
  const text = verifyStepSummary(RESULT);
  const cells = (line: string) => line.split(/(?<!\\)(?:\\\\)*\|/).length - 2;
  let width = 0;
  for (const line of text.split('\n')) {
    if (!line.startsWith('|')) width = 0;
    else if (width === 0) width = cells(line);
    else expect(cells(line), line).toBe(width);
  }
  expect(text).toContain('\\<d\\> \\& ');
  expect(text).toContain('\\`e\\` \\*f\\* \\[g\\](h)');
});

it('stays below 1 MiB', () => {
  const wide = '漢'.repeat(5000);
  const checks = RESULT.checks.flatMap((check) =>
    Array.from({ length: 2000 }, (_, i) => ({
      ...check,
      server: `s${i}`,
      message: wide,
      cause: wide,
      remedies: Array(50).fill(wide),
      evidence: Array(50).fill(wide),
      ...(check.reason !== undefined && { reason: wide }),
    })),
  );
  expect(Buffer.byteLength(verifyStepSummary(resultOf(checks)))).toBeLessThan(1024 * 1024);
});
