import { describe, expect, it } from 'vitest';
import type { Edit } from '../../../src/core/yaml/edit.ts';
import { applyEdits, applyGroups } from '../../../src/core/yaml/edit-text.ts';

const set = (pointer: string, value: unknown): Edit => ({ op: 'set', pointer, value });
const remove = (pointer: string): Edit => ({ op: 'delete', pointer });

type Row = [what: string, before: string, edits: Edit[], after: string];

function table(rows: Row[]): void {
  it.each(rows)('%s', (_, before, edits, after) => {
    expect(applyEdits(before, edits)).toEqual({ text: after, skipped: [] });
  });
}

function refused(rows: [what: string, text: string, edits: Edit[]][]): void {
  it.each(rows)('%s', (_, text, edits) => {
    expect(applyEdits(text, edits)).toEqual({ text, skipped: edits });
  });
}

describe('set replaces', () => {
  table([
    ['a scalar, and nothing around it', 'a:   1   # x\nb: 2 \n', [set('/a', 2)], 'a:   2   # x\nb: 2 \n'],
    [
      'a quoted one, with quotes only where they are needed',
      `a: "1"\nb: '2'\n`,
      [set('/a', 1), set('/b', 'yes')],
      'a: 1\nb: "yes"\n',
    ],
    ['an item', 'a:\n- 1 # x\n- 2\n', [set('/a/0', 'b')], 'a:\n- b # x\n- 2\n'],
    [
      'text over several lines',
      'a: "x\n  y"  # z\nb: p\n  q\nc: 1\n',
      [set('/a', 'new'), set('/b', 'm')],
      'a: new  # z\nb: m\nc: 1\n',
    ],
    [
      'a block scalar; the comment of its header stays',
      'a: |- # x\n  y\n\n  z\n\nb: 1\n',
      [set('/a', 'new')],
      'a: new # x\n\nb: 1\n',
    ],
    ['the last block scalar', 'a: >\n  y\n', [set('/a', 'new')], 'a: new\n'],
    ['a scalar by text of several lines', 'a: 1 # x\nb: 2\n', [set('/a', 'y\nz\n')], 'a: | # x\n  y\n  z\nb: 2\n'],
    [
      'text of several lines before a comment that such text would take in',
      'a: 1\n\n  # x\nb: 1\n',
      [set('/a', 'y\nz\n')],
      'a: "y\\nz\\n"\n\n  # x\nb: 1\n',
    ],
    [
      'what stands below its anchor; the comment behind that stays',
      'a: &x # y\n  b: 1\nc: !!str # z\n  d\n',
      [set('/a', 1), set('/c', 2)],
      'a: 1 # y\nc: 2 # z\n',
    ],
    [
      'what stands behind a tab',
      'a:\t1\t# x\nb:\n-\t2\n',
      [set('/a', []), set('/b/0', { c: 1, d: 2 })],
      'a: []\t# x\nb:\n- c: 1\n  d: 2\n',
    ],
    [
      'a block scalar, with the line ends of the file',
      'a: |\r\n  x\r\nb: 1\r\n',
      [set('/a', 'new')],
      'a: new\r\nb: 1\r\n',
    ],
    [
      'beside what not every parser takes',
      '---\nkey: value\n%YAML 1.2\n---\n',
      [set('/key', 1)],
      '---\nkey: 1\n%YAML 1.2\n---\n',
    ],
    ['the last entry of a key that is there twice', 'a: 1\nb: 2\na: 3\n', [set('/a', 4)], 'a: 1\nb: 2\na: 4\n'],
    ['a tagged value', 'a: !!str 1\n', [set('/a', true)], 'a: true\n'],
    ['an alias', 'a: &x 1\nb: *x # y\n', [set('/b', 2)], 'a: &x 1\nb: 2 # y\n'],
    ['an anchor that nothing refers to', 'a: &x 1\n', [set('/a', 2)], 'a: 2\n'],
    ['a value on the line below its key', 'a: # x\n  1\nb: 2\n', [set('/a', 3)], 'a: 3 # x\nb: 2\n'],
    ['a block map by a scalar', 'a: # x\n  # y\n  b: 1 # z\nc: 2\n', [set('/a', 1)], 'a: 1 # x\nc: 2\n'],
    [
      'a block map by another, where its lines were',
      'a: # x\n     b: 1\n     c: 2\nd: 1\n',
      [set('/a', { e: 1 })],
      'a: # x\n     e: 1\nd: 1\n',
    ],
    ['a scalar by a map', 'a: 1 # x\nb: 2\n', [set('/a', { c: { d: 1 } })], 'a: # x\n  c:\n    d: 1\nb: 2\n'],
    ['an item by a map', '- 1 # x\n- 2\n', [set('/0', { a: 1, b: [2] })], '- a: 1 # x\n  b:\n  - 2\n- 2\n'],
    [
      'an item that is a map',
      'l:\n  -   a: 1\n      b: 2 # x\n  - c\n',
      [set('/l/0', { d: 3, e: 4 })],
      'l:\n  -   d: 3\n      e: 4\n  - c\n',
    ],
    [
      'a map between brackets by one between brackets',
      'a: {b: 1} # x\n',
      [set('/a', { c: [1, 'x:y'] })],
      'a: {c: [1, "x:y"]} # x\n',
    ],
    ['a list by nothing', 'a:\n- 1\n- 2\nb: 1\n', [set('/a', [])], 'a: []\nb: 1\n'],
    ['a null of any spelling', 'a:\nb: ~ # x\nc: null\n- d', [], 'a:\nb: ~ # x\nc: null\n- d'],
    [
      'nulls',
      'a:   # x\nb: ~ # y\nc: null\n',
      [set('/a', 1), set('/b', 2), set('/c', 3)],
      'a: 1   # x\nb: 2 # y\nc: 3\n',
    ],
    [
      'what stands behind a complex key',
      '? a\n: 1\n? b\n:\n  c: 1\n',
      [set('/a', 2), set('/b/c', 3)],
      '? a\n: 2\n? b\n:\n  c: 3\n',
    ],
    ['keys that are escaped', '"a/b": 1\n~x: 2\n', [set('/a~1b', 3), set('/~0x', 4)], '"a/b": 3\n~x: 4\n'],
    [
      'nothing where the value is there already',
      "a: '1'\nb: [ 1,2 ]\n",
      [set('/a', '1'), set('/b', [1, 2])],
      "a: '1'\nb: [ 1,2 ]\n",
    ],
  ]);
});

describe('set inserts', () => {
  table([
    [
      'behind the last entry, before comments of what follows',
      'a:\n    b: 1 # x\n\n# of c\nc: 2\n',
      [set('/a/d', 3)],
      'a:\n    b: 1 # x\n    d: 3\n\n# of c\nc: 2\n',
    ],
    [
      'at the end of a file without a last line end',
      'a:\n  b: 1',
      [set('/a/c', 2), set('/d', 3)],
      'a:\n  b: 1\n  c: 2\nd: 3',
    ],
    [
      'with the line ends of the file',
      'a:\r\n  b: 1 # x\r\n',
      [set('/a/c', { d: 2 })],
      'a:\r\n  b: 1 # x\r\n  c:\r\n    d: 2\r\n',
    ],
    ['missing maps', 'a: 1\n', [set('/b/c/d', true), set('/b/e', 2)], 'a: 1\nb:\n  c:\n    d: true\n  e: 2\n'],
    [
      'with the steps of the file',
      'a:\n    b:\n      - 1\n',
      [set('/c', { d: [1, { e: [2] }] })],
      'a:\n    b:\n      - 1\nc:\n    d:\n      - 1\n      - e:\n          - 2\n',
    ],
    [
      'lists that stand under their key',
      'a:\n- b:\n  - 1\n',
      [set('/c', [[1, 2], {}])],
      'a:\n- b:\n  - 1\nc:\n- - 1\n  - 2\n- {}\n',
    ],
    ['into a null', 'a:\n  b: # x\n\n  # y\n  c: 1\n', [set('/a/b/d', 1)], 'a:\n  b: # x\n    d: 1\n\n  # y\n  c: 1\n'],
    [
      'into a null that is written',
      'a: null # x\nb: ~\n',
      [set('/a/c', 1), set('/b/-', 2)],
      'a: # x\n  c: 1\nb:\n- 2\n',
    ],
    ['into an empty map', 'a: {} # x\nb: 1\n', [set('/a/c/d', 1)], 'a: # x\n  c:\n    d: 1\nb: 1\n'],
    ['into an empty list', 'a: []\n', [set('/a/-', { b: 1, c: 2 })], 'a:\n- b: 1\n  c: 2\n'],
    ['into an item that is null', 'a:\n- # x\n- 1\n', [set('/a/0/b', 1)], 'a:\n- b: 1 # x\n- 1\n'],
    [
      'between brackets',
      'a: {b: 1, c: { }} # x\n',
      [set('/a/d', 'e'), set('/a/c/f', [1])],
      'a: {b: 1, c: {f: [1]}, d: e} # x\n',
    ],
    [
      'between brackets with a comma at the end',
      'a: [1, ]\nb: { c: 1 }\n',
      [set('/a/-', 2), set('/b/d', 2)],
      'a: [1, 2, ]\nb: { c: 1, d: 2 }\n',
    ],
    [
      'a value of a key that stands alone',
      'a: {b, c: , "d":}\n',
      [set('/a/b', 1), set('/a/c', 2), set('/a/d', 3)],
      'a: {b: 1, c: 2 , "d": 3}\n',
    ],
    [
      'between brackets over several lines',
      'a: [\n  1, # x\n  2 # y\n  ]\n',
      [set('/a/-', 3), set('/a/-', 4)],
      'a: [\n  1, # x\n  2, # y\n  3,\n  4\n  ]\n',
    ],
    ['and keep the comma at the end', 'a: {\n  b: 1,\n  }\n', [set('/a/c', 2)], 'a: {\n  b: 1,\n  c: 2,\n  }\n'],
    ['before the bracket of the last line', 'a: [1,\n  2]\n', [set('/a/-', 3)], 'a: [1,\n  2,\n  3]\n'],
    [
      'items',
      'a:\n  - 1\n  # x\nb:\n- c: 1\n- d\n',
      [set('/a/-', 2), set('/b/-', { e: 1 })],
      'a:\n  - 1\n  - 2\n  # x\nb:\n- c: 1\n- d\n- e: 1\n',
    ],
    ['lists', 'a: 1\n', [set('/b/-', 1), set('/c/d/-', 'x')], 'a: 1\nb:\n- 1\nc:\n  d:\n  - x\n'],
    [
      'behind comments in what the last entry holds',
      'a:\n  b:\n    c: 1\n    # x\n  # y\nd: 1\n',
      [set('/a/e', 1), remove('/a/b/c'), set('/a/b/f', 2)],
      'a:\n  b:\n    f: 2\n    # x\n  e: 1\n  # y\nd: 1\n',
    ],
    [
      'behind block scalars',
      'a:\n  b: |\n    x\n\nc: >+\n  y\n\n',
      [set('/a/d', 1), set('/e', 2)],
      'a:\n  b: |\n    x\n  d: 1\n\nc: >+\n  y\n\ne: 2\n',
    ],
    [
      'into a map of a list',
      'a:\n  - b: 1\n    c: 2\n  -  d: 3\n',
      [set('/a/0/e', 4), set('/a/1/f', 5)],
      'a:\n  - b: 1\n    c: 2\n    e: 4\n  -  d: 3\n     f: 5\n',
    ],
    [
      'before the end of the document',
      '%YAML 1.2\n---\na: 1\n...\n',
      [set('/b', 2)],
      '%YAML 1.2\n---\na: 1\nb: 2\n...\n',
    ],
    ['behind a byte order mark', '\ufeffa: 1\n', [set('/b', 2)], '\ufeffa: 1\nb: 2\n'],
    ['behind an empty document', '---\n---\na: 1\n', [set('/b', 2)], '---\n---\na: 1\nb: 2\n'],
    ['text with empty lines', 'a:\n  b: 1\n', [set('/a/c', 'x\n\ny\n')], 'a:\n  b: 1\n  c: |\n    x\n\n    y\n'],
    [
      'text before a comment that it would take in',
      'a:\n  b: 1\n\n    # x\nd: 1\n',
      [set('/a/c', 'x\ny\n')],
      'a:\n  b: 1\n  c: "x\\ny\\n"\n\n    # x\nd: 1\n',
    ],
    ['beside an empty document', 'a: 1\n---\n', [set('/b', 2)], 'a: 1\nb: 2\n---\n'],
    ['beside a merge', 'x: &x { a: 1 }\nb:\n  <<: *x\n', [set('/b/a', 2)], 'x: &x { a: 1 }\nb:\n  <<: *x\n  a: 2\n'],
    [
      'two things at one place',
      'a:\n  b:\n    c: 1\nd: 2\n',
      [set('/a/e', 1), set('/a/b/f', 2)],
      'a:\n  b:\n    c: 1\n    f: 2\n  e: 1\nd: 2\n',
    ],
  ]);
});

describe('delete', () => {
  table([
    [
      'takes the comments of an entry with it',
      '# head\na: 1\n# of another\n\n# of b\n# too\nb: # x\n  c: 1 # y\n  # z\nd: 1\n',
      [remove('/b')],
      '# head\na: 1\n# of another\n\nd: 1\n',
    ],
    ['leaves what stands above the first entry', '# head\na: 1\nb: 2\n', [remove('/a')], '# head\nb: 2\n'],
    ['an item', 'a:\n  # x\n  - 1\n  # y\n  - 2 # z\n', [remove('/a/1')], 'a:\n  # x\n  - 1\n'],
    ['the first entry of an item', 'a:\n- b: 1 # x\n  c: 2\n', [remove('/a/0/b')], 'a:\n- c: 2\n'],
    [
      'and keeps the comment of the second',
      'a:\n- b: 1 # x\n  # of c\n  c: 2\n',
      [remove('/a/0/b')],
      'a:\n-\n  # of c\n  c: 2\n',
    ],
    ['but not those in what goes', '- a:\n    b: 1\n    # x\n  # y\n  c: 2\n', [remove('/0/a')], '-\n  # y\n  c: 2\n'],
    ['what follows a byte order mark', '\ufeffa: 1\nb: 2\n', [remove('/a')], '\ufeffb: 2\n'],
    [
      'several first entries',
      '- a: 1\n  b:\n    - 1\n  c: 2\n  d: 3\n',
      [remove('/0/b'), remove('/0/a'), remove('/0/d')],
      '- c: 2\n',
    ],
    ['the first of nested items', '- - 1\n  - 2\n', [remove('/0/0')], '- - 2\n'],
    [
      'several items; indices mean what they meant before',
      'a: [1, 2, 3]\nb:\n- 1\n- 2\n- 3\n',
      [remove('/a/0'), remove('/a/1'), set('/a/2', 4), remove('/b/0'), set('/b/1', 9), set('/b/-', 5)],
      'a: [4]\nb:\n- 9\n- 3\n- 5\n',
    ],
    [
      'leaves an empty map',
      'a: # x\n  # y\n  b: 1\nc:\n- 1\nd: {e: 1}\n',
      [remove('/a/b'), remove('/c/0'), remove('/d/e')],
      'a: {} # x\nc: []\nd: {}\n',
    ],
    [
      'puts what is new where nothing is left',
      'a:\n  b: 1\nc: {d: 1}\n',
      [remove('/a/b'), set('/a/e', 2), remove('/c/d'), set('/c/f', 2)],
      'a:\n  e: 2\nc: {f: 2}\n',
    ],
    [
      'between brackets: first, middle, last',
      'a: {b: 1, c: 2, d: 3}\ne: [1, 2, 3]\nf: { g: 1, h: 2 }\n',
      [remove('/a/b'), remove('/e/1'), remove('/f/h')],
      'a: {c: 2, d: 3}\ne: [1, 3]\nf: { g: 1 }\n',
    ],
    [
      'between brackets over lines',
      'a: {\n  b: 1, # x\n  c: 2, # y\n  # of d\n  d: 3 # z\n }\n',
      [remove('/a/d')],
      'a: {\n  b: 1, # x\n  c: 2 # y\n }\n',
    ],
    [
      'between brackets over lines, the first',
      'a: [\n  1, # x\n  2, # y\n ]\n',
      [remove('/a/0')],
      'a: [\n  2, # y\n ]\n',
    ],
    ['the last line of a file without a last line end', 'a: 1\nb: 2', [remove('/b')], 'a: 1\n'],
    ['a block scalar, not what follows it', 'a: |\n  x\n\n# y\nb: 1\n', [remove('/a')], '\n# y\nb: 1\n'],
    ['every entry of a key that is there twice', 'a: 1\nb: 2\na: 3\n', [remove('/a')], 'b: 2\n'],
    ['what an anchor stands for with all its aliases', 'a: 1\nb:\n  c: &x 1\n  d: *x\n', [remove('/b')], 'a: 1\n'],
    ['a merge', 'x: &x {a: 1}\nb:\n  <<: *x\n  c: 1\n', [remove('/b/c')], 'x: &x {a: 1}\nb:\n  <<: *x\n'],
    ['what is not there', 'a:\n  b: 1\n', [remove('/c'), remove('/a/d/e')], 'a:\n  b: 1\n'],
  ]);
});

describe('JSON stays JSON', () => {
  const pretty = `${JSON.stringify({ a: {}, b: [1], c: { d: [], e: 'x' }, f: null }, null, 4)}\n`;
  it('over lines, as JSON.stringify would write it', () => {
    const edits = [
      set('/a/x', { y: [1, { z: 'yes' }] }),
      set('/b/-', 'q'),
      set('/c/d/-', {}),
      set('/f', { g: 1 }),
      set('/h/i', true),
      remove('/c/e'),
    ];
    const { text, skipped } = applyEdits(pretty, edits);
    expect(skipped).toEqual([]);
    const data = { a: { x: { y: [1, { z: 'yes' }] } }, b: [1, 'q'], c: { d: [{}] }, f: { g: 1 }, h: { i: true } };
    expect(text).toBe(`${JSON.stringify(data, null, 4)}\n`);
  });
  table([
    [
      'on one line',
      '{"a": {"b": 1}, "c": []}',
      [set('/a/d', 'e'), set('/c/-', [{ x: 1 }, 2])],
      '{"a": {"b": 1, "d": "e"}, "c": [[{"x": 1}, 2]]}',
    ],
    [
      'without a blank',
      '{"a":{"b":1},"c":[2]}',
      [set('/a/d', 'e'), set('/c/-', { x: [1, 2] }), remove('/a/b')],
      '{"a":{"d":"e"},"c":[2,{"x":[1,2]}]}',
    ],
    [
      'with tabs',
      '{\n\t"a": {\n\t\t"b": 1\n\t}\n}',
      [set('/a/c', { d: 1 })],
      '{\n\t"a": {\n\t\t"b": 1,\n\t\t"c": {\n\t\t\t"d": 1\n\t\t}\n\t}\n}',
    ],
    ['with lists on one line', '{\n  "a": [1, 2]\n}\n', [set('/a/-', { b: 1 })], '{\n  "a": [1, 2, {"b": 1}]\n}\n'],
    ['where the last entry goes', '{\n  "a": 1,\n  "b": 2\n}\n', [remove('/b')], '{\n  "a": 1\n}\n'],
    ['where all entries go', '{"a": 1}', [remove('/a')], '{}'],
    ['and YAML between brackets stays that', '---\n{"a": 1}\n', [set('/b', 'c')], '---\n{"a": 1, b: c}\n'],
  ]);
});

describe('never wrong: what cannot be said is skipped', () => {
  refused([
    ['below an alias', 'a: &x {b: 1}\nc: *x\n', [set('/c/b', 2), remove('/c/b'), set('/c/d', 1)]],
    ['below an alias of an empty map', 'a: &x {}\nc: *x\n', [set('/c/b', 2)]],
    ['in a node that an alias repeats', 'a: &x\n  b: {c: 1}\nd: *x\n', [set('/a/b/c', 2), set('/a/e', 2)]],
    ['such a node itself', 'a: &x 1\nd: [*x]\n', [set('/a', 2)]],
    ['an entry that holds one', 'a:\n  b: &x 1\nd: *x\n', [remove('/a')]],
    ['a map that holds one', 'a:\n  b: &x 1\nd: *x\n', [set('/a', {})]],
    ['a key of a merge', 'x: &x {a: {c: 1}}\nb:\n  <<: *x\n', [remove('/b/a'), set('/b/a/d', 1)]],
    ['a key that would show through from a merge', 'x: &x {a: 1}\nb:\n  <<: *x\n  a: 2\n', [remove('/b/a')]],
    ['the root', 'a: 1\n', [set('', 1), remove('')]],
    ['all entries of the root', 'a: 1\nb: 2\n', [remove('/a'), remove('/b')]],
    ['below a scalar', 'a: 1\n', [set('/a/b', 1)]],
    ['an index that is none', 'a: [1, 2]\n', [set('/a/2', 1), set('/a/01', 1), set('/a/x', 1), remove('/a/-')]],
    ['an index of nothing', 'a: []\n', [set('/a/0', 1)]],
    ['an append to a map', 'a: {}\nb: {c: 1}\n', [set('/a/-', 1), set('/b/-', 1)]],
    ['a map and a list at one place', 'a:\n', [set('/a/b', 1), set('/a/-', 1)]],
    ['a map and a list where nothing is', 'a: 1\n', [set('/b/c', 1), set('/b/-', 1)]],
    ['a map without brackets in a list', 'a: [b: 1]\n', [set('/a/0/b', 2)]],
    ['a text with a broken document', 'a: [\n...\nb: 1\n', [set('/b', 2)]],
    ['a key that is spelled otherwise', 'a:\n  yes: 1\n', [set('/a/true', 2)]],
    ['more than one document', 'a: 1\n...\nb: 1\n', [set('/a', 2)]],
    ['no document', '# a\n', [set('/a', 2)]],
    ['no YAML', 'a: [\n', [set('/a', 2)]],
  ]);

  it('what can be said is said all the same', () => {
    const text = 'a: &x {b: 1}\nc: *x\nd:\n  e: &y 1\nf: *y\n';
    const edits = [set('/a/b', 2), set('/d/g', 1), remove('/d/e'), set('/c', 3), set('/h', 1)];
    expect(applyEdits(text, edits)).toEqual({
      text: 'a: &x {b: 1}\nc: 3\nd:\n  e: &y 1\n  g: 1\nf: *y\nh: 1\n',
      skipped: [edits[0], edits[2]],
    });
  });

  it('edits that contradict an earlier one are skipped, the same edit twice is one', () => {
    const text = 'a:\n  b: 1\nl: [1]\n';
    const edits = [
      set('/a/b', 2),
      set('/a', {}),
      set('/a/b', 3),
      set('/a/b', 2),
      remove('/a/b'),
      set('/a/b/c', 1),
      set('/l/-', 2),
      set('/l/-', 2),
      remove('/l'),
    ];
    expect(applyEdits(text, edits)).toEqual({
      text: 'a:\n  b: 2\nl: [1, 2]\n',
      skipped: [edits[1], edits[2], edits[4], edits[5], edits[8]],
    });
  });
});

it('a group of edits is applied as a whole or not at all', () => {
  const text = 'a: &x {b: 1}\nc: *x\nd: {e: 1}\n';
  const groups = [[set('/d/e', 2), set('/c/b', 2)], [set('/d/f', 3)], [remove('/d/e'), set('/d/g', 1)]];
  expect(applyGroups(text, groups)).toEqual({ text: 'a: &x {b: 1}\nc: *x\nd: {e: 1, f: 3}\n', skipped: [0, 2] });
});
