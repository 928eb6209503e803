import { closeSync, mkdirSync, openSync, readSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { LayerEntry } from '../../core/images/layer.ts';
import { OwnLinks } from '../../core/images/own-links.ts';
import { ByteReader, ByteWriter, INDEX_VERSION } from '../../core/images/record.ts';
import { compareNumbered, type Numbered, numbered, settle } from '../../core/images/settle.ts';
import { UsageError } from '../../errors.ts';

/** So many entries are sorted in memory at once; more go to disk, so that memory does not grow with the image. */
const SORTED_AT_ONCE = 40_000;
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
  #pending: Numbered[] = [];
  #runs: string[] = [];
  #count = 0;

  /** @param folder for files of its own, on the disk of the index; it is removed at the end */
  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** Entries in the order of the archive. @throws UsageError where there are too many */
  add(entry: LayerEntry): void {
    if (this.#count >= MAX_ENTRIES) {
      throw new UsageError('image.too-large', `a layer has more than ${MAX_ENTRIES} files`, {
        suggestions: ['no server needs so many: the archive may be made to exhaust those who read it'],
      });
    }
    this.#pending.push(numbered(this.#links.place(entry), this.#count++));
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

  #spill(): void {
    this.#pending.sort(compareNumbered);
    const file = join(this.#folder, `run-${this.#runs.length}`);
    const sink = new FileSink(file);
    try {
      const bytes = new ByteWriter();
      for (const { entry, sequence } of this.#pending) {
        bytes.text(entry.path);
        bytes.number(sequence);
        bytes.entry(entry);
        if (bytes.length > 1 << 16) sink.record(bytes.take());
      }
      if (bytes.length > 0) sink.record(bytes.take());
    } finally {
      sink.close();
    }
    this.#runs.push(file);
    this.#pending = [];
  }

  *#sorted(): Generator<Numbered> {
    this.#pending.sort(compareNumbered);
    if (this.#runs.length === 0) return yield* this.#pending;
    this.#spill();
    const heads = this.#runs.map((file) => {
      const entries = readRun(file);
      return { entries, next: entries.next() };
    });
    for (;;) {
      let least: (typeof heads)[number] | undefined;
      for (const head of heads) {
        if (head.next.done) continue;
        if (!least || least.next.done || compareNumbered(head.next.value, least.next.value) < 0) least = head;
      }
      if (!least || least.next.done) return;
      yield least.next.value;
      least.next = least.entries.next();
    }
  }
}

function* readRun(file: string): Generator<Numbered, undefined> {
  const fd = openSync(file, 'r');
  try {
    const size = Buffer.alloc(4);
    while (readSync(fd, size) === 4) {
      const bytes = Buffer.alloc(size.readUInt32LE());
      readSync(fd, bytes);
      const reader = new ByteReader(bytes);
      while (!reader.ended) {
        const path = reader.text();
        const sequence = reader.number();
        yield numbered(reader.entry(path), sequence);
      }
    }
  } finally {
    closeSync(fd);
  }
  return undefined;
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
