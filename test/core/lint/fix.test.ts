import { expect, it } from 'vitest';
import type { Found } from '../../../src/core/lint/finding.ts';
import { mendText } from '../../../src/core/lint/fix.ts';
import type { Edit } from '../../../src/core/yaml/edit.ts';
import { readYaml } from '../../../src/core/yaml/read.ts';

/** Findings with these edits, each of one document of a text. */
function foundIn(text: string, edits: [document: number, ...Edit[]][]): Found[] {
  const { documents } = readYaml(text);
  return edits.map(([i, ...own]) => {
    const document = documents[i];
    if (!document) throw new Error(`no document ${i}`);
    return { finding: { rule: `r.${i}` } as Found['finding'], document, edits: own, secrets: [] };
  });
}

const remove = (pointer: string): Edit => ({ op: 'delete', pointer });
const set = (pointer: string, value: unknown): Edit => ({ op: 'set', pointer, value });

it('takes items out of a list, whichever order they were found in', () => {
  const text = 'l:\n- a # first\n- b\n- c\n- d\n- e\n- f\n- g\n- h\n- i\n- j\n- k # last\n';
  const found = foundIn(text, [
    [0, remove('/l/1')],
    [0, remove('/l/10'), remove('/l/2')],
    [0, set('/l/-', 'z'), set('/l/0', 'A')],
  ]);
  expect(mendText(text, found)).toEqual({
    text: 'l:\n- A # first\n- d\n- e\n- f\n- g\n- h\n- i\n- j\n- z\n',
    rules: ['r.0'],
  });
});

it('mends several documents, and says of which rules', () => {
  const text = '# one\na: 1\n---\n# two\nb: 2\n---\nc: 3\n';
  const found = foundIn(text, [
    [0, set('/a', 10)],
    [2, set('/c', 30), set('/d', 40)],
    [1, set('/b', 2)],
  ]);
  expect(mendText(text, found)).toEqual({
    text: '# one\na: 10\n---\n# two\nb: 2\n---\nc: 30\nd: 40\n',
    rules: ['r.0', 'r.2'],
  });
});

it('makes the same change once', () => {
  const text = 'l: []\n';
  const edit = set('/l/-', { a: 1 });
  expect(
    mendText(
      text,
      foundIn(text, [
        [0, edit],
        [0, edit],
      ]),
    ).text,
  ).toMatch(/^l:\s*\n?.*a: ?1[^a]*$/s);
});
