import { readdirSync, readFileSync } from 'node:fs';
import fc from 'fast-check';
import { constructFromEvents, parseEvents } from 'js-yaml';
import { describe, expect, it } from 'vitest';
import { KUBERNETES_SCHEMA } from '../../../src/core/yaml/kubernetes-yaml.ts';
import { readPlain } from '../../../src/core/yaml/plain.ts';
import { readYaml } from '../../../src/core/yaml/read.ts';

const parsed = (text: string) =>
  constructFromEvents(parseEvents(text, {}), { source: text, schema: KUBERNETES_SCHEMA });

/** What is read without the parser must be what the parser reads; a fault it must leave to the parser. */
function agrees(text: string): void {
  const plain = readPlain(text);
  if (plain !== undefined) expect(parsed(text)).toEqual([plain]);
}

const RENDERED = 'test/golden/render';
const rendered = readdirSync(RENDERED).flatMap((file) =>
  readFileSync(`${RENDERED}/${file}`, 'utf8')
    .split(/^(?=---$)/m)
    .filter((text) => text !== ''),
);

describe('documents in the form that programs write', () => {
  it('all that mcpk renders is read without the parser', () => {
    expect(rendered.length).toBeGreaterThan(40);
    for (const text of rendered) {
      expect(readPlain(text)).toBeDefined();
      agrees(text);
    }
  });

  it.each([
    'a: 1\nb:\n- x\n- k: 1\n  z:\n    - "q"\nc: d\n',
    'a:\n  b: |\n    one\n\n      two\n    three\n\n  c: |-\n    end\n',
    '# above\n\na: b\n  # further in\n\n# below\n',
    '- - a\n  - b\n-\n  c: d\n-\n- e\n',
    'a: \'it\'\'s\'\nb: "a \\"quoted\\" \\n line"\n',
    'a: yes\nb: ~\nc: 0644\nd: -1.5e3\ne: null\nf: "yes"\n',
    'a: {}\nb: []\nc:\n',
    'a: http://example.com:80/#x\nb: -c\nc: $(HOME)/x y\n',
    '---\na: b',
  ])('%j', (text) => {
    expect(readPlain(text)).toBeDefined();
    agrees(text);
  });

  it.each([
    ['two keys of one name', 'a: 1\na: 2\n'],
    ['a scalar of several lines', 'a: b\n  c\n'],
    ['a key further left than the block', 'a:\n    b: 1\n  c: 2\n'],
    ['a comment behind a value', 'a: b # c\n'],
    ['a map between brackets', 'a: {b: c}\n'],
    ['an anchor', 'a: &x b\nc: *x\n'],
    ['a merge', '<<: {a: b}\n'],
    ['a tag', 'a: !!str 1\n'],
    ['a folded block', 'a: >\n  b\n'],
    ['a block that starts with blanks', 'a: |\n  \nb: c\n'],
    ['a tab', 'a:\tb\n'],
    ['a carriage return', 'a: b\r\n'],
    ['a key that is no text', 'yes: b\n'],
    ['a key in a value', 'a: b: c\n'],
    ['a quote that goes on', 'a: "b\n  c"\n'],
    ['text behind a quote', 'a: "b" c\n'],
    ['an escape of YAML alone', 'a: "\\x41"\n'],
    ['infinity', 'a: -.inf\n'],
    ['an end of the document', 'a: b\n...\n'],
    ['text alone', 'just text\n'],
    ['nothing', '# only a comment\n'],
    ['a block deeper than anybody writes', Array.from({ length: 70 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')],
  ])('%s is left to the parser', (_, text) => {
    expect(readPlain(text)).toBeUndefined();
  });

  it('a document that the parser has to read says so with its place', () => {
    const { problems } = readYaml('---\na: 1\n---\nb: 1\nb: 2\n');
    expect(problems).toEqual([
      { kind: 'duplicate-key', message: expect.stringContaining('"b"'), at: { line: 5, column: 1 } },
    ]);
  });
});

const RUNS = 20_000;
const WORDS = [
  ...['a', 'b', 'yes', 'n', 'null', '~', 'key', '1', '0x1F', '012', '-1', '+1', '1_000', '.5', '.inf', '-.inf', '1e3'],
  ...[
    'a b',
    'a:b',
    'a: b',
    'a #b',
    'a#b',
    '#b',
    'a:',
    ':a',
    '- a',
    '-',
    '--',
    '---',
    '...',
    '-a',
    '?',
    '? a',
    '%a',
    '@a',
  ],
  ...[
    '"a"',
    '"a\\"b"',
    '"\\x41"',
    '"a" b',
    '"a',
    "'a'",
    "'a''b'",
    "'a",
    "''",
    '""',
    '{}',
    '[]',
    '{a: b}',
    '[a]',
    '{',
    ']',
  ],
  ...[
    '|',
    '|-',
    '|+',
    '|2',
    '>',
    '>-',
    '&x',
    '&x a',
    '*x',
    '!!str',
    '!!str a',
    '<<',
    '=',
    '`a',
    ',a',
    'a,',
    'é',
    '\u00a0',
    '😀',
  ],
  ...[
    'a ',
    'a\t',
    '\ta',
    '$(A)',
    '/a',
    './a',
    '~/a',
    'constructor',
    '__proto__',
    'app.kubernetes.io/name',
    'a.b-c_d',
    '',
  ],
];
const tame = fc.constantFrom('a', 'b', 'c', 'd', 'key', '1', 'a b', '"a"', 'true', '{}', '|');
const word = fc.oneof({ weight: 3, arbitrary: tame }, { weight: 1, arbitrary: fc.constantFrom(...WORDS) });
const line = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(word, word).map(([key, value]) => `${key}: ${value}`) },
  { weight: 3, arbitrary: word.map((key) => `${key}:`) },
  { weight: 2, arbitrary: fc.tuple(word, word).map(([key, value]) => `- ${key}: ${value}`) },
  { weight: 2, arbitrary: word.map((item) => `- ${item}`) },
  { weight: 1, arbitrary: word },
  { weight: 1, arbitrary: fc.constantFrom('', '# c', '-', '---', '...', '-  a: b') },
);
/** Mostly in columns that fit to the line before. */
const lines = fc.array(fc.tuple(fc.constantFrom(0, 0, 2, 2, 4, 1, 6), line), { minLength: 1, maxLength: 7 });

describe('agrees with the parser', () => {
  it('on lines put together at random', () => {
    let plain = 0;
    fc.assert(
      fc.property(lines, fc.boolean(), (all, ends) => {
        const text = all.map(([indent, content]) => ' '.repeat(indent) + content).join('\n') + (ends ? '\n' : '');
        if (readPlain(text) !== undefined) plain++;
        agrees(text);
      }),
      { numRuns: RUNS },
    );
    // Else the property would have looked at nothing.
    expect(plain).toBeGreaterThan(RUNS / 40);
  });

  it('on rendered documents with lines taken away, moved, doubled and changed', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...rendered),
        fc.array(fc.tuple(fc.nat(), fc.constantFrom('drop', 'double', 'in', 'out', 'cut', 'word'), word), {
          minLength: 1,
          maxLength: 3,
        }),
        (text, changes) => {
          const changed = changes.reduce(
            (all, [at, how, other]) => change(all, at % all.length, how, other),
            text.split('\n'),
          );
          agrees(changed.join('\n'));
        },
      ),
      { numRuns: RUNS / 5 },
    );
  });
});

function change(all: string[], at: number, how: string, other: string): string[] {
  const old = all[at] ?? '';
  const fresh = {
    drop: [],
    double: [old, old],
    in: [` ${old}`],
    out: [old.slice(1)],
    cut: [old.slice(0, old.length / 2)],
    word: [old.replace(/\S+$/, () => other)],
  }[how];
  return all.toSpliced(at, 1, ...(fresh ?? []));
}
