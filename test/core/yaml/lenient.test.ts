import { expect, it } from 'vitest';
import { applyEdits } from '../../../src/core/yaml/edit-text.ts';
import { readYaml } from '../../../src/core/yaml/read.ts';

it.each<[string, unknown, [pointer: string, line: number, column: number]]>([
  ['a:\n  b: [\n    1, # x\n    2\n  ]\nc: 1\n', { a: { b: [1, 2] }, c: 1 }, ['/c', 6, 1]],
  ['a: {\n  b: 1,\n  c: [\n    2\n]\n}\n', { a: { b: 1, c: [2] } }, ['/a/c/0', 4, 5]],
  ['a: [\n1,\n2\n]\nd: "x\ny"\ne: f\n', { a: [1, 2], d: 'x y', e: 'f' }, ['/a/1', 3, 1]],
  ['- a: [\n\t1\n  ]\n', [{ a: [1] }], ['/0/a', 1, 3]],
])(
  'brackets and quotes that do not stand further right than their key are read as kubectl does: %j',
  (text, data, [pointer, line, column]) => {
    const { documents, problems } = readYaml(text);
    expect(problems).toEqual([]);
    expect(documents.map(({ value }) => value)).toEqual([data]);
    expect(documents[0]?.locate(pointer)).toEqual({ line, column });
  },
);

it('and can be edited', () => {
  expect(applyEdits('a: [\n  1\n]\n', [{ op: 'set', pointer: '/b', value: 2 }]).text).toBe('a: [\n  1\n]\nb: 2\n');
});

it('what is broken stays broken, and is shown where it is', () => {
  expect(readYaml('a: [\n1,\n2\n]\nb: [\n').problems).toMatchObject([{ kind: 'syntax' }]);
  expect(readYaml('a: [\n1,\n2\n]\nb: 1\nb: 2\n').problems).toMatchObject([
    { kind: 'duplicate-key', at: { line: 6, column: 1 } },
  ]);
});
