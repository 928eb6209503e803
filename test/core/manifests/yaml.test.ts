import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse, parseAllDocuments } from 'yaml';
import { toYaml, toYamlDocuments } from '../../../src/core/manifests/yaml.ts';

const tricky = fc.constantFrom(
  '',
  ' ',
  'yes',
  'NO',
  'null',
  '~',
  '1e3',
  '0x1F',
  '012',
  '1:30',
  '.5',
  '-',
  '- a',
  'a: b',
  'a #b',
  '#',
  '&a',
  '*a',
  '!t',
  '%',
  '@',
  '`',
  '"',
  "'",
  '\\',
  'a\nb\n',
  'a\n',
  '\n',
  ' a\n b\n',
  'a \nb\n',
  '---',
  '...',
  '2026-11-23',
  'é',
  '\u0085',
  '\u2028',
  '\ufeff',
  '=',
  '<<',
  '$(X)',
  '{a}',
  '[b]',
  'a,b',
  '|',
  '>',
  '?',
  'a\tb',
  'a\r\nb\n',
  '\u0007',
);
const value = fc.letrec((tie) => ({
  any: fc.oneof(
    { depthSize: 'small' },
    tricky,
    fc.string(),
    fc.string({ unit: 'binary' }),
    fc.integer(),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('any'), { maxLength: 4 }),
    fc.dictionary(fc.oneof(tricky, fc.string()), tie('any'), { maxKeys: 4, noNullPrototype: true }),
  ),
})).any;

describe('the YAML writer', () => {
  it.each(['1.2', '1.1'] as const)('is read back the same by YAML %s', (version) => {
    fc.assert(
      fc.property(value, (data) => {
        fc.pre(!JSON.stringify(data).includes('__proto__'));
        // JSON has no -0, and neither has a manifest.
        expect(parse(toYaml(data), { version, maxAliasCount: -1 })).toEqual(JSON.parse(JSON.stringify(data)));
      }),
      { numRuns: 3000 },
    );
  });

  it('writes as kubectl does', () => {
    expect(
      toYaml({
        a: { b: [1, 'x'], c: [], d: {} },
        e: [{ f: 'yes', g: [{ h: null }] }],
        i: undefined,
        text: 'one\n\ntwo\n',
      }),
    ).toBe('a:\n  b:\n  - 1\n  - x\n  c: []\n  d: {}\ne:\n- f: "yes"\n  g:\n  - h: null\ntext: |\n  one\n\n  two\n');
  });

  it.each(['e0', 'E-1', 'no', '1', 'null', '~', '.5'])('%s stays text for every reader', (word) => {
    for (const version of ['1.2', '1.1'] as const)
      expect(parse(toYaml({ [word]: word }), { version })).toEqual({ [word]: word });
  });

  it('separates documents', () => {
    expect(
      parseAllDocuments(toYamlDocuments([{ a: 1 }, { b: 2 }])).map((d) => (d as { toJS(): unknown }).toJS()),
    ).toEqual([{ a: 1 }, { b: 2 }]);
  });

  it('refuses what has no form', () => {
    expect(() => toYaml({ a: Number.NaN })).toThrow(TypeError);
    expect(() => toYaml({ a: () => 1 })).toThrow(TypeError);
  });
});
