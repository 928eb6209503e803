import type { ByteString } from './bytes.ts';
import { applyPax, type PaxRecords, parsePax } from './pax.ts';

/** The header of one archive member, with what the extended headers before it say. */
export interface TarHeader {
  path: ByteString;
  /** The type flag: '0' file, '1' hard link, '2' symbolic link, '3' and '4' devices, '5' directory, '6' FIFO. */
  type: string;
  mode: number;
  uid: number;
  gid: number;
  /** Bytes that follow. */
  size: number;
  /** Seconds. */
  mtime: number;
  linkTarget: ByteString;
  /** Extended attributes, byte-exact. */
  xattrs: Map<string, ByteString>;
}

/** Gets the content of one member, in pieces. */
export interface ContentSink {
  write(chunk: Buffer): void;
  end(): void;
}

/** What is wrong with an archive. */
export class TarError extends Error {}

const BLOCK = 512;
/** As Go's archive/tar, so that no runtime accepts what is refused here. */
const MAX_EXTENDED_HEADER = 1 << 20;

/**
 * Reads a tar stream that is pushed in pieces: ustar, GNU long names and sparse files, pax (POSIX.1-2001), base-256
 * numbers. Keeps nothing of what it has passed.
 * @param onMember called for each member; returns what wants its content, if anything does
 */
export class TarReader {
  readonly #onMember: (header: TarHeader) => ContentSink | undefined;
  readonly #header = Buffer.alloc(BLOCK);
  #filled = 0;
  #state: 'header' | 'content' | 'sparse' | 'done' = 'header';
  #left = 0;
  #padding = 0;
  #sink: ContentSink | undefined;
  #member: TarHeader | undefined;
  #zeroBlocks = 0;
  #passed = 0;
  #at = 0;
  #global: PaxRecords = new Map();
  #local: PaxRecords = new Map();

  constructor(onMember: (header: TarHeader) => ContentSink | undefined) {
    this.#onMember = onMember;
  }

  /** Where the content of the member starts that is being told of: bytes from the start of the archive. */
  get position(): number {
    return this.#passed + this.#at;
  }

  /** @throws TarError */
  push(chunk: Buffer): void {
    let at = 0;
    while (at < chunk.length && this.#state !== 'done') {
      at = this.#state === 'content' ? this.#content(chunk, at) : this.#block(chunk, at);
    }
    this.#passed += chunk.length;
    this.#at = 0;
  }

  /** The stream has ended. @throws TarError when it ended too early */
  end(): void {
    if (this.#state === 'done' || (this.#state === 'header' && this.#filled === 0)) return;
    throw new TarError('the archive is cut off');
  }

  #content(chunk: Buffer, from: number): number {
    const take = Math.min(this.#left, chunk.length - from);
    if (take > 0) {
      this.#sink?.write(chunk.subarray(from, from + take));
      this.#left -= take;
    }
    if (this.#left > 0) return from + take;
    const skip = Math.min(this.#padding, chunk.length - from - take);
    this.#padding -= skip;
    if (this.#padding === 0) {
      this.#sink?.end();
      this.#sink = undefined;
      this.#state = 'header';
    }
    return from + take + skip;
  }

  #block(chunk: Buffer, from: number): number {
    const take = Math.min(BLOCK - this.#filled, chunk.length - from);
    chunk.copy(this.#header, this.#filled, from, from + take);
    this.#filled += take;
    this.#at = from + take;
    if (this.#filled === BLOCK) {
      this.#filled = 0;
      if (this.#state === 'sparse') this.#sparse(this.#header[504] !== 0);
      else this.#read(this.#header);
    }
    return from + take;
  }

  #read(block: Buffer): void {
    if (isZero(block)) {
      this.#zeroBlocks += 1;
      if (this.#zeroBlocks === 2) this.#state = 'done';
      return;
    }
    this.#zeroBlocks = 0;
    checkSum(block);
    const header = readHeader(block);
    if ('xgLK'.includes(header.type)) {
      this.#extended(header);
      return;
    }
    applyPax(header, this.#global);
    applyPax(header, this.#local);
    this.#local = new Map();
    // A link or a directory has no content, whatever its size says.
    if ('123456'.includes(header.type)) header.size = 0;
    this.#member = header;
    // The old GNU form goes on with the map of the holes in blocks of its own.
    if (header.type === 'S' && block[482] !== 0) this.#state = 'sparse';
    else this.#begin(header);
  }

  #sparse(more: boolean): void {
    if (!more && this.#member) this.#begin(this.#member);
  }

  #begin(header: TarHeader): void {
    this.#follow(header.size, this.#onMember(header));
  }

  #follow(size: number, sink: ContentSink | undefined): void {
    this.#left = size;
    this.#padding = (BLOCK - (size % BLOCK)) % BLOCK;
    this.#sink = sink;
    this.#state = 'content';
    if (size === 0) {
      sink?.end();
      this.#sink = undefined;
      this.#state = 'header';
    }
  }

  #extended({ type, size }: TarHeader): void {
    if (size > MAX_EXTENDED_HEADER) throw new TarError(`an extended header of ${size} bytes`);
    const pieces: Buffer[] = [];
    this.#follow(size, {
      write: (chunk) => pieces.push(Buffer.from(chunk)),
      end: () => {
        const content = Buffer.concat(pieces);
        if (type === 'g') this.#global = new Map([...this.#global, ...pax(content)]);
        else if (type === 'x') for (const [key, value] of pax(content)) this.#local.set(key, value);
        else this.#local.set(type === 'L' ? 'path' : 'linkpath', untilNul(content, 0, content.length));
      },
    });
  }
}

function pax(content: Buffer): PaxRecords {
  const records = parsePax(content);
  if (!records) throw new TarError('a malformed pax header');
  return records;
}

function isZero(block: Buffer): boolean {
  if (block[0] !== 0) return false;
  for (let i = 0; i < BLOCK; i++) if (block[i] !== 0) return false;
  return true;
}

/** The sum of all bytes, the field of the sum itself taken as blanks; old writers summed signed bytes. */
function checkSum(block: Buffer): void {
  let unsigned = 8 * 32;
  let negative = 0;
  for (let i = 0; i < BLOCK; i++) {
    if (i === 148) i = 156;
    const byte = block[i] as number;
    unsigned += byte;
    if (byte > 127) negative += 256;
  }
  const stated = number(block, 148, 8);
  if (stated !== unsigned && stated !== unsigned - negative) throw new TarError('a header whose check sum is wrong');
}

function readHeader(block: Buffer): TarHeader {
  const name = untilNul(block, 0, 100);
  const flag = String.fromCharCode(block[156] as number);
  const magic = block.toString('latin1', 257, 263);
  const prefix = magic === 'ustar\0' ? untilNul(block, 345, 155) : '';
  // The oldest form has no directories: a name that ends with a slash is one.
  const old = flag === '\0' || flag === '7' ? '0' : flag;
  return {
    path: prefix ? `${prefix}/${name}` : name,
    type: old === '0' && name.endsWith('/') ? '5' : old,
    mode: number(block, 100, 8) & 0o7777,
    uid: number(block, 108, 8),
    gid: number(block, 116, 8),
    size: number(block, 124, 12),
    mtime: number(block, 136, 12),
    linkTarget: untilNul(block, 157, 100),
    xattrs: new Map(),
  };
}

function untilNul(block: Buffer, from: number, length: number): ByteString {
  const nul = block.indexOf(0, from);
  return block.toString('latin1', from, nul < 0 || nul > from + length ? from + length : nul);
}

/** Octal digits, or GNU's base-256 where the first bit is set. @throws TarError */
function number(block: Buffer, from: number, length: number): number {
  if (((block[from] as number) & 0x80) !== 0) return base256(block, from, length);
  let value = 0;
  let at = from;
  const end = from + length;
  while (at < end && (block[at] === 32 || block[at] === 0)) at++;
  for (; at < end && block[at] !== 32 && block[at] !== 0; at++) {
    const digit = (block[at] as number) - 48;
    if (digit < 0 || digit > 7) throw new TarError('a header with a number that is none');
    value = value * 8 + digit;
  }
  return value;
}

function base256(block: Buffer, from: number, length: number): number {
  let value = (block[from] as number) & 0x7f;
  for (let i = 1; i < length; i++) value = value * 256 + (block[from + i] as number);
  if (!Number.isSafeInteger(value)) throw new TarError('a header with a number that is too large');
  return value;
}
