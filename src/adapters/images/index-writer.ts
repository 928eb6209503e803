import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { LayerEntry } from '../../core/images/layer.ts';
import { OwnLinks } from '../../core/images/own-links.ts';
import { ByteWriter } from '../../core/images/record.ts';
import { type Settled, Settler, sharedLength } from '../../core/images/settle.ts';
import { tooLarge } from './image-errors.ts';
import { tailOf } from './index-format.ts';
import { type EntryBytes, passMerged, passRecords, pieceOf, Run } from './runs.ts';

/** So many entries, or bytes of them, are sorted in memory at once; more go to disk, so that memory does not grow. */
const SORTED_AT_ONCE = 12_000;
const SORTED_BYTES = 4 * 2 ** 20;
/** More than any image has that was seen; an archive that goes on is not read to its end. */
const MAX_ENTRIES = 4_000_000;
/** Of the entries on disk. */
const MAX_BYTES = 2 ** 30;
/** Symbolic links are kept in memory. */
const MAX_LINKS = 250_000;
const MAX_LINK_BYTES = 32 * 2 ** 20;
/** Some ten seconds of looking where they lead. */
const MAX_LINK_STEPS = 50_000_000;

const BLOCK_ENTRIES = 64;
const WRITTEN_AT_ONCE = 1 << 16;
/** So much of each run is in memory at the end. */
const RUN_PIECE = 1 << 14;

/**
 * Writes the index of one layer: its entries sorted by path in blocks, each path without what it shares with the one
 * before, and a table of the blocks' first keys. Memory: the entries that are sorted at once, and symbolic links.
 */
export class IndexWriter {
  readonly #folder: string;
  readonly #links = new OwnLinks();
  /** Entries as bytes: as objects they would live long enough to fill memory between two collections. */
  readonly #bytes = new ByteWriter();
  #pending: Pending[] = [];
  #runs: { from: number; to: number }[] = [];
  #spilled: FileSink | undefined;
  #count = 0;

  /** @param folder for files of its own, on the disk of the index; it is removed at the end */
  constructor(folder: string) {
    this.#folder = folder;
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** Entries in the order of the archive. @throws EnvironmentError where there are too many */
  add(entry: LayerEntry): void {
    if (this.#count >= MAX_ENTRIES) throw tooLarge(`a layer has more than ${MAX_ENTRIES} files`);
    const path = this.#links.place(entry);
    if (entry.type === 'symlink' || this.#links.steps > MAX_LINK_STEPS) refuseLinks(this.#links);
    const bytes = this.#bytes;
    const start = bytes.length;
    const from = bytes.key(path);
    const to = bytes.length;
    bytes.number(this.#count++);
    bytes.entry(entry);
    this.#pending.push({ start, from, to, end: bytes.length });
    if (this.#pending.length >= SORTED_AT_ONCE || bytes.length >= SORTED_BYTES) this.#spill();
  }

  /** Moves the finished index into place: a reader sees all of it or nothing. */
  finish(path: string): void {
    const file = join(this.#folder, 'index');
    const sink = new FileSink(file);
    try {
      const blocks = new BlockWriter(sink);
      const settler = new Settler<EntryBytes>(blocks);
      this.#pass(settler);
      settler.end();
      blocks.end();
    } finally {
      sink.close();
    }
    renameSync(file, path);
    this.discard();
  }

  discard(): void {
    this.#spilled?.close();
    this.#spilled = undefined;
    rmSync(this.#folder, { recursive: true, force: true });
  }

  /** Every entry in its order. */
  #pass(settler: Settler<EntryBytes>): void {
    if (!this.#spilled) {
      const { bytes, pending } = this.#taken();
      passRecords(bytes, pending, settler);
      return;
    }
    this.#spill();
    const { fd } = this.#spilled;
    passMerged(
      this.#runs.map(({ from, to }) => new Run(fd, from, to)),
      settler,
    );
  }

  /** What is pending, in its order; of the same path in that of the archive, because sorting is stable. */
  #taken(): { bytes: Buffer; pending: Pending[] } {
    const bytes = this.#bytes.take();
    const pending = this.#pending;
    this.#pending = [];
    pending.sort((a, b) => bytes.compare(bytes, b.from, b.to, a.from, a.to));
    return { bytes, pending };
  }

  #spill(): void {
    this.#spilled ??= new FileSink(join(this.#folder, 'runs'));
    const { bytes, pending } = this.#taken();
    const from = this.#spilled.length;
    const out = new ByteWriter();
    for (const { start, end } of pending) {
      out.copy(bytes, start, end);
      if (out.length >= RUN_PIECE) this.#spilled.write(pieceOf(out.take()));
    }
    if (out.length > 0) this.#spilled.write(pieceOf(out.take()));
    this.#runs.push({ from, to: this.#spilled.length });
    if (this.#spilled.length > MAX_BYTES) throw tooLarge(`the names and scripts of a layer fill ${MAX_BYTES} bytes`);
  }
}

function refuseLinks({ count, bytes, steps }: OwnLinks): void {
  if (count > MAX_LINKS) throw tooLarge(`a layer has more than ${MAX_LINKS} symbolic links`);
  if (bytes > MAX_LINK_BYTES) throw tooLarge(`the symbolic links of a layer fill more than ${MAX_LINK_BYTES} bytes`);
  if (steps > MAX_LINK_STEPS) throw tooLarge('the symbolic links of a layer lead too far');
}

/** One entry among the bytes, and its key there. */
export interface Pending {
  start: number;
  from: number;
  to: number;
  end: number;
}

const NOTHING_SAID: LayerEntry = { path: '', type: 'implicit', mode: 0, uid: 0, gid: 0 };
const HIDDEN: LayerEntry = { ...NOTHING_SAID, opaque: true };

/** Blocks of settled entries, and the table of them. */
class BlockWriter implements Settled<EntryBytes> {
  readonly #sink: FileSink;
  readonly #bytes = new ByteWriter();
  readonly #table = new ByteWriter();
  readonly #places: number[] = [];
  #count = 0;
  #before = '';

  constructor(sink: FileSink) {
    this.#sink = sink;
  }

  add(key: string, record: EntryBytes | undefined, opaque: boolean): void {
    if (this.#count >= MAX_ENTRIES) throw tooLarge(`a layer has more than ${MAX_ENTRIES} files and folders`);
    if (this.#count++ % BLOCK_ENTRIES === 0) this.#begin(key);
    const bytes = this.#bytes;
    const shared = sharedLength(this.#before, key);
    bytes.number(shared);
    bytes.text(shared === 0 ? key : key.slice(shared));
    if (record) bytes.copyEntry(record.bytes, record.from, record.to, opaque);
    else bytes.entry(opaque ? HIDDEN : NOTHING_SAID);
    this.#before = key;
  }

  end(): void {
    this.#sink.write(this.#bytes.take());
    const tableAt = this.#sink.length;
    this.#sink.write(this.#table.take());
    const placesAt = this.#sink.length;
    this.#sink.write(Buffer.from(Uint32Array.from(this.#places).buffer));
    this.#sink.write(tailOf(tableAt, placesAt));
  }

  #begin(key: string): void {
    if (this.#bytes.length >= WRITTEN_AT_ONCE) this.#sink.write(this.#bytes.take());
    this.#places.push(this.#table.length);
    this.#table.text(key);
    this.#table.number(this.#sink.length + this.#bytes.length);
    this.#before = '';
  }
}

class FileSink {
  readonly fd: number;
  length = 0;

  constructor(file: string) {
    this.fd = openSync(file, 'w+', 0o600);
  }

  write(bytes: Buffer): void {
    let written = 0;
    while (written < bytes.length) written += writeSync(this.fd, bytes, written);
    this.length += bytes.length;
  }

  close(): void {
    closeSync(this.fd);
  }
}
