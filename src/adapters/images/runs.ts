import { readSync } from 'node:fs';
import { ByteReader, isOpaque, typeIn } from '../../core/images/record.ts';
import { comesBefore, type Said, type Settler } from '../../core/images/settle.ts';

/** An entry's bytes among others. */
export interface EntryBytes {
  bytes: Buffer;
  from: number;
  to: number;
}

/** Passes the records of some bytes on: key, place in the archive, entry. */
export function passRecords(
  bytes: Buffer,
  places: readonly { start: number; end: number }[],
  settler: Settler<EntryBytes>,
): void {
  const reader = new ByteReader(bytes);
  for (const { start, end } of places) {
    reader.at = start;
    const key = reader.text();
    const sequence = reader.number();
    settler.add(said(key, sequence, { bytes, from: reader.at, to: end }));
  }
}

function said(key: string, sequence: number, entry: EntryBytes): Said<EntryBytes> {
  const kind = entry.bytes[entry.from] as number;
  return { key, sequence, type: typeIn(kind), opaque: isOpaque(kind), entry };
}

/** Sorted records on disk: pieces of whole records, each after its length. One piece at a time is in memory. */
export class Run {
  readonly #fd: number;
  readonly #to: number;
  #at: number;
  #bytes: Buffer = Buffer.alloc(0);
  #reader = new ByteReader(this.#bytes);
  current: Said<EntryBytes> | undefined;

  constructor(fd: number, from: number, to: number) {
    this.#fd = fd;
    this.#at = from;
    this.#to = to;
    this.advance();
  }

  advance(): void {
    if (this.#reader.ended && !this.#fill()) {
      this.current = undefined;
      return;
    }
    const reader = this.#reader;
    const key = reader.text();
    const sequence = reader.number();
    const from = reader.at;
    reader.skipEntry();
    this.current = said(key, sequence, { bytes: this.#bytes, from, to: reader.at });
  }

  #fill(): boolean {
    if (this.#at >= this.#to) return false;
    const length = this.#read(4).readUInt32LE();
    // Not the old one: who has its records may still look at them.
    this.#bytes = this.#read(length);
    this.#reader = new ByteReader(this.#bytes);
    return true;
  }

  #read(length: number): Buffer {
    const bytes = Buffer.allocUnsafe(length);
    if (readSync(this.#fd, bytes, 0, length, this.#at) !== length) throw new RangeError('a run is cut off');
    this.#at += length;
    return bytes;
  }
}

/** The bytes of a piece of a run. */
export function pieceOf(records: Buffer): Buffer {
  const piece = Buffer.allocUnsafe(4 + records.length);
  piece.writeUInt32LE(records.length);
  records.copy(piece, 4);
  return piece;
}

/** Passes the records of all runs on in their common order. */
export function passMerged(runs: readonly Run[], settler: Settler<EntryBytes>): void {
  // The one whose next record comes first stands last.
  const waiting = runs.filter(({ current }) => current !== undefined).sort((a, b) => (isBefore(a, b) ? 1 : -1));
  for (let run = waiting.at(-1); run?.current; run = waiting.at(-1)) {
    settler.add(run.current);
    run.advance();
    if (run.current) settleIn(waiting);
    else waiting.pop();
  }
}

/** Moves the last run to where its next record belongs. */
function settleIn(waiting: Run[]): void {
  const moved = waiting.at(-1) as Run;
  let low = 0;
  let high = waiting.length - 1;
  // Most archives are in order, or nearly so: it mostly stays.
  if (high > 0 && isBefore(moved, waiting[high - 1] as Run)) return;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (isBefore(moved, waiting[middle] as Run)) low = middle + 1;
    else high = middle;
  }
  // copyWithin takes more than ten times as long.
  for (let at = waiting.length - 1; at > low; at--) waiting[at] = waiting[at - 1] as Run;
  waiting[low] = moved;
}

function isBefore(a: Run, b: Run): boolean {
  return comesBefore(a.current as Said<EntryBytes>, b.current as Said<EntryBytes>);
}
