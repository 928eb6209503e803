import { applyGroups } from '../yaml/edit-text.ts';
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
    const { text: after, skipped } = applyGroups(
      before,
      own.map(({ edits }) => edits),
    );
    if (after === before) continue;
    mended = mended.slice(0, document.start) + after + mended.slice(document.end);
    for (const [i, { finding }] of own.entries()) if (!skipped.includes(i)) rules.add(finding.rule);
  }
  return { text: mended, rules: [...rules].sort() };
}
