import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { pointerToken } from '../../../src/core/config/pointer.ts';
import type { Edit } from '../../../src/core/yaml/edit.ts';
import { applyEdits } from '../../../src/core/yaml/edit-text.ts';
import { readYaml } from '../../../src/core/yaml/read.ts';
import { documents, jsonDocuments, type Mark, type Written } from './edit-documents.ts';
import { dataAfter, expectedSkips, isBelow, type Place, placesOf, tokensOf } from './edit-model.ts';

/** What a random edit does, before it is known to what: `at` picks one of the nodes of the document. */
interface Wish {
  at: number;
  what: 'replace' | 'delete' | 'add' | 'deep' | 'append' | 'missing' | 'index' | 'again';
  key: number;
  value: unknown;
}

const values = fc.oneof(
  fc.constantFrom<unknown>(1, 'yes', 'plain', 'a: b', '--flag', '', null, true, 'two\nlines\n', {}, [], 0.5, '01'),
  fc.constantFrom<unknown>(['ALL'], { type: 'RuntimeDefault' }, [{ a: 1, b: [2] }, 'x:y'], {
    a: { b: { c: [] } },
    d: '#',
  }),
);
const wishes = fc.array(
  fc.record({
    at: fc.nat(1000),
    what: fc.constantFrom<Wish['what'][]>('replace', 'delete', 'add', 'deep', 'append', 'missing', 'index', 'again'),
    key: fc.nat(3),
    value: values,
  }),
  { minLength: 1, maxLength: 6 },
);

function editsOf(all: readonly Wish[], data: unknown): Edit[] {
  const edits: Edit[] = [];
  for (const wish of all) {
    const edit = editOf(wish, placesOf(data), edits);
    // The root keeps at least one entry: it cannot become empty.
    if (edit && edit.pointer !== '' && !(edit.op === 'delete' && edit.pointer === '/keep')) edits.push(edit);
  }
  return edits;
}

function editOf({ at, what, key, value }: Wish, places: Place[], earlier: Edit[]): Edit | undefined {
  const any = places[at % places.length] as Place;
  const lists = places.filter(({ value: it }) => Array.isArray(it));
  const others = places.filter(({ value: it }) => !Array.isArray(it));
  const other = others[at % others.length] as Place;
  const list = lists[at % lists.length];
  const pointer = (tokens: string[]) => tokens.map((token) => `/${pointerToken(token)}`).join('');
  switch (what) {
    case 'replace':
      return { op: 'set', pointer: pointer(any.tokens), value };
    case 'delete':
      return { op: 'delete', pointer: pointer(any.tokens) };
    case 'add':
      return { op: 'set', pointer: pointer([...other.tokens, `n/${key}`]), value };
    case 'deep':
      return { op: 'set', pointer: pointer([...other.tokens, 'deep', `d${key}`, `~${key}`]), value };
    case 'append':
      return list
        ? { op: 'set', pointer: pointer([...list.tokens, '-']), value }
        : { op: 'set', pointer: `/list${key}/-`, value };
    case 'missing':
      return {
        op: 'delete',
        pointer: pointer([...other.tokens, 'no', 'where'].slice(0, other.tokens.length + 1 + (key % 2))),
      };
    case 'index':
      return (
        list && { op: 'set', pointer: pointer([...list.tokens, String((list.value as unknown[]).length + key)]), value }
      );
    case 'again':
      return earlier[at % earlier.length];
  }
}

const RUNS = 400;

const cases = (arbitrary: fc.Arbitrary<Written>) =>
  fc.tuple(arbitrary, wishes).map(([document, all]) => ({ ...document, edits: editsOf(all, document.data) }));

describe('random documents and random edits', () => {
  it('the documents mean what they are meant to', () => {
    fc.assert(
      fc.property(fc.oneof(documents, jsonDocuments), ({ text, data }) => {
        const { documents: read, problems } = readYaml(text);
        expect(problems).toEqual([]);
        expect(read.map(({ value }) => value)).toEqual([data]);
        expect(parse(text)).toEqual(data);
      }),
      { numRuns: RUNS },
    );
  });

  it('the data is what it was, with the edits applied; only what has no place is skipped', () => {
    fc.assert(
      fc.property(cases(documents), ({ text, data, edits }) => {
        const { text: after, skipped } = applyEdits(text, edits);
        expect(skipped).toEqual(expectedSkips(edits, data));
        const wanted = dataAfter(
          data,
          edits.filter((edit) => !skipped.includes(edit)),
        );
        expect(readYaml(after).documents.map(({ value }) => value)).toEqual([wanted]);
        expect(parse(after)).toEqual(wanted);
        expect(parse(after, { version: '1.1' })).toEqual(wanted);
      }),
      { numRuns: RUNS },
    );
  });

  it('lines of what is not edited stay as they are, comments among them', () => {
    fc.assert(
      fc.property(cases(documents), ({ text, edits, marks }) => {
        const { text: after, skipped } = applyEdits(text, edits);
        const applied = edits
          .filter((edit) => !skipped.includes(edit))
          .map((edit) => ({ edit, tokens: tokensOf(edit) }));
        const targets = applied.map(({ edit, tokens }) => ({
          edit,
          at: tokens.at(-1) === '-' ? tokens.slice(0, -1) : tokens,
        }));
        const isGone = ({ path, comment, flow }: Mark) =>
          targets.some(({ edit, at }) => {
            if (flow && isBelow(at, flow)) return true;
            return isBelow(path, at) && !(comment && edit.op === 'set' && path.length === at.length);
          });
        const isNear = ({ path }: Mark) => targets.some(({ at }) => isBelow(path, at) || isBelow(at, path));
        // The anchor of a collection that becomes empty goes.
        for (const mark of marks)
          if (!isGone(mark) && (mark.comment || !isNear(mark))) expect(after).toMatch(new RegExp(`\\b${mark.name}\\b`));
        const far = new Set(marks.filter((mark) => !isGone(mark) && !isNear(mark)).map(({ name }) => name));
        const bare = (line: string) => line.replace(/^[ \ufeff]*(- +)*|\r$/g, '');
        const lines = new Set(after.split('\n').map(bare));
        for (const line of text.split('\n')) {
          const names = line.match(/\bm\d+e\b/g) ?? [];
          if (names.length > 0 && names.every((name) => far.has(name))) expect(lines).toContain(bare(line));
        }
      }),
      { numRuns: RUNS },
    );
  });

  it('line ends stay as they are', () => {
    fc.assert(
      fc.property(cases(documents), ({ text, edits }) => {
        const { text: after } = applyEdits(text, edits);
        const isWindows = text.includes('\r\n');
        expect(/(^|[^\r])\n/.test(after)).toBe(!isWindows && after.includes('\n'));
      }),
      { numRuns: RUNS },
    );
  });

  it('applying twice is applying once', () => {
    const lasting = (edits: Edit[]) =>
      edits.filter(({ op, pointer }) => !pointer.endsWith('/-') && !(op === 'delete' && /\/\d+$/.test(pointer)));
    fc.assert(
      fc.property(cases(documents), ({ text, edits }) => {
        const own = lasting(edits);
        const { text: once, skipped } = applyEdits(text, own);
        const again = applyEdits(
          once,
          own.filter((edit) => !skipped.includes(edit)),
        );
        expect(again).toEqual({ text: once, skipped: [] });
      }),
      { numRuns: RUNS },
    );
  });

  it('JSON stays JSON, written as it was', () => {
    fc.assert(
      fc.property(cases(jsonDocuments), ({ text, data, edits }) => {
        const { text: after, skipped } = applyEdits(text, edits);
        expect(skipped).toEqual(expectedSkips(edits, data));
        const wanted = dataAfter(
          data,
          edits.filter((edit) => !skipped.includes(edit)),
        );
        expect(JSON.parse(after)).toEqual(wanted);
        const indent = /\n(\s+)/.exec(text)?.[1];
        // The order of keys that come and go in one map is not compared.
        if (skipped.length === 0)
          expect(after).toBe(JSON.stringify(JSON.parse(after), null, indent) + (text.endsWith('\n') ? '\n' : ''));
      }),
      { numRuns: RUNS },
    );
  });
});
