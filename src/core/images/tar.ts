import type { ByteString } from './bytes.ts';
import { applyPax, NO_XATTRS, type PaxRecords, parsePax } from './pax.ts';

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
  xattrs: ReadonlyMap<string, ByteString>;
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
  /** A block that came in two pieces. */
  readonly #split = Buffer.alloc(BLOCK);
  #filled = 0;
  #state: 'header' | 'content' | 'sparse' | 'done' = 'header';
  #left = 0;
  #padding = 0;
  #sink: ContentSink | undefined;
  #member: TarHeader | undefined;
  #zeroBlocks = 0;
  #passed = 0;
  #at = 0;
  /** What is said of the next member before it. */
  #pax: PaxRecords | undefined;
  #longPath: ByteString | undefined;
  #longTarget: ByteString | undefined;

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
    if (this.#filled === 0 && chunk.length - from >= BLOCK) {
      this.#at = from + BLOCK;
      this.#take(chunk, from);
      return from + BLOCK;
    }
    const take = Math.min(BLOCK - this.#filled, chunk.length - from);
    chunk.copy(this.#split, this.#filled, from, from + take);
    this.#filled += take;
    this.#at = from + take;
    if (this.#filled === BLOCK) {
      this.#filled = 0;
      this.#take(this.#split, 0);
    }
    return from + take;
  }

  #take(bytes: Buffer, at: number): void {
    if (this.#state === 'sparse') this.#sparse(bytes[at + 504] !== 0);
    else this.#read(bytes, at);
  }

  #read(bytes: Buffer, at: number): void {
    if (isZero(bytes, at)) {
      this.#zeroBlocks += 1;
      if (this.#zeroBlocks === 2) this.#state = 'done';
      return;
    }
    this.#zeroBlocks = 0;
    checkSum(bytes, at);
    const header = readHeader(bytes, at);
    const { type } = header;
    if (type === 'x' || type === 'g' || type === 'L' || type === 'K') {
      this.#extended(header);
      return;
    }
    this.#extend(header);
    // A link or a directory has no content, whatever its size says.
    if (type >= '1' && type <= '6') header.size = 0;
    // The old GNU form goes on with the map of the holes in blocks of its own.
    if (type === 'S' && bytes[at + 482] !== 0) {
      this.#member = header;
      this.#state = 'sparse';
    } else this.#begin(header);
  }

  #sparse(more: boolean): void {
    const member = this.#member;
    if (more || !member) return;
    this.#member = undefined;
    this.#begin(member);
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
        if (type === 'L') this.#longPath = untilNul(content, 0, content.length);
        else if (type === 'K') this.#longTarget = untilNul(content, 0, content.length);
        else {
          const records = pax(content);
          // Of the whole archive: Docker, containerd and Podman ignore it, and what came before it.
          if (type === 'g') this.#longPath = this.#longTarget = undefined;
          this.#pax = type === 'x' ? records : undefined;
        }
      },
    });
  }

  /** In the order of Go's archive/tar. */
  #extend(header: TarHeader): void {
    if (this.#pax) applyPax(header, this.#pax);
    if (this.#longPath) header.path = this.#longPath;
    if (this.#longTarget) header.linkTarget = this.#longTarget;
    this.#pax = this.#longPath = this.#longTarget = undefined;
  }
}

function pax(content: Buffer): PaxRecords {
  const records = parsePax(content);
  if (!records) throw new TarError('a malformed pax header');
  return records;
}

function isZero(bytes: Buffer, at: number): boolean {
  for (let i = at; i < at + BLOCK; i++) if (bytes[i] !== 0) return false;
  return true;
}

/** The sum of all bytes, the field of the sum itself taken as blanks; old writers summed signed bytes. */
function checkSum(bytes: Buffer, at: number): void {
  const stated = number(bytes, at + 148, 8);
  if (stated !== sum(bytes, at, 0) && stated !== sum(bytes, at, 0x80))
    throw new TarError('a header whose check sum is wrong');
}

/** @param sign the bit of a byte that counts as its sign; 0 for none */
function sum(bytes: Buffer, from: number, sign: number): number {
  let total = 8 * 32;
  for (let at = from; at < from + 148; at++) total += ((bytes[at] as number) ^ sign) - sign;
  for (let at = from + 156; at < from + BLOCK; at++) total += ((bytes[at] as number) ^ sign) - sign;
  return total;
}

function readHeader(bytes: Buffer, at: number): TarHeader {
  const name = untilNul(bytes, at, 100);
  const prefix = isUstar(bytes, at + 257) ? untilNul(bytes, at + 345, 155) : '';
  const flag = TYPES[bytes[at + 156] as number] as string;
  // The oldest form has no directories: a name that ends with a slash is one.
  const old = flag === '\0' || flag === '7' ? '0' : flag;
  return {
    path: prefix === '' ? name : `${prefix}/${name}`,
    type: old === '0' && name.endsWith('/') ? '5' : old,
    mode: number(bytes, at + 100, 8) & 0o7777,
    uid: number(bytes, at + 108, 8),
    gid: number(bytes, at + 116, 8),
    size: number(bytes, at + 124, 12),
    mtime: number(bytes, at + 136, 12),
    linkTarget: untilNul(bytes, at + 157, 100),
    xattrs: NO_XATTRS,
  };
}

const TYPES = Array.from({ length: 256 }, (_, byte) => String.fromCharCode(byte));

/** `ustar` and NUL: what GNU tar writes has blanks there, and other things in place of the prefix. */
function isUstar(bytes: Buffer, at: number): boolean {
  return bytes.readUInt32BE(at) === 0x75737461 && bytes[at + 4] === 0x72 && bytes[at + 5] === 0;
}

function untilNul(bytes: Buffer, from: number, length: number): ByteString {
  let end = from;
  while (end < from + length && bytes[end] !== 0) end++;
  return end === from ? '' : bytes.toString('latin1', from, end);
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
