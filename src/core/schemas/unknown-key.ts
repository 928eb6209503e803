import { didYouMean } from '../did-you-mean.ts';
import { quotedList } from '../wording.ts';
import { fieldsOf } from './table.ts';
import type { Walk } from './walk.ts';

/** More keys than these are no help in a message. */
const FEW_KEYS = 12;

/** Reports a key that the type does not have; the walk stands at the key. */
export function unknownKey(key: string, type: string, walk: Walk): void {
  const known = keysOf(type);
  const near = didYouMean(key, known);
  const suggestion =
    near.length > 0
      ? `did you mean ${quotedList(near)}?`
      : (elsewhere(key, type, walk) ?? (known.length <= FEW_KEYS ? `known keys: ${known.join(', ')}` : undefined));
  walk.report('unknown-key', `unknown key "${key}" in ${walk.name(walk.path.length - 1)}`, suggestion);
}

/** A key that stands one level too high or some levels too deep. */
function elsewhere(key: string, type: string, walk: Walk): string | undefined {
  const below = (fieldsOf(type) ?? []).filter((field) => keysOf(itemType(field.type)).includes(key));
  // Most types have a `name`: where many fit, none is meant.
  if (below.length > 0 && below.length <= 2) return `it belongs under ${quotedList(below.map((field) => field.key))}`;
  const above = typesAlong(walk.type, walk.path).findLastIndex((parent) => keysOf(parent).includes(key));
  return above < 0 ? undefined : `it belongs in ${walk.name(above)}`;
}

/** The type at each step of a path, from the object itself on. */
function typesAlong(root: string, path: readonly (string | number)[]): string[] {
  const types = [root];
  for (const step of path) {
    const type = types.at(-1) ?? '';
    const field = fieldsOf(type)?.find(({ key }) => key === step);
    types.push(typeof step === 'number' ? itemType(type) : (field?.type ?? ''));
  }
  return types;
}

function itemType(type: string): string {
  return type.replace(/^\[(\w+)\].*$/, '$1');
}

function keysOf(type: string): string[] {
  return (fieldsOf(type) ?? []).map((field) => field.key);
}
