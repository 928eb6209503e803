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
  const settler = new Settler();
  let same: Numbered[] = [];
  for (const next of sorted) {
    if (same.length > 0 && same[0]?.key !== next.key) {
      yield* settler.take(same);
      same = [];
    }
    same.push(next);
  }
  if (same.length > 0) yield* settler.take(same);
  yield* settler.rest();
}

class Settler {
  readonly #folders: Folder[] = [];
  /** What is no folder: nothing can stand below it. */
  #leaf: string | undefined;
  /** A whiteout is held back: with something below it in this layer it is a new, empty folder. */
  #whiteout: LayerEntry | undefined;

  /** Everything that was said of one path. */
  *take(group: readonly Numbered[]): Generator<LayerEntry> {
    const path = (group[0] as Numbered).entry.path;
    if (this.#leaf !== undefined && isBelow(path, this.#leaf)) return;
    while (this.#folders.length > 0 && !isBelow(path, (this.#folders.at(-1) as Folder).path)) this.#folders.pop();
    let emptied = -1;
    for (const folder of this.#folders) emptied = Math.max(emptied, folder.emptiedAt);
    const alive = emptied < 0 ? group : group.filter(({ sequence }) => sequence > emptied);
    if (alive.length === 0) return;
    yield* this.#release(path);
    yield* missingFolders(path, this.#folders);
    const entry = merge(alive.map((one) => one.entry));
    if (entry.type === 'whiteout') {
      this.#whiteout = entry;
      return;
    }
    yield entry;
    if (entry.type === 'directory' || entry.type === 'implicit')
      this.#folders.push({ path, emptiedAt: Math.max(-1, ...alive.filter(isOther).map(({ sequence }) => sequence)) });
    else this.#leaf = path;
  }

  *rest(): Generator<LayerEntry> {
    if (this.#whiteout) yield this.#whiteout;
  }

  *#release(path: string): Generator<LayerEntry> {
    const held = this.#whiteout;
    this.#whiteout = undefined;
    if (!held) return;
    if (!isBelow(path, held.path)) yield held;
    else {
      yield { path: held.path, type: 'implicit', mode: 0, uid: 0, gid: 0, opaque: true };
      this.#folders.push({ path: held.path, emptiedAt: -1 });
    }
  }
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
