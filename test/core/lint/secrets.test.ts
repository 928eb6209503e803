import { expect, it } from 'vitest';
import type { Found } from '../../../src/core/lint/finding.ts';
import { maskers, stringsAt } from '../../../src/core/lint/secrets.ts';

const found = (file: string, ...secrets: string[]) => ({ finding: { file }, edits: [], secrets }) as unknown as Found;

it('hides every secret of a file wherever it stands in it, the longer one first, and in no other file', () => {
  const mask = maskers([found('a', 'hunter2', 'hunter2-and-more'), found('b', 'other')]);
  expect(mask('a')('x: hunter2-and-more, y: "hunter2", other')).toBe('x: ***, y: "***", other');
  expect(mask('c')('hunter2')).toBe('hunter2');
});

it('hides the lines of a longer text, but not its short ones, and nothing that is hardly a word', () => {
  const mask = maskers([found('a', '-----BEGIN-----\nQUJDREVGRw==\nend\n', 'abc')])('a');
  expect(mask('k: |\n  QUJDREVGRw==\n  end\n  abc')).toBe('k: |\n  ***\n  end\n  abc');
});

it('finds all text at a place', () => {
  const data = { a: [{ 'b/c': { d: 'one', e: ['two', 3] } }] };
  expect(stringsAt(data, '/a/0/b~1c')).toEqual(['one', 'two']);
  expect(stringsAt(data, '/a/0/none/at/all')).toEqual([]);
});
