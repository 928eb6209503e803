import { type LayerEntry, parentOf, sortKey } from './layer.ts';

/** An entry and its place in the archive. */
export interface Numbered {
  key: string;
  sequence: number;
  entry: LayerEntry;
}

export function numbered(entry: LayerEntry, sequence: number): Numbered {
  return { key: sortKey(entry.path), sequence, entry };
}

export function compareNumbered(a: Numbered, b: Numbered): number {
  if (a.key !== b.key) return a.key < b.key ? -1 : 1;
  return a.sequence - b.sequence;
}

interface Folder {
  path: string;
  /** What came before this in the archive was removed when something else took the folder's place. */
  emptiedAt: number;
}

/**
 * Turns the members of one layer into one entry a path, as unpacking them in their order does: the last one counts,
 * what stood below a folder that was replaced is gone, folders that nothing was said of are there.
 * @param sorted by compareNumbered
 */
export function* settle(sorted: Iterable<Numbered>): Generator<LayerEntry> {
  const folders: Folder[] = [];
  let same: Numbered[] = [];
  const flush = function* (): Generator<LayerEntry> {
    const group = same;
    same = [];
    const path = group[0]?.entry.path;
    if (path === undefined) return;
    while (folders.length > 0 && !isBelow(path, (folders.at(-1) as Folder).path)) folders.pop();
    const emptied = Math.max(-1, ...folders.map(({ emptiedAt }) => emptiedAt));
    const alive = group.filter(({ sequence }) => sequence > emptied);
    if (alive.length === 0) return;
    yield* missingFolders(path, folders);
    const entry = merge(alive.map((one) => one.entry));
    yield entry;
    if (entry.type === 'directory' || entry.type === 'implicit')
      folders.push({ path, emptiedAt: Math.max(-1, ...alive.filter(isOther).map(({ sequence }) => sequence)) });
  };
  for (const next of sorted) {
    if (same.length > 0 && same[0]?.key !== next.key) yield* flush();
    same.push(next);
  }
  yield* flush();
}

function isOther({ entry: { type } }: Numbered): boolean {
  return type !== 'directory' && type !== 'implicit' && type !== 'whiteout';
}

function isBelow(path: string, folder: string): boolean {
  return folder === '' ? path !== '' : path.startsWith(`${folder}/`);
}

function* missingFolders(path: string, folders: Folder[]): Generator<LayerEntry> {
  if (path === '') return;
  const missing: string[] = [];
  const known = folders.at(-1)?.path;
  for (let at = parentOf(path); at !== known; at = parentOf(at)) {
    missing.unshift(at);
    if (at === '') break;
  }
  for (const folder of missing) {
    folders.push({ path: folder, emptiedAt: -1 });
    yield { path: folder, type: 'implicit', mode: 0, uid: 0, gid: 0 };
  }
}

/** Everything that was said of one path: what lower layers have is hidden where any of it says so. */
function merge(entries: LayerEntry[]): LayerEntry {
  const last = entries.findLast(({ type }) => type !== 'whiteout' && type !== 'implicit');
  const marks = entries.some(({ type, opaque }) => type === 'whiteout' || opaque);
  if (last) return marks && last.type === 'directory' ? { ...last, opaque: true } : last;
  const first = entries.find(({ type }) => type === 'implicit') ?? (entries[0] as LayerEntry);
  return first.type === 'implicit' && marks ? { ...first, opaque: true } : first;
}
