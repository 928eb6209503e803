import { pointerTokens } from '../../src/core/config/pointer.ts';
import type { Edit } from '../../src/core/yaml/edit.ts';

type Node = Record<string, unknown>;

/** A copy of a JSON value after edits, as edit.ts defines them; lists are only walked through. */
export function edited<T>(value: T, edits: readonly Edit[]): T {
  const root = structuredClone(value);
  for (const edit of edits) {
    const tokens = pointerTokens(edit.pointer);
    const last = tokens.pop();
    if (last === undefined) throw new Error('an edit of the root');
    let node = root as Node | undefined;
    for (const token of tokens) {
      if (edit.op === 'set' && node) node[token] ??= {};
      node = node?.[token] as Node | undefined;
    }
    if (edit.op === 'delete') delete node?.[last];
    else if (node) node[last] = edit.value;
  }
  return root;
}
