import { didYouMean } from '../did-you-mean.ts';
import { article, quotedList, show } from '../wording.ts';
import { checkOf } from './compile.ts';
import { isMapping } from './leaf.ts';
import type { SchemaProblem } from './problem.ts';
import { isBuiltIn, type KindEntry, kindEntry, knownKinds } from './table.ts';
import { Walk } from './walk.ts';

export interface ObjectVerdict {
  /** Whether there is a schema for the object's kind; without one nothing is known about the object. */
  known: boolean;
  problems: SchemaProblem[];
}

/**
 * Checks an object against the schema of its kind, as strictly as the API server does with fieldValidation=Strict:
 * unknown keys, wrong types, missing keys, and values that no cluster takes. Null counts as absent, except in lists.
 * Kinds are those of Kubernetes 1.34 and of templates/schemas; a List is for the caller to take apart.
 *
 * @param data the object, as read from YAML or JSON
 */
export function validateObject(data: unknown): ObjectVerdict {
  const entry = entryOf(data);
  const walk = new Walk(entry?.type ?? '');
  if (entry) {
    checkOf(entry.type)(data, walk);
    checkName(data as object, entry, walk);
  } else unknownObject(data, walk);
  return { known: entry !== undefined, problems: walk.problems };
}

function entryOf(data: unknown): KindEntry | undefined {
  if (!isMapping(data)) return undefined;
  const { apiVersion, kind } = data;
  return typeof apiVersion === 'string' && typeof kind === 'string' ? kindEntry(apiVersion, kind) : undefined;
}

/** Tells of what is no object at all, or of a kind that cannot be. */
function unknownObject(data: unknown, walk: Walk): void {
  if (!isMapping(data)) {
    walk.wrongType(article('object'), data);
    return;
  }
  const { apiVersion, kind } = data;
  if (isWord('apiVersion', apiVersion, walk) && isWord('kind', kind, walk)) misspeltKind(apiVersion, kind, walk);
}

function isWord(key: 'apiVersion' | 'kind', value: unknown, walk: Walk): value is string {
  if (typeof value === 'string' && value !== '') return true;
  if (value === undefined || value === null || value === '') {
    walk.report('missing-key', `the object lacks the key "${key}"`);
  } else {
    at([key], walk, () => walk.wrongType(article('string'), value));
  }
  return false;
}

/** A kind that is known to be nowhere is no unknown kind, but a fault. */
function misspeltKind(apiVersion: string, kind: string, walk: Walk): void {
  if (!isBuiltIn(apiVersion) || kind.endsWith('List')) return;
  const kinds = knownKinds();
  const elsewhere = kinds.filter((known) => known.kind === kind && isBuiltIn(known.apiVersion));
  const near = didYouMean(
    kind,
    kinds.filter((known) => known.apiVersion === apiVersion).map((known) => known.kind),
  );
  // A newer Kubernetes may have kinds that are not known here: without a near one, it is left open.
  if (elsewhere.length > 0) {
    const versions = quotedList(elsewhere.map((known) => known.apiVersion));
    at(['apiVersion'], walk, () =>
      walk.report('bad-value', `${apiVersion} has no kind ${kind}`, `it is in ${versions}`),
    );
  } else if (near.length > 0) {
    const suggestion = `did you mean ${quotedList(near)}?`;
    at(['kind'], walk, () => walk.report('bad-value', `${apiVersion} has no kind ${show(kind)}`, suggestion));
  }
}

function checkName(data: object, { name: format, nameRequired }: KindEntry, walk: Walk): void {
  if (format === undefined) return;
  const { metadata = null } = data as { metadata?: unknown };
  if (typeof metadata !== 'object' || Array.isArray(metadata)) return;
  const { name, generateName } = (metadata ?? {}) as Record<string, unknown>;
  const isAbsent = name === undefined || name === null || name === '';
  if (typeof name === 'string' && !isAbsent) at(['metadata', 'name'], walk, () => checkOf(format)(name, walk));
  else if (isAbsent && nameRequired && !generateName) {
    if (metadata === null) walk.report('missing-key', 'the object lacks the key "metadata"');
    else at(['metadata'], walk, () => walk.report('missing-key', 'metadata lacks the key "name"'));
  }
}

function at(path: string[], walk: Walk, work: () => void): void {
  walk.path.push(...path);
  work();
  walk.path.length -= path.length;
}

export type { SchemaProblem } from './problem.ts';
