import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pointerToken } from '../../../src/core/config/pointer.ts';
import type { Edit } from '../../../src/core/yaml/edit.ts';
import { applyEdits } from '../../../src/core/yaml/edit-text.ts';
import { readYaml } from '../../../src/core/yaml/read.ts';
import { dataAfter, placesOf } from './edit-model.ts';

/** Documents that are hard to edit. */
const corpus: Record<string, string> = {
  'complex keys': '? a\n: 1\n? "b"\n:\n  - 2\n? |\n  c\n: d\nh: 1\n',
  'a key without a value': '? a\nb: 1\n',
  tags: 'a: !!str 1\nb: !!map\n  c: !!seq\n  - !!int "2"\nd: !!null\nh: 1\n',
  anchors: 'a: &a\n  b: &b 1\nc: &c [1, *b]\nd: *a\ne: &unused {f: 1}\n',
  merges: 'a: &a {b: 1, c: {d: 2}}\ne:\n  <<: *a\n  f: 1\ng:\n  <<: [*a]\n  b: 2\nh: 1\n',
  'lists in lists': '-\n  - - 1\n    - 2\n  -\n    - 3\n  - []\n- - a: 1\n    b:\n    - 2\n  -   c: 3\n      d: 4\n',
  scalars:
    'a: one\n  two\n\n  three # x\nb: "x\\\n  y \\\n\n  z" # y\nc: \'it\'\'s\n\n  so\'\nd: http://x/#y\ne: -a\nf: a#b\ng: "#"\n',
  'block scalars': 'a: |2-\n    x\n  # y\n\n# z\nb: >+\n\n  x\n\n\nc:\n- |\n # x\n- >-\n  y\nd: |\n\ne: 1\n',
  'no blanks': '{"a":{"b":[1,{"c":2}],"d":{}},e: [f,g: h],"i":"j","k":null}',
  'between brackets':
    'a: {\n    b: [1,\n      2, # x\n  3],\n  # y\n  c: {d, e: , "f":1}, ? g : h\n # z\n  , i: [[], {},]\n  }\nj: 1\n',
  comments:
    '#1\n\n#2\na: #3\n#4\n  #5\n  b: 1 #6\n   #7\n  #8\n\n  #9\n#10\nc:\n#11\n- 1\n#12\n\n#13\n-\n  #14\n  d: 2\n  #15\n#16\n',
  'markers and directives': '%YAML 1.1\n%TAG ! tag:x,2020:\n---   # x\na: 1\nb: {}\n... # y\n\n',
  'blanks at line ends': 'a:  \n  b: 1  \t\n  c:\t\n  - 1\t# x\n  -\t \n  - d:   2   \ne: 1',
  'keys of all kinds': '"a b": 1\n\'c\': 2\nd e: 3\n"": 4\n~1: 5\n/: 6\n-f: 7\n? g\n  h\n: 8\n"\\u0069": 9\n"-": 10\n',
};

/** What must be skipped in them, and nothing else. */
const skips: Record<string, RegExp> = {
  'a key without a value': /^set \/a/,
  anchors: /^\w+ \/(a|d\/)/,
  merges: /^delete \/(a|e\/[bc]|g\/[bc])|^set \/(a|e\/c\/|g\/c\/)/,
  'no blanks': /^\w+ \/e\/1\//,
  'keys of all kinds': /^set \/-$/,
};

/** What can be done at each node of a document, and below it. */
function editsIn(data: unknown): Edit[] {
  return placesOf(data).flatMap(({ tokens, value }): Edit[] => {
    const pointer = tokens.map((token) => `/${pointerToken(token)}`).join('');
    const set = (below: string, to: unknown): Edit => ({ op: 'set', pointer: pointer + below, value: to });
    const here: Edit[] = [set('', 'new'), set('', { x: ['a', 'b\nc\n'] }), set('', []), { op: 'delete', pointer }];
    const hasItems = Array.isArray(value);
    const isOpen = !hasItems && (typeof value === 'object' || value === null);
    return [
      ...(pointer === '' ? [] : here),
      ...(hasItems ? [set('/-', 'last'), set('/-', { x: 1, y: [] })] : []),
      ...(isOpen ? [set('/new', 'x: y'), set('/new/below', [1]), set('/l/-', 1)] : []),
    ];
  });
}

const valuesOf = (text: string) => readYaml(text).documents.map(({ value }) => value);

describe('every edit at every node', () => {
  const all = Object.entries(corpus).flatMap(([name, text]) => [
    { name, how: 'as it is', text },
    { name, how: 'with the line ends of Windows', text: text.replaceAll('\n', '\r\n') },
    { name, how: 'without a last line end', text: text.trimEnd() },
  ]);
  it.each(all)('$name, $how', ({ name, text }) => {
    const [data] = valuesOf(text);
    const edits = editsIn(data);
    expect(edits.length).toBeGreaterThan(8);
    for (const edit of edits) {
      const { text: after, skipped } = applyEdits(text, [edit]);
      expect({ edit, skipped: skipped.length > 0 }).toEqual({
        edit,
        skipped: skips[name]?.test(`${edit.op} ${edit.pointer}`) ?? false,
      });
      expect({ edit, data: valuesOf(after) }).toEqual({
        edit,
        data: [skipped.length > 0 ? data : dataAfter(data, [edit])],
      });
    }
  });
});

describe('manifests that mcpk renders', () => {
  const text = readFileSync(new URL('../../golden/render/mcpk-docker.yaml', import.meta.url), 'utf8');
  it('edits at nodes of every document', () => {
    for (const [i, { text: document, value }] of readYaml(text).documents.entries()) {
      for (const edit of editsIn(value).filter((_, j) => j % 61 === i % 61)) {
        const { text: after, skipped } = applyEdits(document, [edit]);
        expect({ edit, skipped }).toEqual({ edit, skipped: [] });
        expect(valuesOf(after)).toEqual([dataAfter(value, [edit])]);
      }
    }
  });
});

it('texts with random damage: what is edited means what it must, and the rest is skipped', () => {
  const texts = Object.values(corpus);
  const bits = [
    '\n',
    ' ',
    '  ',
    '\t',
    '#',
    ' #',
    ':',
    ': ',
    '-',
    '- ',
    '?',
    '{',
    '}',
    '[',
    ']',
    ',',
    '"',
    "'",
    '|',
    '>',
    '&a ',
    '*a',
    '!x ',
    '\r',
    '\n---\n',
    '\n...\n',
    '%',
    'é',
    '\ufeff',
  ];
  const damage = fc.array(fc.record({ at: fc.nat(200), cut: fc.nat(3), bit: fc.constantFrom('', ...bits) }), {
    maxLength: 4,
  });
  let edited = 0;
  fc.assert(
    fc.property(fc.constantFrom(...texts), damage, fc.nat(), fc.nat(), (text, hits, ...picks) => {
      const broken = hits.reduce((before, { at, cut, bit }) => {
        const from = at % before.length;
        return before.slice(0, from) + bit + before.slice(from + cut) || 'a: 1';
      }, text);
      const [data, ...more] = valuesOf(broken);
      const possible = editsIn(typeof data === 'object' ? data : { a: 1 });
      const edits = picks.map((pick) => possible[pick % possible.length] as Edit);
      const { text: after, skipped } = applyEdits(broken, edits);
      const applied = edits.filter((edit) => !skipped.includes(edit));
      if (applied.length === 0) expect(after).toBe(broken);
      else {
        edited++;
        expect(more).toEqual([]);
        expect(valuesOf(after)).toEqual([dataAfter(data, applied)]);
      }
    }),
    { numRuns: 1500 },
  );
  expect(edited).toBeGreaterThan(300);
});
