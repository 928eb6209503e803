import { expect, it } from 'vitest';
import { FORMATS, type Format } from '../../../src/output/verify/formats.ts';
import { CLEAN, CONTEXT, RESULT } from './fixture.ts';

it.each(Object.keys(FORMATS) as Format[])('%s is text that ends its last line, the same each time', async (format) => {
  const make = await FORMATS[format]();
  const before = structuredClone(RESULT);
  for (const result of [RESULT, CLEAN]) {
    expect(make(result, CONTEXT)).toMatch(/[^\n]\n$/);
    expect(make(result, CONTEXT)).toBe(make(result, CONTEXT));
  }
  expect(RESULT).toEqual(before);
});

it('json is the envelope of every command', async () => {
  const make = await FORMATS.json();
  expect(JSON.parse(make(RESULT, { ...CONTEXT, warnings: ['w'] }))).toMatchObject({
    schemaVersion: 1,
    ok: false,
    command: 'verify',
    result: { summary: { suppressed: 1 } },
    warnings: ['w'],
  });
});
