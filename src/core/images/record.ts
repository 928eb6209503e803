import type { LayerEntry } from './layer.ts';

/**
 * The bytes of a layer's entry in the index on disk. A change here, or in what is kept of a layer, needs a new number:
 * an index of another one is made anew.
 */
export const INDEX_VERSION = 3;

const TYPES = ['file', 'directory', 'symlink', 'hardlink', 'special', 'implicit', 'whiteout'] as const;
/** The first byte of an entry: its place in TYPES, and these. */
const TYPE_BITS = 0x07;
const HAS_MORE = 0x08;
const OPAQUE = 0x10;

export function typeIn(kind: number): LayerEntry['type'] {
  return TYPES[kind & TYPE_BITS] ?? 'special';
}

export function isOpaque(kind: number): boolean {
  return (kind & OPAQUE) !== 0;
}

/** Most entries are a file or a folder of which nothing else is known. */
function hasMore({ target, capability, acl, program, text }: LayerEntry): boolean {
  return (
    target !== undefined || capability !== undefined || acl !== undefined || program !== undefined || text !== undefined
  );
}

/** Bytes above 127 are escaped, so that each character is one byte. */
function extraOf({ target, capability, acl, program, text }: LayerEntry): string {
  return JSON.stringify({ target, capability, acl, program, text }).replace(/[\u0080-\uffff]/g, escaped);
}

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

/** Numbers in 7 bits a byte, lowest first. */
export class ByteWriter {
  #bytes = Buffer.allocUnsafe(1 << 16);
  length = 0;

  number(value: number): void {
    this.#room(10);
    let rest = value;
    while (rest > 127) {
      this.#bytes[this.length++] = (rest % 128) + 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.length++] = rest;
  }

  text(text: string): void {
    this.number(text.length);
    this.#room(text.length);
    this.length += this.#bytes.write(text, this.length, 'latin1');
  }

  /** A path as its sort key. @returns where that starts; it ends where the writer is */
  key(path: string): number {
    this.text(path);
    const bytes = this.#bytes;
    const from = this.length - path.length;
    for (let at = from; at < this.length; at++) if (bytes[at] === SLASH) bytes[at] = 0;
    return from;
  }

  entry(entry: LayerEntry): void {
    const { type, mode, uid, gid, size, opaque } = entry;
    const more = hasMore(entry);
    this.number(TYPES.indexOf(type) | (more ? HAS_MORE : 0) | (opaque ? OPAQUE : 0));
    this.number(mode);
    this.number(uid);
    this.number(gid);
    this.number(size ?? 0);
    if (more) this.text(extraOf(entry));
  }

  /** An entry as another writer made it. */
  copyEntry(bytes: Buffer, from: number, to: number, opaque: boolean): void {
    const start = this.length;
    this.copy(bytes, from, to);
    if (opaque) this.#bytes[start] = (bytes[from] as number) | OPAQUE;
  }

  copy(bytes: Buffer, from: number, to: number): void {
    this.#room(to - from);
    const own = this.#bytes;
    // A few bytes are copied sooner than a native copy is called.
    for (let at = from; at < to; at++) own[this.length++] = bytes[at] as number;
  }

  /** What was written, until something else is: the writer starts anew. */
  take(): Buffer {
    const bytes = this.#bytes.subarray(0, this.length);
    this.length = 0;
    return bytes;
  }

  #room(wanted: number): void {
    if (this.length + wanted <= this.#bytes.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.#bytes.length + wanted));
    this.#bytes.copy(larger, 0, 0, this.length);
    this.#bytes = larger;
  }
}

const SLASH = 0x2f;

export class ByteReader {
  readonly #bytes: Buffer;
  at: number;

  constructor(bytes: Buffer, at = 0) {
    this.#bytes = bytes;
    this.at = at;
  }

  get ended(): boolean {
    return this.at >= this.#bytes.length;
  }

  number(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#bytes[this.at++];
      if (byte === undefined) throw new RangeError('the index is cut off');
      value += (byte & 127) * scale;
      if (byte < 128) return value;
    }
  }

  text(): string {
    const from = this.skipText();
    return this.#bytes.toString('latin1', from, this.at);
  }

  /** @returns where the text started */
  skipText(): number {
    const length = this.number();
    const from = this.at;
    if (from + length > this.#bytes.length) throw new RangeError('the index is cut off');
    this.at += length;
    return from;
  }

  skipEntry(): void {
    const kind = this.number();
    for (let numbers = 4; numbers > 0; numbers--) while ((this.#bytes[this.at++] as number) > 127);
    if (kind & HAS_MORE) this.skipText();
  }

  entry(path: string): LayerEntry {
    const kind = this.number();
    const entry: LayerEntry = {
      path,
      type: typeIn(kind),
      mode: this.number(),
      uid: this.number(),
      gid: this.number(),
    };
    const size = this.number();
    if (entry.type === 'file') entry.size = size;
    if (isOpaque(kind)) entry.opaque = true;
    return kind & HAS_MORE ? Object.assign(entry, JSON.parse(this.text())) : entry;
  }
}
