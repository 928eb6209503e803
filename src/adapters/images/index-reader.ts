import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type Layer, type LayerEntry, sortKey } from '../../core/images/layer.ts';
import { ByteReader } from '../../core/images/record.ts';
import { tooLarge } from './image-errors.ts';
import { parseTail, TAIL_LENGTH } from './index-format.ts';

/** A block of which the entries are decoded one by one. */
interface Block {
  bytes: Buffer;
  keys: string[];
  /** Where the entry of each key stands. */
  places: number[];
}

const CACHED_BLOCKS = 256;
/** Of one folder. Only folders of libraries are asked. */
const MAX_NAMES = 100_000;

/** A layer's index on disk, of which only the blocks that are asked for are read. */
export class IndexReader implements Layer {
  readonly #fd: number;
  readonly #tableAt: number;
  readonly #table: Buffer;
  /** Where in it the blocks' places start. */
  readonly #placesAt: number;
  readonly #count: number;
  readonly #read = new Map<number, Block>();

  private constructor(fd: number, table: Buffer, tableAt: number, placesAt: number) {
    this.#fd = fd;
    this.#table = table;
    this.#tableAt = tableAt;
    this.#placesAt = placesAt - tableAt;
    this.#count = (table.length - this.#placesAt) / 4;
  }

  /** Undefined where there is none, or one of another version of mcpk. */
  static open(path: string): IndexReader | undefined {
    let fd: number;
    try {
      fd = openSync(path, 'r');
    } catch {
      return undefined;
    }
    const { size } = fstatSync(fd);
    const tail = parseTail(readAt(fd, Math.max(0, size - TAIL_LENGTH), Math.min(size, TAIL_LENGTH)), size);
    if (!tail) {
      closeSync(fd);
      return undefined;
    }
    const table = readAt(fd, tail.tableAt, size - TAIL_LENGTH - tail.tableAt);
    return new IndexReader(fd, table, tail.tableAt, tail.placesAt);
  }

  close(): void {
    closeSync(this.#fd);
  }

  find(path: string): LayerEntry | undefined {
    const key = sortKey(path);
    const found = this.#from(key);
    return found && found.block.keys[found.place] === key ? entryIn(found.block, found.place, path) : undefined;
  }

  namesIn(path: string): string[] {
    const prefix = path === '' ? '' : `${sortKey(path)}\0`;
    const names: string[] = [];
    let key = this.#keyFrom(prefix === '' ? '\x01' : prefix);
    while (key?.startsWith(prefix)) {
      const name = key.slice(prefix.length).split('\0', 1)[0] ?? '';
      if (names.length === MAX_NAMES) throw tooLarge(`/${path} has more than ${MAX_NAMES} files`);
      names.push(name);
      // Past everything below it.
      key = this.#keyFrom(`${prefix}${name}\x01`);
    }
    return names;
  }

  #keyFrom(key: string): string | undefined {
    const found = this.#from(key);
    return found?.block.keys[found.place];
  }

  /** The first entry at or after a key. */
  #from(key: string): { block: Block; place: number } | undefined {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#start(middle).key <= key) low = middle + 1;
      else high = middle;
    }
    for (let number = Math.max(0, low - 1); number < this.#count; number++) {
      const block = this.#block(number);
      const place = block.keys.findIndex((one) => one >= key);
      if (place >= 0) return { block, place };
    }
    return undefined;
  }

  /** A block's first key, and where it starts. */
  #start(number: number): { key: string; from: number } {
    const reader = new ByteReader(this.#table, this.#table.readUInt32LE(this.#placesAt + 4 * number));
    return { key: reader.text(), from: reader.number() };
  }

  #block(number: number): Block {
    const known = this.#read.get(number);
    if (known) return known;
    const { from } = this.#start(number);
    const to = number + 1 < this.#count ? this.#start(number + 1).from : this.#tableAt;
    const bytes = readAt(this.#fd, from, to - from);
    const block: Block = { bytes, keys: [], places: [] };
    const reader = new ByteReader(bytes);
    let key = '';
    while (!reader.ended) {
      const shared = reader.number();
      key = key.slice(0, shared) + reader.text();
      block.keys.push(key);
      block.places.push(reader.at);
      reader.skipEntry();
    }
    if (this.#read.size >= CACHED_BLOCKS) this.#read.clear();
    this.#read.set(number, block);
    return block;
  }
}

function entryIn({ bytes, places }: Block, place: number, path: string): LayerEntry {
  return new ByteReader(bytes, places[place]).entry(path);
}

function readAt(fd: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length);
  let filled = 0;
  while (filled < length) {
    const read = readSync(fd, bytes, filled, length - filled, position + filled);
    if (read === 0) break;
    filled += read;
  }
  return bytes.subarray(0, filled);
}
