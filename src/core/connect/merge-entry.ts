import type { Edit } from '../yaml/edit.ts';
import { applyEdits } from '../yaml/edit-text.ts';
import type { ClientDocument, ClientInput, ClientServer } from './client-entry.ts';

export type Merged =
  | { ok: true; text: string }
  /** `not-json`: comments, or a fault. `shape`: JSON of another shape. `taken`: the name leads somewhere else. */
  | { ok: false; why: 'not-json' | 'shape' | 'taken' };

type Entries = Record<string, unknown>;

/**
 * Puts an entry into the text of a client's config file. Everything else in it stays, byte for byte; of an entry that
 * is ours already, only what we set changes.
 * @param text undefined where there is no file yet
 */
export function mergeEntry(text: string | undefined, document: ClientDocument): Merged {
  if (text === undefined || text.trim() === '') return { ok: true, text: documentText(document) };
  const existing = parsed(text);
  if (existing === undefined) return { ok: false, why: 'not-json' };
  if (!isMap(existing)) return { ok: false, why: 'shape' };
  const edits: Edit[] = [];
  for (const [key, part] of Object.entries(document)) {
    const there = existing[key];
    if (Array.isArray(part)) {
      if (there !== undefined && !Array.isArray(there)) return { ok: false, why: 'shape' };
      edits.push(...inputEdits(key, part, there ?? []));
      continue;
    }
    if (there !== undefined && !isMap(there)) return { ok: false, why: 'shape' };
    for (const [name, server] of Object.entries(part)) {
      const before = there?.[name];
      if (before !== undefined && !leadsHere(before)) return { ok: false, why: 'taken' };
      edits.push(...serverEdits(`/${key}/${name}`, server, before as Entries | undefined));
    }
  }
  const edited = applyEdits(text, edits);
  return edited.skipped.length === 0 ? { ok: true, text: edited.text } : { ok: false, why: 'shape' };
}

/** A whole file. */
export function documentText(document: ClientDocument): string {
  return `${JSON.stringify(document, null, 2)}\n`;
}

function serverEdits(pointer: string, server: ClientServer, before: Entries | undefined): Edit[] {
  if (before === undefined) return [{ op: 'set', pointer, value: server }];
  return Object.entries(server).flatMap(([key, value]): Edit[] => {
    // Headers and variables that others added stay.
    if (!isMap(value) || !isMap(before[key])) return [{ op: 'set', pointer: `${pointer}/${key}`, value }];
    return Object.entries(value).map(([name, one]) => ({
      op: 'set',
      pointer: `${pointer}/${key}/${name}`,
      value: one,
    }));
  });
}

function inputEdits(key: string, inputs: readonly ClientInput[], there: readonly unknown[]): Edit[] {
  const known = new Set(there.map((input) => (isMap(input) ? input['id'] : undefined)));
  return inputs.filter(({ id }) => !known.has(id)).map((value) => ({ op: 'set', pointer: `/${key}/-`, value }));
}

const LOCAL_URL = /^http:\/\/(127\.0\.0\.1|localhost):\d+\/mcp$/;

/** An entry of that name that leads to another place is somebody's own. */
function leadsHere(entry: unknown): boolean {
  if (!isMap(entry)) return false;
  const { url, args } = entry;
  const urls = [url, ...(Array.isArray(args) ? args : [])];
  return urls.some((one) => typeof one === 'string' && LOCAL_URL.test(one));
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function isMap(value: unknown): value is Entries {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
