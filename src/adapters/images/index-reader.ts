import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { type Layer, type LayerEntry, sortKey } from '../../core/images/layer.ts';
import { ByteReader } from '../../core/images/record.ts';
import { MAGIC, TAIL } from './index-writer.ts';

interface Block {
  key: string;
  from: number;
  to: number;
}

const CACHED_BLOCKS = 256;

/** A layer's index on disk, of which only the blocks that are asked for are read. */
export class IndexReader implements Layer {
  readonly #fd: number;
  readonly #blocks: Block[] = [];
  readonly #read = new Map<number, { key: string; entry: LayerEntry }[]>();

  private constructor(fd: number, table: Buffer, tableAt: number) {
    this.#fd = fd;
    const reader = new ByteReader(table);
    while (!reader.ended) {
      const key = sortKey(reader.text());
      const from = reader.number();
      const last = this.#blocks.at(-1);
      if (last) last.to = from;
      this.#blocks.push({ key, from, to: tableAt });
    }
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
    const tail = readAt(fd, Math.max(0, size - TAIL), Math.min(size, TAIL)).toString('latin1');
    const tableAt = Number(tail.slice(0, 16));
    if (tail.slice(16) !== MAGIC || !Number.isSafeInteger(tableAt) || tableAt > size - TAIL) {
      closeSync(fd);
      return undefined;
    }
    return new IndexReader(fd, readAt(fd, tableAt, size - TAIL - tableAt), tableAt);
  }

  /** Whether there is one that can be opened. */
  static exists(path: string): boolean {
    const index = IndexReader.open(path);
    index?.close();
    return index !== undefined;
  }

  close(): void {
    closeSync(this.#fd);
  }

  find(path: string): LayerEntry | undefined {
    const found = this.#from(sortKey(path));
    return found?.entry.path === path ? found.entry : undefined;
  }

  namesIn(path: string): string[] {
    const prefix = path === '' ? '' : `${sortKey(path)}\0`;
    const names: string[] = [];
    let next = this.#from(prefix === '' ? '\x01' : prefix);
    while (next?.key.startsWith(prefix)) {
      const name = next.key.slice(prefix.length).split('\0', 1)[0] ?? '';
      names.push(name);
      // Past everything below it.
      next = this.#from(`${prefix}${name}\x01`);
    }
    return names;
  }

  /** The first entry at or after a key. */
  #from(key: string): { key: string; entry: LayerEntry } | undefined {
    let low = 0;
    let high = this.#blocks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.#blocks[middle] as Block).key <= key) low = middle + 1;
      else high = middle;
    }
    for (let block = Math.max(0, low - 1); block < this.#blocks.length; block++) {
      const found = this.#entries(block).find((one) => one.key >= key);
      if (found) return found;
    }
    return undefined;
  }

  #entries(number: number): { key: string; entry: LayerEntry }[] {
    const known = this.#read.get(number);
    if (known) return known;
    const { from, to } = this.#blocks[number] as Block;
    const reader = new ByteReader(readAt(this.#fd, from, to - from));
    const entries: { key: string; entry: LayerEntry }[] = [];
    let path = '';
    while (!reader.ended) {
      const shared = reader.number();
      path = path.slice(0, shared) + reader.text();
      entries.push({ key: sortKey(path), entry: reader.entry(path) });
    }
    if (this.#read.size >= CACHED_BLOCKS) this.#read.clear();
    this.#read.set(number, entries);
    return entries;
  }
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
