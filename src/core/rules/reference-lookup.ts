import { didYouMean } from '../did-you-mean.ts';
import type { Fault, KubeObject } from './finding.ts';
import { type ObjectSet, sameNamespace } from './object-set.ts';
import { type GroupKind, groupKind, objectsOf } from './workload-kinds.ts';

/** Whether and how a set has what is referred to. A set may be a part of what is deployed: what is absent may exist. */

/** What is computed once for each set, however many rules ask for it. */
export function perSet<T>(compute: (objects: ObjectSet) => T): (objects: ObjectSet) => T {
  const known = new WeakMap<ObjectSet, T>();
  return (objects) => {
    const before = known.get(objects);
    if (before !== undefined) return before;
    const value = compute(objects);
    known.set(objects, value);
    return value;
  };
}

const byName = perSet(({ objects }) => {
  const index = new Map<string, KubeObject[]>();
  for (const object of objects) {
    const key = `${groupKind(object)} ${object.name}`;
    const same = index.get(key);
    if (same) same.push(object);
    else index.set(key, [object]);
  }
  return index;
});

/** An object by kind, name and namespace; where either has no namespace, it may be the one. */
export function lookUp(
  objects: ObjectSet,
  kind: GroupKind,
  name: string,
  namespace: string | undefined,
): KubeObject | undefined {
  return byName(objects)
    .get(`${kind} ${name}`)
    ?.find((object) => sameNamespace(object.namespace, namespace));
}

/** Objects of a kind that are, or may be, in a namespace. */
export function inNamespace(objects: ObjectSet, kind: GroupKind, namespace: string | undefined): KubeObject[] {
  return objectsOf(objects, kind).filter((object) => sameNamespace(object.namespace, namespace));
}

/** What a note says of an object that the set does not have: a likely slip is more than a note. */
export function absent(what: string, name: string, others: readonly string[]): Pick<Fault, 'message' | 'severity'> {
  const [near] = nearest(name, others);
  return near === undefined
    ? { message: `${what} ${name} is not among these manifests: it must exist already` }
    : { severity: 'warning', message: `there is no ${what} ${name}: did you mean ${near}?` };
}

/** Words that are likely meant. `data-1` and `data-2`, or `web` and `web-tls`, are no slips of each other. */
export function nearest(word: string, others: readonly string[]): string[] {
  const letters = (text: string) => text.replaceAll(/\d/g, '');
  return didYouMean(word, [...new Set(others)]).filter(
    (other) => Math.abs(other.length - word.length) <= 2 && letters(other) !== letters(word),
  );
}

/** What belongs together: to one object, and under one word. */
export function grouped<T>(items: Iterable<T>, keysOf: (item: T) => readonly [KubeObject, string]): T[][] {
  const groups = new Map<KubeObject, Map<string, T[]>>();
  for (const item of items) {
    const [object, word] = keysOf(item);
    const words = groups.get(object) ?? new Map<string, T[]>();
    groups.set(object, words);
    words.set(word, [...(words.get(word) ?? []), item]);
  }
  return [...groups.values()].flatMap((words) => [...words.values()]);
}

/** "Deployment web". */
export function titleOf({ kind, name }: KubeObject): string {
  return `${kind} ${name}`;
}

/** The first of them, and how many more there are. */
export function listed(words: readonly string[], most = 3): string {
  const all = [...new Set(words)];
  const more = all.length - most;
  return more > 0 ? `${all.slice(0, most).join(', ')} and ${more} more` : all.join(', ');
}

/** A member of an object whose kind has no schema here, read as a list of mappings. */
export function mapsOf(value: unknown): Record<string, unknown>[] {
  return Array.isArray(value) ? value.map(mapOf) : [];
}

export function mapOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
