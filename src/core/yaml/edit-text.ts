import { changed, changeOf, equalData } from './change.ts';
import type { Edit } from './edit.ts';
import { type YamlNode, yamlTree } from './node.ts';
import { readYaml } from './read.ts';
import { spliced } from './splice.ts';
import { splicesOf } from './splices-of.ts';
import { isJson } from './write.ts';

interface Source {
  text: string;
  root: YamlNode | undefined;
  data: unknown;
  problems: string;
}

export interface Edited {
  text: string;
  /** Edits that were left out: the text stands as if they had not been asked for. */
  skipped: Edit[];
}

/**
 * Edits the text of one YAML document, or of one JSON value. Every byte that need not change stays.
 *
 * Indices in pointers mean the items as they are in `text`, whatever else is edited. The same edit twice counts once;
 * what is not there counts as deleted. Edits that contradict an earlier one are skipped, and so is what this text
 * cannot say without changing more than was asked for: what is below an alias or in a node that an alias repeats, keys
 * that a merge brings in. What is written is read again, and nothing is changed that then means something else.
 *
 * A map or list that loses its last entry becomes `{}` or `[]`: its key stays. An entry goes with the comment on its
 * line, the comment lines right above it that start in its column, and those right below it that stand further right.
 * @param text of one document, with or without its `---`
 */
export function applyEdits(text: string, edits: readonly Edit[]): Edited {
  const source = edits.length > 0 ? sourceOf(text) : undefined;
  if (!source) return { text, skipped: [...edits] };
  const { contradicting } = changeOf(edits);
  const best = most(source, without(edits, contradicting), { text, applied: [] });
  return { text: best.text, skipped: without(edits, best.applied) };
}

/**
 * Edits a text by groups of edits; a group is applied as a whole or not at all.
 * @returns also the indices of the groups that were left out
 */
export function applyGroups(text: string, groups: readonly (readonly Edit[])[]): { text: string; skipped: number[] } {
  let whole = [...groups.keys()];
  for (;;) {
    const edited = applyEdits(
      text,
      whole.flatMap((i) => groups[i] ?? []),
    );
    const skipped = new Set(edited.skipped);
    const left = whole.filter((i) => !groups[i]?.some((edit) => skipped.has(edit)));
    if (left.length === whole.length)
      return { text: edited.text, skipped: [...groups.keys()].filter((i) => !left.includes(i)) };
    whole = left;
  }
}

function sourceOf(text: string): Source | undefined {
  const { documents, problems } = readYaml(text);
  const [document] = documents;
  const isSound = problems.every(({ kind }) => kind === 'duplicate-key');
  if (!document || documents.length > 1 || !isSound) return undefined;
  return { text, root: yamlTree(text), data: document.value, problems: problems.map(({ kind }) => kind).join() };
}

interface Result {
  text: string;
  applied: Edit[];
}

/** Applies as many more edits as go together, by halves where not all of them do. */
function most(source: Source, edits: readonly Edit[], sofar: Result): Result {
  if (edits.length === 0) return sofar;
  const all = attempt(source, [...sofar.applied, ...edits]);
  if (all) return all;
  if (edits.length === 1) return sofar;
  const half = edits.length >> 1;
  return most(source, edits.slice(half), most(source, edits.slice(0, half), sofar));
}

/** All edits that the text has a place for, if the outcome means what it must. */
function attempt(source: Source, edits: readonly Edit[]): Result | undefined {
  const { change } = changeOf(edits);
  const { splices, refused } = splicesOf(source.text, source.root, change, source.data);
  if (refused.length > 0) return attempt(source, without(edits, refused));
  const text = spliced(source.text, splices);
  return says(text, changed(source.data, change), source) ? { text, applied: [...edits] } : undefined;
}

function without(edits: readonly Edit[], some: readonly Edit[]): Edit[] {
  const out = new Set(some);
  return edits.filter((edit) => !out.has(edit));
}

function says(text: string, data: unknown, source: Source): boolean {
  if (isJson(source.text) && !isJson(text)) return false;
  const after = text === source.text ? source : sourceOf(text);
  const isSound = after !== undefined && (after.problems === source.problems || after.problems === '');
  return isSound && equalData(after.data, data);
}
