import { expect, it } from 'vitest';
import { lintStepSummary } from '../../../src/output/lint/step-summary.ts';
import { expectGolden } from '../../helpers/golden.ts';
import { CLEAN, CLEAN_CONTEXT, CONTEXT, many, RESULT } from './fixture.ts';

it('has everything', () => {
  expectGolden('lint/step-summary.md', lintStepSummary(RESULT, CONTEXT));
});

it('of nothing says what was looked at', () => {
  expect(lintStepSummary(CLEAN, CLEAN_CONTEXT)).toBe('### mcpk lint: nothing found\n\nLooked at 2 files, 9 objects.\n');
});

it('every row has its cells, whatever is in them', () => {
  const cells = (line: string) => line.split(/(?<!\\)(?:\\\\)*\|/).length - 2;
  let width = 0;
  for (const line of lintStepSummary(RESULT, CONTEXT).split('\n')) {
    if (!line.startsWith('|')) width = 0;
    else if (width === 0) width = cells(line);
    else expect(cells(line), line).toBe(width);
  }
});

it('no text of a file is markup', () => {
  expect(lintStepSummary(RESULT, CONTEXT)).toContain('\\<d\\> \\&');
  expect(lintStepSummary(RESULT, CONTEXT)).toContain('\\`e\\` \\*f\\* \\[g\\](h)');
});

it('stays below 1 MiB', () => {
  const wide = '漢'.repeat(5000);
  const result = many(5000, () => ({ message: wide, remedy: wide, file: wide, object: { kind: wide, name: wide } }));
  const suppressed = result.findings.map((finding) => ({
    ...finding,
    suppressed: { by: 'config' as const, reason: wide },
  }));
  const unchecked = result.findings.map(({ file }) => ({ what: 'image' as const, name: wide, reason: wide, file }));
  const text = lintStepSummary({ ...result, suppressed, unchecked }, CONTEXT);
  expect(Buffer.byteLength(text)).toBeLessThan(1024 * 1024);
  expect(text.match(/^and 4900 more$/gm)).toHaveLength(3);
});
