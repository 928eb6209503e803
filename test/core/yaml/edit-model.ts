import { pointerTokens } from '../../../src/core/config/pointer.ts';
import type { Edit } from '../../../src/core/yaml/edit.ts';

export interface Place {
  tokens: string[];
  value: unknown;
}

/** Every node of a value, the value itself first. */
export function placesOf(value: unknown, tokens: string[] = []): Place[] {
  const below = typeof value === 'object' && value !== null ? Object.entries(value) : [];
  return [{ tokens, value }, ...below.flatMap(([key, member]) => placesOf(member, [...tokens, key]))];
}

export const isBelow = (tokens: readonly string[], above: readonly string[]) =>
  above.every((token, i) => tokens[i] === token);
export const tokensOf = ({ pointer }: Edit) => pointerTokens(pointer);

/** Which edits must be skipped in a document without aliases, found in a way of its own. */
export function expectedSkips(edits: readonly Edit[], data: unknown): Edit[] {
  const written: Edit[] = [];
  return edits.filter((edit) => {
    const tokens = tokensOf(edit);
    const isAppend = tokens.at(-1) === '-';
    const contradicts = written.some((earlier) => {
      const before = tokensOf(earlier);
      if (before.at(-1) === '-') return !isAppend && isBelow(before.slice(0, -1), tokens);
      if (isAppend) return isBelow(tokens.slice(0, -1), before);
      const isSame = earlier.pointer === edit.pointer && JSON.stringify(earlier) === JSON.stringify(edit);
      return !isSame && (isBelow(tokens, before) || isBelow(before, tokens));
    });
    if (!contradicts) written.push(edit);
    return contradicts || !hasPlace(tokens, data);
  });
}

function hasPlace([token, ...rest]: string[], data: unknown): boolean {
  if (token === undefined || data === null || data === undefined) return true;
  if (typeof data !== 'object') return false;
  if (Array.isArray(data)) return token === '-' || (Number(token) < data.length && hasPlace(rest, data[Number(token)]));
  return hasPlace(rest, (data as Record<string, unknown>)[token]);
}

/** Nothing in it is shared. */
function copy<T>(value: T): T {
  return JSON.parse(JSON.stringify(value));
}

const GONE = Symbol('gone');

/** The data after edits, in a way of its own. */
export function dataAfter(data: unknown, edits: readonly Edit[]): unknown {
  const root = copy(data) as Record<string, unknown>;
  const once = edits.filter(
    (edit, i) => edits.findIndex((other) => JSON.stringify(other) === JSON.stringify(edit)) === i,
  );
  for (const edit of once) {
    const tokens = tokensOf(edit);
    let node = root as Record<string, unknown> | undefined;
    for (const [i, token] of tokens.slice(0, -1).entries()) {
      if (edit.op === 'set' && node) node[token] ??= tokens[i + 1] === '-' ? [] : {};
      node = (node?.[token] ?? undefined) as Record<string, unknown> | undefined;
    }
    const last = tokens.at(-1) ?? '';
    if (edit.op === 'set') {
      if (last === '-' && Array.isArray(node)) node.push(copy(edit.value));
      else if (node) node[last] = copy(edit.value);
    } else if (node && last in node) node[last] = GONE;
  }
  return swept(root);
}

function swept(value: unknown): unknown {
  if (Array.isArray(value)) return value.filter((item) => item !== GONE).map(swept);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, member]) => (member === GONE ? [] : [[key, swept(member)]])),
  );
}
