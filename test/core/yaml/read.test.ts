import fc from 'fast-check';
import { dump } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { readManifests } from '../../../src/core/lint/sources.ts';
import { toYaml } from '../../../src/core/manifests/yaml.ts';
import { readYaml } from '../../../src/core/yaml/read.ts';

const valuesOf = (text: string) => readYaml(text).documents.map(({ value }) => value);

describe('text is read as kubectl reads it', () => {
  it.each<[string, unknown]>([
    ['yes', true],
    ['Off', false],
    ['y', true],
    ['"yes"', 'yes'],
    ['0644', 420],
    ['0o17', 15],
    ['0x1F', 31],
    ['0b101', 5],
    ['-0b101', -5],
    ['1_000', 1000],
    ['08', 8],
    ['1e3', 1000],
    ['.5', 0.5],
    ['+12', 12],
    ['1:30', '1:30'],
    ['2001-12-14', '2001-12-14'],
    ['1.2.3', '1.2.3'],
    ['~', undefined],
    ['!!str 1', '1'],
    ['trUe', 'trUe'],
    ['-', undefined],
  ])('%s', (text, value) => {
    const [document] = valuesOf(`- x\n- ${text}\n`) as [unknown[]];
    expect(document?.[1] ?? undefined).toEqual(value === undefined && text === '-' ? [null] : value);
  });

  it('what mcpk writes itself comes back as it was', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string({ minLength: 1 }), fc.jsonValue(), { minKeys: 1 }), (value) => {
        const plain = JSON.parse(JSON.stringify(value).replaceAll('-0', '0'));
        fc.pre(!JSON.stringify(plain).includes('__proto__'));
        expect(valuesOf(toYaml(plain))).toEqual([plain]);
      }),
      { numRuns: 500 },
    );
  });
});

describe('places', () => {
  const text =
    `# head\n---\na: 1\nb:\n- {c: "d", e: [x, y]}\n- |\n  text\nf: *none\n---\nq/r: {s~t: 1}\nz: &m {k: 1}\nw: *m\n`.replace(
      'f: *none\n',
      '',
    );
  it.each<[number, string, [number, number]]>([
    [0, '/a', [3, 1]],
    [0, '/b', [4, 1]],
    [0, '/b/0', [5, 3]],
    [0, '/b/0/e', [5, 12]],
    [0, '/b/0/e/1', [5, 19]],
    [0, '/b/1', [6, 3]],
    [0, '/b/0/none/at/all', [5, 3]],
    [0, '/none', [3, 1]],
    [1, '/q~1r/s~0t', [9, 7]],
    // What an alias stands for is where the alias is.
    [1, '/w/k', [11, 1]],
  ])('document %i, %s', (i, pointer, [line, column]) => {
    expect(readYaml(text).documents[i]?.locate(pointer)).toEqual({ line, column });
  });

  it('every node of any document is where the value is', () => {
    fc.assert(
      fc.property(
        fc.array(fc.dictionary(fc.stringMatching(/^[a-z~/]{1,4}$/), fc.jsonValue()), { minLength: 1, maxLength: 3 }),
        fc.boolean(),
        (values, flow) => {
          const written = values.map((value) => dump(JSON.parse(JSON.stringify(value)), flow ? { flowLevel: 1 } : {}));
          for (const { value, nodes } of readYaml(written.map((one) => `---\n${one}`).join('')).documents) {
            const there = nodes().map(({ pointer }) => pointer);
            expect(new Set(there).size).toBe(there.length);
            expect(there.sort()).toEqual(pointersOf(value, '').sort());
          }
        },
      ),
      { numRuns: 300 },
    );
  });
});

function pointersOf(value: unknown, at: string): string[] {
  if (typeof value !== 'object' || value === null) return [at];
  const token = (key: string) => key.replaceAll('~', '~0').replaceAll('/', '~1');
  return [at, ...Object.entries(value).flatMap(([key, member]) => pointersOf(member, `${at}/${token(key)}`))];
}

describe('hostile text', () => {
  it('a bomb of aliases is one problem, and quick', () => {
    const bomb = Array.from(
      { length: 12 },
      (_, i) =>
        `a${i}: &a${i} [${Array(10)
          .fill(i === 0 ? 'x' : `*a${i - 1}`)
          .join(', ')}]`,
    );
    expect(readYaml(`${bomb.join('\n')}\n---\nok: 1\n`)).toMatchObject({
      problems: [{ kind: 'aliases', at: { line: 1 } }],
      documents: [{ value: { ok: 1 } }],
    });
  });

  it('nesting without end, and a loop', () => {
    expect(readYaml('['.repeat(100_000)).problems).toMatchObject([{ kind: 'syntax' }]);
    expect(readYaml('a: &a\n  b: *a\n').problems).toHaveLength(1);
  });

  it('keys of objects that every object has are keys like any other', () => {
    const [value] = valuesOf('__proto__: {polluted: 1}\nconstructor: 2\ntoString: 3\n') as [object];
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor', 'toString']);
    expect(({} as { polluted?: number }).polluted).toBeUndefined();
  });

  it('no text makes it throw, nor what is made of it', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '---\n',
        '...\n',
        '%YAML 1.1\n',
        'apiVersion: v1\n',
        'kind: Pod\n',
        'kind: List\n',
        'items:\n',
        '- ',
        '  ',
        '\t',
        '? ',
        ': ',
        '{',
        '}',
        '[',
        ']',
        '&a ',
        '*a',
        '<<: ',
        '!!str ',
        '!x ',
        '|\n',
        '>-\n',
        '"',
        "'",
        '#',
        '\n',
        '\r\n',
        '{{ x }}',
        '# mcpk-ignore a: b\n',
        'spec:\n',
        'metadata: ',
        '\u0000',
        '\ufeff',
        'null',
        'yes',
      ),
      fc.string({ maxLength: 8 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        const text = pieces.join('');
        const read = readManifests([{ file: 'x', text, named: true }]);
        for (const { finding } of read.found)
          expect(finding.line ?? 1).toBeLessThanOrEqual(text.split('\n').length + 1);
        for (const { object } of read.objects) expect(object.origin.locate('/spec/containers/0')).toBeDefined();
      }),
      { numRuns: 3000 },
    );
  });
});
