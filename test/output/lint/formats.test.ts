import { expect, it } from 'vitest';
import { FORMATS, type Format } from '../../../src/output/lint/formats.ts';
import { CLEAN, CLEAN_CONTEXT, CONTEXT, RESULT } from './fixture.ts';

it.each(Object.keys(FORMATS) as Format[])('%s is text that ends its last line', async (format) => {
  const report = await FORMATS[format]();
  for (const text of [report(RESULT, CONTEXT), report(CLEAN, CLEAN_CONTEXT)]) expect(text).toMatch(/[^\n]\n$/);
});

it('json is the envelope of every command', async () => {
  const report = await FORMATS.json();
  expect(JSON.parse(report(RESULT, { ...CONTEXT, warnings: ['w'] }))).toEqual({
    schemaVersion: 1,
    ok: false,
    command: 'lint',
    result: RESULT,
    warnings: ['w'],
  });
});

it.each(Object.keys(FORMATS) as Format[])(
  '%s is the same each time, and leaves the result as it was',
  async (format) => {
    const report = await FORMATS[format]();
    const before = structuredClone(RESULT);
    expect(report(RESULT, CONTEXT)).toBe(report(RESULT, CONTEXT));
    expect(RESULT).toEqual(before);
  },
);
