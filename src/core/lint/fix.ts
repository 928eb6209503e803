import type { Edit } from '../yaml/edit.ts';
import { applyEdits } from '../yaml/edit-text.ts';
import type { YamlDocument } from '../yaml/read.ts';
import type { Found } from './finding.ts';

/** The same text with what can be mended mended; comments and order stay. */
export interface Mended {
  text: string;
  /** Ids of the rules whose findings were mended. */
  rules: string[];
}

/** Applies the edits of findings in one text, each document on its own. */
export function mendText(text: string, all: readonly Found[]): Mended {
  const byDocument = new Map<YamlDocument, Found[]>();
  for (const found of all) {
    if (!found.document || found.edits.length === 0) continue;
    const own = byDocument.get(found.document);
    if (own) own.push(found);
    else byDocument.set(found.document, [found]);
  }
  const rules = new Set<string>();
  let mended = text;
  // From the end, so that the offsets of what is before stay true.
  for (const [document, own] of [...byDocument].sort(([a], [b]) => b.start - a.start)) {
    const before = mended.slice(document.start, document.end);
    const after = applyEdits(before, inOrder(own.flatMap(({ edits }) => edits))).text;
    if (after === before) continue;
    mended = mended.slice(0, document.start) + after + mended.slice(document.end);
    for (const { finding } of own) rules.add(finding.rule);
  }
  return { text: mended, rules: [...rules].sort() };
}

/** Items of a list go from its end on, and come last of all: so no pointer means another item than it did. */
function inOrder(edits: readonly Edit[]): Edit[] {
  const once = [...new Map(edits.map((edit) => [JSON.stringify(edit), edit])).values()];
  const isAppend = ({ op, pointer }: Edit) => op === 'set' && pointer.endsWith('/-');
  const deletes = once.filter(({ op }) => op === 'delete').sort((a, b) => comparePointers(b.pointer, a.pointer));
  return [...once.filter((edit) => edit.op === 'set' && !isAppend(edit)), ...deletes, ...once.filter(isAppend)];
}

function comparePointers(a: string, b: string): number {
  const [left, right] = [a.split('/'), b.split('/')];
  for (let i = 0; i < Math.max(left.length, right.length); i++) {
    const [x = '', y = ''] = [left[i], right[i]];
    if (x === y) continue;
    const numbers = /^\d+$/.test(x) && /^\d+$/.test(y);
    return numbers ? Number(x) - Number(y) : x < y ? -1 : 1;
  }
  return 0;
}
