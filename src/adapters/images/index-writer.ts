import { closeSync, mkdirSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { type LayerEntry, sortKey } from '../../core/images/layer.ts';
import { OwnLinks } from '../../core/images/own-links.ts';
import { ByteReader, ByteWriter, INDEX_VERSION } from '../../core/images/record.ts';
import { compareNumbered, type Numbered, settle } from '../../core/images/settle.ts';
import { tooLarge } from './image-errors.ts';

/** So many entries are sorted in memory at once; more go to disk, so that memory does not grow with the image. */
const SORTED_AT_ONCE = 12_000;
/** More than any image has that was seen; an archive that goes on is not read to its end. */
const MAX_ENTRIES = 4_000_000;

const BLOCK_ENTRIES = 64;
export const MAGIC = `mcpkidx${INDEX_VERSION}`;
/** Where the table of blocks starts, in decimals, and the magic. */
export const TAIL = 16 + MAGIC.length;

/**
 * Writes the index of one layer: its entries sorted by path in blocks, each path without what it shares with the one
 * before, and a table of the blocks' first keys. Memory: the entries that are sorted at once.
 */
export class IndexWriter {
  readonly #folder: string;
  readonly #links = new OwnLinks();
  /** Entries as bytes: as objects they would live long enough to fill memory between two collections. */
  readonly #bytes = new ByteWriter();
  #pending: Pending[] = [];
  #runs: string[] = [];
  #count = 0;

  /** @param folder for files of its own, on the disk of the index; it is removed at the end */
  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** Entries in the order of the archive. @throws EnvironmentError where there are too many */
  add(entry: LayerEntry): void {
    if (this.#count >= MAX_ENTRIES) throw tooLarge(`a layer has more than ${MAX_ENTRIES} files`);
    const placed = this.#links.place(entry);
    const start = this.#bytes.length;
    const key = this.#bytes.text(sortKey(placed.path));
    this.#bytes.number(this.#count++);
    this.#bytes.entry(placed);
    this.#pending.push({ start, ...key, end: this.#bytes.length });
    if (this.#pending.length >= SORTED_AT_ONCE) this.#spill();
  }

  /** Moves the finished index into place: a reader sees all of it or nothing. */
  finish(path: string): void {
    const file = join(this.#folder, 'index');
    const sink = new FileSink(file);
    try {
      writeIndex(sink, settle(this.#sorted()));
    } finally {
      sink.close();
    }
    renameSync(file, path);
    this.discard();
  }

  discard(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** What is pending in its order, piece by piece. */
  *#ordered(): Generator<Buffer> {
    const bytes = this.#bytes.take();
    const pending = this.#pending;
    this.#pending = [];
    // What comes later in the archive comes later here.
    pending.sort((a, b) => bytes.compare(bytes, b.from, b.to, a.from, a.to) || a.start - b.start);
    let pieces: Buffer[] = [];
    for (const { start, end } of pending) {
      pieces.push(bytes.subarray(start, end));
      if (pieces.length < 500) continue;
      yield Buffer.concat(pieces);
      pieces = [];
    }
    if (pieces.length > 0) yield Buffer.concat(pieces);
  }

  #spill(): void {
    const file = join(this.#folder, `run-${this.#runs.length}`);
    const sink = new FileSink(file);
    try {
      for (const piece of this.#ordered()) sink.record(piece);
    } finally {
      sink.close();
    }
    this.#runs.push(file);
  }

  *#sorted(): Generator<Numbered> {
    if (this.#runs.length === 0) {
      for (const piece of this.#ordered()) yield* decoded(piece);
      return;
    }
    this.#spill();
    const heads = this.#runs.map((file) => {
      const entries = readRun(file);
      return { entries, next: entries.next() };
    });
    // The runs in the order of what each has next.
    const waiting = heads.filter(({ next }) => !next.done).sort(byNext);
    for (let first = waiting.shift(); first && !first.next.done; first = waiting.shift()) {
      yield first.next.value;
      first.next = first.entries.next();
      if (!first.next.done) waiting.splice(placeOf(first, waiting), 0, first);
    }
  }
}

/** One entry among the bytes, and its key there. */
interface Pending {
  start: number;
  from: number;
  to: number;
  end: number;
}

interface Head {
  entries: Generator<Numbered, undefined>;
  next: IteratorResult<Numbered, undefined>;
}

function byNext(a: Head, b: Head): number {
  return a.next.done || b.next.done ? 0 : compareNumbered(a.next.value, b.next.value);
}

function placeOf(head: Head, sorted: readonly Head[]): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (byNext(sorted[middle] as Head, head) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function* readRun(file: string): Generator<Numbered, undefined> {
  const fd = openSync(file, 'r');
  try {
    const size = Buffer.alloc(4);
    while (readSync(fd, size) === 4) {
      const bytes = Buffer.alloc(size.readUInt32LE());
      readSync(fd, bytes);
      yield* decoded(bytes);
    }
  } finally {
    closeSync(fd);
  }
  return undefined;
}

function* decoded(bytes: Buffer): Generator<Numbered> {
  const reader = new ByteReader(bytes);
  while (!reader.ended) {
    const key = reader.text();
    const sequence = reader.number();
    yield { key, sequence, entry: reader.entry(key.replaceAll('\0', '/')) };
  }
}

function writeIndex(sink: FileSink, entries: Iterable<LayerEntry>): void {
  const bytes = new ByteWriter();
  const table = new ByteWriter();
  let inBlock = 0;
  let before = '';
  for (const entry of entries) {
    if (inBlock === BLOCK_ENTRIES) {
      sink.write(bytes.take());
      inBlock = 0;
    }
    if (inBlock === 0) {
      table.text(entry.path);
      table.number(sink.length);
      before = '';
    }
    const shared = sharedLength(before, entry.path);
    bytes.number(shared);
    bytes.text(entry.path.slice(shared));
    bytes.entry(entry);
    before = entry.path;
    inBlock += 1;
  }
  sink.write(bytes.take());
  const tableAt = sink.length;
  sink.write(table.take());
  sink.write(Buffer.from(`${String(tableAt).padStart(16, '0')}${MAGIC}`));
}

function sharedLength(a: string, b: string): number {
  let length = 0;
  while (length < a.length && length < b.length && a.charCodeAt(length) === b.charCodeAt(length)) length++;
  return length;
}

class FileSink {
  readonly #fd: number;
  length = 0;

  constructor(file: string) {
    this.#fd = openSync(file, 'w', 0o600);
  }

  write(bytes: Buffer): void {
    let written = 0;
    while (written < bytes.length) written += writeSync(this.#fd, bytes, written);
    this.length += bytes.length;
  }

  record(bytes: Buffer): void {
    const size = Buffer.alloc(4);
    size.writeUInt32LE(bytes.length);
    this.write(size);
    this.write(bytes);
  }

  close(): void {
    closeSync(this.#fd);
  }
}
