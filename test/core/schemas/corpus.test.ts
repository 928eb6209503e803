import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { pointerTokens } from '../../../src/core/config/pointer.ts';
import { knownKinds } from '../../../src/core/schemas/table.ts';
import { validateObject } from '../../../src/core/schemas/validate.ts';
import { renderedObjects, typeOf } from '../../helpers/schemas/corpus.ts';
import { type CorpusObject, customObjects, objectsOfAllKinds } from '../../helpers/schemas/kinds.ts';
import { mutantsOf, thinned } from '../../helpers/schemas/mutate.ts';

const objects = [...objectsOfAllKinds(), ...customObjects(), ...renderedObjects()];
const label = ({ apiVersion, kind, metadata }: CorpusObject) => `${apiVersion} ${kind} ${metadata.name}`;

describe('objects of all kinds', () => {
  it.each(objects.map((object) => [label(object), object] as const))('%s', (_label, object) => {
    expect(validateObject(object)).toEqual({ known: true, problems: [] });
  });

  it('are of every kind of the groups that people write, and of every kind of others that has a schema', () => {
    const groups = /^(v1|(apps|batch|autoscaling|policy|networking\.k8s\.io|rbac\.\S+|storage\.k8s\.io)\/v\d)$/;
    const wanted = knownKinds().filter(
      ({ apiVersion }) =>
        groups.test(apiVersion) || !/^\w+\/|^v1$|\.k8s\.io\//.test(apiVersion) || apiVersion.startsWith('gateway.'),
    );
    const there = new Set(objects.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`));
    const missing = wanted.map(({ apiVersion, kind }) => `${apiVersion} ${kind}`).filter((kind) => !there.has(kind));
    // These two are requests about a pod, never a manifest.
    expect(missing).toEqual(['policy/v1 Eviction', 'v1 Binding']);
  });
});

describe('objects with one change', () => {
  it('are blamed where they were changed', () => {
    const mutants = mutantsOf(objects, typeOf);
    let blamed = 0;
    for (const { name, object, path } of mutants) {
      const { problems } = validateObject(object);
      if (problems.length > 0) blamed++;
      for (const { pointer, message } of problems) {
        const at = pointerTokens(pointer);
        // A key that is gone is told of the mapping that lacks it.
        const parent = path.slice(0, -1).map(String);
        const isBelow = parent.every((token, i) => at[i] === token) && at.length >= parent.length;
        expect([name, pointer, message, isBelow]).toEqual([name, pointer, message, true]);
      }
    }
    expect(mutants.length).toBeGreaterThan(10_000);
    expect(blamed).toBeGreaterThan(mutants.length / 3);
  });
});

describe('objects that nobody would write', () => {
  const anywhere = fc.tuple(fc.constantFrom(...objects), fc.array(fc.nat(1_000_000), { minLength: 1, maxLength: 6 }));

  /** What YAML can say. */
  const anything = fc.oneof(fc.jsonValue(), fc.constantFrom(Number.NaN, Number.POSITIVE_INFINITY));

  it('are looked at without a crash, and told of by places that are there', () => {
    fc.assert(
      fc.property(anywhere, anything, ([object, picks], junk) => {
        const broken = withJunk(object, picks, junk);
        for (const { pointer, message } of validateObject(broken).problems) {
          expect(message).not.toMatch(/undefined|\[object/);
          expect(pointer === '' || pointer.startsWith('/')).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('are no objects at all', () => {
    fc.assert(
      fc.property(anything, (junk) => void validateObject(junk)),
      { numRuns: 1000 },
    );
  });

  it('are fine without what they need not have', () => {
    fc.assert(
      fc.property(anywhere, ([object, picks]) => {
        const { problems } = validateObject(thinned(object, typeOf(object), picks));
        expect(problems.filter(({ kind }) => kind !== 'missing-key')).toEqual([]);
      }),
      { numRuns: 1000 },
    );
  });
});

/** A copy with junk in the place of a random node. */
function withJunk(object: CorpusObject, picks: readonly number[], junk: unknown): unknown {
  const copy: unknown = structuredClone(object);
  let node = copy as Record<string, unknown>;
  for (const [i, pick] of picks.entries()) {
    const keys = Object.keys(node);
    const key = keys[pick % Math.max(1, keys.length)] ?? 'new';
    const next = node[key];
    if (i === picks.length - 1 || typeof next !== 'object' || next === null) {
      if (!['apiVersion', 'kind'].includes(key)) node[key] = junk;
      return copy;
    }
    node = next as Record<string, unknown>;
  }
  return copy;
}
