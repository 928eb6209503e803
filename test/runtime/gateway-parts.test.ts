import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { elements, members, replaceMember, setMember } from '../../runtime/gateway/src/json-text.ts';
import { onLines } from '../../runtime/gateway/src/lines.ts';
import { exposedNames, qualifyName, qualifyUri, unqualifyUri } from '../../runtime/gateway/src/names.ts';
import { pageOf } from '../../runtime/gateway/src/pages.ts';
import { isOffered } from '../../runtime/gateway/src/tool-filter.ts';
import { matchesTemplate } from '../../runtime/gateway/src/uri-template.ts';

/** JSON as servers write it: with space between the tokens, or without. */
const anyObject = fc.dictionary(fc.string(), fc.jsonValue());
const anySpace = fc.constantFrom(undefined, 1, '\t');

describe('taking JSON apart as text', () => {
  it('finds the members and elements that a parser finds', () => {
    fc.assert(
      fc.property(anyObject, anySpace, (object, space) => {
        const text = JSON.stringify(object, null, space);
        const found = [...members(text)].map(([key, raw]) => [key, JSON.parse(raw)]);
        expect(found).toEqual(Object.entries(JSON.parse(text)));
      }),
    );
    fc.assert(
      fc.property(fc.array(fc.jsonValue()), anySpace, (array, space) => {
        const text = JSON.stringify(array, null, space);
        expect(elements(text).map((raw) => JSON.parse(raw))).toEqual(JSON.parse(text));
      }),
    );
  });

  it('sets a member and leaves every other byte alone', () => {
    fc.assert(
      fc.property(anyObject, anySpace, fc.string(), fc.jsonValue(), (object, space, key, value) => {
        const text = JSON.stringify(object, null, space);
        const raw = JSON.stringify(value);
        const changed = setMember(text, key, raw);
        expect(members(changed).get(key)).toBe(raw);
        for (const [other, kept] of members(text)) {
          if (other !== key) expect(members(changed).get(other)).toBe(kept);
        }
        expect([...members(changed).keys()].sort()).toEqual([...new Set([...members(text).keys(), key])].sort());
        if (!members(text).has(key)) expect(replaceMember(text, key, raw)).toBe(text);
      }),
    );
  });
});

describe('lines', () => {
  it('are given without their ends, however they come in, and those that are too long are dropped', () => {
    const text = `one\r\n\n two \n${'x'.repeat(11)}\nthree\n${'y'.repeat(30)}\nfour\nrest`;
    for (const size of [1, 7, 1000]) {
      const lines: string[] = [];
      let dropped = 0;
      const stream = new PassThrough();
      onLines(
        stream,
        10,
        (line) => lines.push(line),
        () => dropped++,
      );
      for (let at = 0; at < text.length; at += size) stream.emit('data', Buffer.from(text.slice(at, at + size)));
      expect(lines.filter((line) => !/^[xy]+$/.test(line))).toEqual(['one', 'two', 'three', 'four']);
      expect(lines.every((line) => line.length <= 10)).toBe(true);
      expect(dropped).toBeGreaterThanOrEqual(2);
    }
  });
});

describe('names', () => {
  it.each([
    [
      ['a', 'b'],
      ['one.x', 'two.y'],
      ['x', 'y'],
    ],
    [
      ['a', 'b'],
      ['one.x', 'two.x'],
      ['one__x', 'two__x'],
    ],
    // A tool that is called like what another one becomes.
    [
      ['a', 'b', 'c'],
      ['one.x', 'two.x', 'three.one__x'],
      ['one__x', 'two__x', 'three__one__x'],
    ],
    [['a'], ['one.x', 'one.x'], ['one__x', undefined]],
  ])('%#: those that collide get their server in front', (_, offers, expected) => {
    const split = offers.map((offer) => ({
      server: offer.split('.')[0] as string,
      key: offer.split('.')[1] as string,
    }));
    expect(exposedNames(split, qualifyName, 'collisions')).toEqual(expected);
  });

  it('are different, whatever servers offer', () => {
    const offer = fc.record({ server: fc.constantFrom('a', 'b', 'a__b'), key: fc.stringMatching(/^[ab_]{1,6}$/) });
    fc.assert(
      fc.property(fc.uniqueArray(offer, { selector: ({ server, key }) => `${server} ${key}` }), (offers) => {
        const names = exposedNames(offers, qualifyName, 'collisions').filter((name) => name !== undefined);
        expect(new Set(names).size).toBe(names.length);
      }),
    );
  });

  it('stay within the 128 characters that the specification gives them', () => {
    const [one, two] = ['x'.repeat(127), `${'x'.repeat(126)}y`].map((key) => qualifyName('server', key));
    expect(one).toHaveLength(128);
    expect(two).not.toBe(one);
    expect(one).toMatch(/^[A-Za-z0-9_.-]+$/);
  });

  it('of resources can be taken apart again', () => {
    expect(unqualifyUri(qualifyUri('b', 'file:///x'), ['a', 'b'])).toEqual({ server: 'b', uri: 'file:///x' });
    expect(unqualifyUri('file:///x', ['a'])).toBeUndefined();
  });
});

describe('pages', () => {
  const list = (...names: string[]) => names.map((name) => ({ name, raw: name }));

  it('hold everything once, in order, whatever their size', () => {
    const names = Array.from({ length: 10 }, (_, n) => `n${n}`);
    for (const size of [1, 3, 10, 11]) {
      const seen: string[] = [];
      let cursor: string | undefined;
      do {
        const page = pageOf(list(...names), cursor, size);
        seen.push(...page.items);
        cursor = page.nextCursor;
      } while (cursor !== undefined);
      expect(seen).toEqual(names);
    }
  });

  it('go on at the right place when the list has changed', () => {
    const { nextCursor } = pageOf(list('a', 'b', 'c', 'd'), undefined, 2);
    expect(pageOf(list('new', 'a', 'b', 'c', 'd'), nextCursor, 2).items).toEqual(['c', 'd']);
    expect(pageOf(list('a', 'c', 'd'), nextCursor, 2).items).toEqual(['c', 'd']);
    expect(pageOf([], nextCursor, 2)).toEqual({ items: [], nextCursor: undefined });
  });

  it.each(['', 'x', '%', Buffer.from('[1]').toString('base64url'), 5])(
    'refuse a cursor of somebody else: %s',
    (cursor) => {
      expect(() => pageOf(list('a'), cursor, 1)).toThrow(/unknown cursor/);
    },
  );
});

describe('the tool filter', () => {
  it.each([
    ['get_x', undefined, [], true],
    ['get_x', [], [], false],
    ['get_x', ['get_*'], [], true],
    ['forget_x', ['get_*'], [], false],
    ['get_x', ['*'], ['*_x'], false],
    ['a.b', ['a.b'], [], true],
    ['aXb', ['a.b'], [], false],
  ])('%s with allow %j and deny %j: %s', (name, allow, deny, expected) => {
    expect(isOffered(name, { allow, deny })).toBe(expected);
  });
});

describe('URI templates', () => {
  it.each([
    ['file:///a/b', 'file:///{+path}', true],
    ['file:///a/b', 'file:///{name}', false],
    ['db://t/1', 'db://{table}/{id}', true],
    ['db://t/1/2', 'db://{table}/{id}', false],
    ['x://s?a=1', 'x://s{?a,b}', true],
    ['x://s', 'x://s{?a}', true],
    ['x://sQ', 'x://s{?a}', false],
    ['x://a.b', 'x://a.b', true],
    ['x://aXb', 'x://a.b', false],
  ])('%s of %s: %s', (uri, template, expected) => {
    expect(matchesTemplate(uri, template)).toBe(expected);
  });
});
