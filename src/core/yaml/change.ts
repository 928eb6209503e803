import { pointerTokens } from '../config/pointer.ts';
import type { Edit } from './edit.ts';

/** What edits do to one node and what is below it. */
export interface Change {
  /** What is put in its place, or that it goes. Such a node has no changes below it. */
  leaf: { value: unknown } | 'delete' | undefined;
  /** By key, or by index in the list as it was before all edits. */
  children: Map<string, Change>;
  /** New last items of a list. */
  appended: Edit[];
  /** The edits that end here. */
  edits: Edit[];
}

/**
 * Puts edits together. The same edit twice counts once. An edit of a node that an earlier one has written, or of what
 * is above or below such a node, contradicts it and is left out.
 */
export function changeOf(edits: readonly Edit[]): { change: Change; contradicting: Edit[] } {
  const change = noChange();
  const contradicting = edits.filter((edit) => !add(change, edit, pointerTokens(edit.pointer)));
  return { change, contradicting };
}

/** All edits of a change and of what is below it. */
export function editsOf({ edits, appended, children }: Change): Edit[] {
  return [...edits, ...appended, ...[...children.values()].flatMap(editsOf)];
}

/** New last items as values; the same value twice counts once. */
export function appendedValues({ appended }: Change): unknown[] {
  const values: unknown[] = [];
  for (const edit of appended) {
    if (edit.op === 'set' && !values.some((value) => equalData(value, edit.value))) values.push(edit.value);
  }
  return values;
}

function noChange(): Change {
  return { leaf: undefined, children: new Map(), appended: [], edits: [] };
}

function add(root: Change, edit: Edit, tokens: string[]): boolean {
  const last = tokens.pop();
  if (last === undefined) return false;
  let at = root;
  for (const token of tokens) {
    at = childOf(at, token);
    if (at.leaf) return false;
  }
  if (edit.op === 'set' && last === '-') {
    at.appended.push(edit);
    return true;
  }
  const target = childOf(at, last);
  if (target.children.size > 0 || target.appended.length > 0 || (target.leaf && !sameLeaf(target.leaf, edit)))
    return false;
  target.leaf = edit.op === 'set' ? { value: edit.value } : 'delete';
  target.edits.push(edit);
  return true;
}

function childOf({ children }: Change, token: string): Change {
  const child = children.get(token) ?? noChange();
  children.set(token, child);
  return child;
}

function sameLeaf(leaf: NonNullable<Change['leaf']>, edit: Edit): boolean {
  if (leaf === 'delete') return edit.op === 'delete';
  return edit.op === 'set' && equalData(leaf.value, edit.value);
}

/** Whether a change makes sense where nothing is yet. */
export function canBeMade({ leaf, children, appended }: Change): boolean {
  if (leaf) return true;
  return (children.size === 0 || appended.length === 0) && [...children.values()].every(canBeMade);
}

/** A value after a change; what does not change is not copied. Undefined where nothing is. */
export function changed(before: unknown, change: Change): unknown {
  const { leaf, children } = change;
  if (leaf) return leaf === 'delete' ? undefined : leaf.value;
  const added = appendedValues(change);
  if (Array.isArray(before) || (isNothing(before) && added.length > 0)) {
    const items: unknown[] = Array.isArray(before) ? before : [];
    const kept = items.flatMap((item, i) => {
      const own = children.get(String(i));
      const after = own ? changed(item, own) : item;
      return after === undefined ? [] : [after];
    });
    return [...kept, ...added];
  }
  if (!isNothing(before) && typeof before !== 'object') return before;
  const entries = new Map<string, unknown>(Object.entries(before ?? {}));
  for (const [key, own] of children) {
    const after = changed(entries.get(key), own);
    if (after === undefined) entries.delete(key);
    else entries.set(key, after);
  }
  return isNothing(before) && entries.size === 0 ? before : Object.fromEntries(entries);
}

export function isNothing(value: unknown): value is null | undefined {
  return value === null || value === undefined;
}

/** Whether two values are the same data; the order of keys does not matter, members that are undefined are not there. */
export function equalData(a: unknown, b: unknown): boolean {
  if (a === b || (Number.isNaN(a) && Number.isNaN(b))) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const left = members(a);
  const right = new Map(members(b));
  return (
    left.length === right.size && left.every(([key, member]) => right.has(key) && equalData(member, right.get(key)))
  );
}

function members(value: object): [string, unknown][] {
  return Object.entries(value).filter(([, member]) => member !== undefined);
}
