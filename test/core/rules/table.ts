import { describe, expect, it } from 'vitest';
import type { KubeObject } from '../../../src/core/rules/finding.ts';
import type { Rule } from '../../../src/core/rules/rule.ts';
import { faults, mended, said } from './objects.ts';

type Objects = KubeObject | readonly KubeObject[];

interface Cases {
  /** Why, what is looked at, what is said; `fixed` where every fault has a fix, and after all of them it is silent. */
  fires: readonly (readonly [string, Objects, readonly string[], 'fixed'?])[];
  silent: readonly (readonly [string, Objects])[];
}

function listOf(objects: Objects): KubeObject[] {
  return Array.isArray(objects) ? [...objects] : [objects as KubeObject];
}

/** Tests of a family: each rule with objects that make it speak, and objects that are near and do not. */
export function describeRules(rules: readonly Rule[], cases: Readonly<Record<string, Cases>>): void {
  it('every rule has objects that fire and objects that do not', () => {
    expect(Object.keys(cases).sort()).toEqual(rules.map(({ id }) => id).sort());
    for (const { fires, silent } of Object.values(cases))
      expect(Math.min(fires.length, silent.length)).toBeGreaterThan(0);
  });

  for (const rule of rules) {
    const { fires = [], silent = [] } = cases[rule.id] ?? {};
    describe(rule.id, () => {
      for (const [why, objects, lines, fixed] of fires) {
        it(`fires: ${why}`, () => {
          const list = listOf(objects);
          expect(said(rule, ...list)).toEqual(lines);
          const found = faults([rule], list);
          for (const { message } of found) expect(message).toMatch(/^\S[^\n]*[^.\s]$/);
          if (fixed) expect(said(rule, ...mended(rule, ...list))).toEqual([]);
          else expect(found.filter(({ fix }) => fix)).toEqual([]);
        });
      }

      for (const [why, objects] of silent) {
        it(`is silent: ${why}`, () => expect(said(rule, ...listOf(objects))).toEqual([]));
      }
    });
  }
}
