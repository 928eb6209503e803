import type { LayerEntry } from './layer.ts';

/**
 * The bytes of a layer's entry in the index on disk. A change here, or in what is kept of a layer, needs a new number:
 * an index of another one is made anew.
 */
export const INDEX_VERSION = 2;

const TYPES = ['file', 'directory', 'symlink', 'hardlink', 'special', 'implicit', 'whiteout'] as const;
const HAS_MORE = 0x80;

/** Most entries are a file or a folder of which nothing else is known. */
function hasMore({ target, capability, acl, program, text, opaque }: LayerEntry): boolean {
  return (
    target !== undefined ||
    capability !== undefined ||
    acl !== undefined ||
    program !== undefined ||
    text !== undefined ||
    opaque !== undefined
  );
}

/** Bytes above 127 are escaped, so that each character is one byte. */
function extraOf({ target, capability, acl, program, text, opaque }: LayerEntry): string {
  const escaped = (c: string) => `\\u${c.charCodeAt(0).toString(16).padStart(4, '0')}`;
  return JSON.stringify({ target, capability, acl, program, text, opaque }).replace(/[\u0080-\uffff]/g, escaped);
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

  /** @returns where its bytes stand */
  text(text: string): { from: number; to: number } {
    this.number(text.length);
    this.#room(text.length);
    const from = this.length;
    this.length += this.#bytes.write(text, from, 'latin1');
    return { from, to: this.length };
  }

  entry(entry: LayerEntry): void {
    const { type, mode, uid, gid, size } = entry;
    const extra = hasMore(entry) ? extraOf(entry) : '';
    this.number(TYPES.indexOf(type) + (extra ? HAS_MORE : 0));
    this.number(mode);
    this.number(uid);
    this.number(gid);
    this.number(size ?? 0);
    if (extra) this.text(extra);
  }

  take(): Buffer {
    const bytes = Buffer.from(this.#bytes.subarray(0, this.length));
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
    const length = this.number();
    if (this.at + length > this.#bytes.length) throw new RangeError('the index is cut off');
    this.at += length;
    return this.#bytes.toString('latin1', this.at - length, this.at);
  }

  entry(path: string): LayerEntry {
    const kind = this.number();
    const entry: LayerEntry = {
      path,
      type: TYPES[kind % HAS_MORE] ?? 'special',
      mode: this.number(),
      uid: this.number(),
      gid: this.number(),
    };
    const size = this.number();
    if (entry.type === 'file') entry.size = size;
    return kind >= HAS_MORE ? { ...entry, ...JSON.parse(this.text()) } : entry;
  }
}
