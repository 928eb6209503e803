import type { ByteString } from './bytes.ts';
import type { LayerEntry } from './layer.ts';

/** A member's place in the archive, and what it says. */
export interface Said<Entry> {
  /** Its path's sort key. */
  key: ByteString;
  sequence: number;
  type: LayerEntry['type'];
  opaque: boolean;
  entry: Entry;
}

/** Gets one entry a path. */
export interface Settled<Entry> {
  /**
   * @param entry undefined for a folder that nothing was said of
   * @param opaque what lower layers have below it is hidden
   */
  add(key: ByteString, entry: Entry | undefined, opaque: boolean): void;
}

/** In the order of keys, what came later in the archive later. */
export function comesBefore(a: Said<unknown>, b: Said<unknown>): boolean {
  return a.key < b.key || (a.key === b.key && a.sequence < b.sequence);
}

interface Folder {
  key: ByteString;
  /** What came before this in the archive was removed when something else took the place of this folder or of one above. */
  emptiedAt: number;
}

/**
 * Turns the members of one layer into one entry a path, as unpacking them in their order does: the last one counts,
 * what stood below a folder that was replaced is gone, folders that nothing was said of are there. Memory: the folders
 * that it stands in.
 */
export class Settler<Entry> {
  readonly #settled: Settled<Entry>;
  /** The folders that the path is in, and it itself where it is one. */
  readonly #folders: Folder[] = [];
  /** What is no folder: nothing can stand below it. */
  #leaf: ByteString | undefined;
  /** A whiteout is held back: with something below it in this layer it is a new, empty folder. */
  #held: { key: ByteString; entry: Entry } | undefined;

  /** The path that is being told of. */
  #key: ByteString | undefined;
  /** Nothing before this place counts; Infinity where nothing does. */
  #emptiedAt = -1;
  /** The last that is something. */
  #last: Entry | undefined;
  #isFolder = true;
  /** The last place at which it was no folder. */
  #otherAt = -1;
  #whiteout: Entry | undefined;
  #implicit = false;
  #hides = false;

  constructor(settled: Settled<Entry>) {
    this.#settled = settled;
  }

  /** Call it in the order of `comesBefore`. */
  add(said: Said<Entry>): void {
    const { key, sequence, type } = said;
    const before = this.#key;
    const shared = before === undefined ? 0 : sharedLength(before, key);
    if (before === undefined || shared < key.length || shared < before.length) this.#next(key, shared);
    if (sequence <= this.#emptiedAt) return;
    if (said.opaque || type === 'whiteout') this.#hides = true;
    if (type === 'whiteout') this.#whiteout ??= said.entry;
    else if (type === 'implicit') this.#implicit = true;
    else {
      this.#last = said.entry;
      this.#isFolder = type === 'directory';
      if (!this.#isFolder) this.#otherAt = sequence;
    }
  }

  end(): void {
    this.#finish();
    if (this.#held) this.#settled.add(this.#held.key, this.#held.entry, false);
  }

  /** @param shared how much of the key is that of the one before */
  #next(key: ByteString, shared: number): void {
    this.#finish();
    this.#key = key;
    this.#last = this.#whiteout = undefined;
    this.#isFolder = true;
    this.#otherAt = -1;
    this.#implicit = this.#hides = false;
    if (this.#leaf !== undefined && continues(key, shared, this.#leaf)) {
      this.#emptiedAt = Number.POSITIVE_INFINITY;
      return;
    }
    this.#leaf = undefined;
    let folder = this.#folders.at(-1);
    while (folder && !continues(key, shared, folder.key)) {
      this.#folders.pop();
      folder = this.#folders.at(-1);
    }
    this.#emptiedAt = folder ? folder.emptiedAt : -1;
  }

  #finish(): void {
    const key = this.#key;
    const something = this.#last !== undefined || this.#implicit;
    if (key === undefined || (!something && this.#whiteout === undefined)) return;
    if (this.#held) this.#release(this.#held, key);
    this.#addMissingFolders(key);
    if (!something && this.#whiteout !== undefined) {
      this.#held = { key, entry: this.#whiteout };
      return;
    }
    this.#settled.add(key, this.#last, this.#isFolder && this.#hides);
    if (this.#isFolder) this.#enter(key, this.#otherAt);
    else this.#leaf = key;
  }

  #enter(key: ByteString, emptiedAt: number): void {
    this.#folders.push({ key, emptiedAt: Math.max(emptiedAt, this.#folders.at(-1)?.emptiedAt ?? -1) });
  }

  #release(held: { key: ByteString; entry: Entry }, key: ByteString): void {
    this.#held = undefined;
    if (held.key === '' || key.startsWith(`${held.key}\0`)) {
      this.#settled.add(held.key, undefined, true);
      this.#enter(held.key, -1);
    } else this.#settled.add(held.key, held.entry, false);
  }

  #addMissingFolders(key: ByteString): void {
    if (key === '') return;
    const known = this.#folders.at(-1)?.key;
    if (known === undefined) this.#addFolder('');
    for (let end = key.indexOf('\0', known ? known.length + 1 : 0); end >= 0; end = key.indexOf('\0', end + 1))
      this.#addFolder(key.slice(0, end));
  }

  #addFolder(key: ByteString): void {
    this.#settled.add(key, undefined, false);
    this.#enter(key, -1);
  }
}

/** Whether a key is below a folder that the key before it was in, or was. @param shared by the two keys */
function continues(key: ByteString, shared: number, folder: ByteString): boolean {
  if (folder === '') return key !== '';
  return shared >= folder.length && key.charCodeAt(folder.length) === 0;
}

/** How many bytes two texts begin with alike. */
export function sharedLength(a: ByteString, b: ByteString): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a.charCodeAt(length) === b.charCodeAt(length)) length++;
  return length;
}
