import { expect, it } from 'vitest';
import { BASELINE_CHECKS } from '../../../src/core/checks/baseline-checks.ts';
import { CHECKS } from '../../../src/core/checks/catalogue.ts';
import { checkListText } from '../../../src/output/verify/list.ts';
import { progressLine } from '../../../src/output/verify/progress.ts';
import { verifyShort, verifyText } from '../../../src/output/verify/text.ts';
import { expectGolden } from '../../helpers/golden.ts';
import { breakFetch, CLEAN, CONTEXT, RESULT, report } from './fixture.ts';

it('reports a healthy app', async () => {
  expectGolden('verify/healthy.txt', verifyText(await report(() => {}), CONTEXT));
});

it('reports the seed’s broken server', async () => {
  expectGolden('verify/broken-fetch.txt', verifyText(await report(breakFetch, 'docker'), CONTEXT));
});

it('reports what could not be checked, in ASCII', async () => {
  const result = await report((world) => world.denied.add('create pods/exec'));
  const text = verifyText(result, { ...CONTEXT, unicode: false });
  expectGolden('verify/unchecked-ascii.txt', text);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is the point
  expect(text).toMatch(/^[\x09\x0a\x20-\x7e]*$/);
});

it('reports every state, and nothing of a log reaches the terminal as it is', () => {
  const text = verifyText(RESULT, CONTEXT);
  expectGolden('verify/states.txt', text);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is the point
  expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u202e]/);
});

it('in short says what is not as it should be, and no more', () => {
  expectGolden('verify/states.short.txt', verifyShort(RESULT, CONTEXT));
  expect(verifyShort(CLEAN, CONTEXT)).toBe('demo: namespace mcp, context kind-dev\n2 passed (1.2s)\n');
});

it('a suppressed failure is never among what passed', () => {
  for (const text of [verifyText(RESULT, CONTEXT), verifyShort(RESULT, CONTEXT)]) {
    expect(text).toContain('~ perf.connect[time]');
    expect(text).toContain('1 suppressed');
    expect(text).toContain('2 passed');
  }
});

it('lists the checks', () => {
  expectGolden('verify/list.txt', checkListText([...CHECKS, ...BASELINE_CHECKS]));
});

it.each([
  ['a terminal', true, false, true],
  ['no terminal', false, false, false],
  ['--json on a terminal', true, true, false],
])('on %s', (_name, isTTY, quiet, expected) => {
  const written: string[] = [];
  const stream = { isTTY, columns: 20, write: (text: string) => written.push(text) } as unknown as NodeJS.WriteStream;
  const progress = progressLine(stream, quiet);
  progress.update({ done: 1, total: 2, running: ['workload.ready[duckduckgo]'] });
  progress.clear();
  expect(written.length > 0).toBe(expected);
  if (expected) expect(written).toEqual(['\r\u001b[2K1/2 workload.ready[', '\r\u001b[2K']);
});
