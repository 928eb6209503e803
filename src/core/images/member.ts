import type { ByteString } from './bytes.ts';
import { type Elf, parseElf, programHeaders } from './elf.ts';
import type { LayerEntry, Program } from './layer.ts';
import { type ContentSink, TarError, type TarHeader } from './tar.ts';

/** The kernel reads so much of a file to find out what it is (BINPRM_BUF_SIZE). */
const KERNEL_READS = 256;
/** More of a shell script is kept: it is looked at to find what it starts. */
const SCRIPT_KEPT = 4096;
const ELF_WINDOW = 65536;
const TEXT_MAX = 1 << 20;

/** PATH_MAX, less the NUL: no runtime can unpack a longer one. */
const LONGEST_PATH = 4095;

const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';

/** A path as it is in the layer: without `./`, doubled or leading slashes. @throws TarError where it leaves the image */
export function cleanPath(path: ByteString): ByteString {
  // Nearly all are clean but for a `./` at the start or a slash at the end.
  const from = path.startsWith('./') ? 2 : 0;
  const to = path.endsWith('/') ? path.length - 1 : path.length;
  const bare = from === 0 && to === path.length ? path : path.slice(from, to);
  if (isClean(bare)) return bare;
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new TarError(`a path that leaves the image: ${path}`);
  return parts.join('/');
}

/** No part of it is empty, `.` or `..`. */
function isClean(path: ByteString): boolean {
  let partAt = 0;
  let dots = true;
  for (let at = 0; at <= path.length; at++) {
    const code = at < path.length ? path.charCodeAt(at) : SLASH;
    if (code !== SLASH) {
      if (code !== DOT) dots = false;
      continue;
    }
    if (dots && at - partAt <= 2) return false;
    partAt = at + 1;
    dots = true;
  }
  return true;
}

const SLASH = 0x2f;
const DOT = 0x2e;

/** What one member of a layer's archive says about the layer (OCI image-spec, layer.md). Undefined: nothing. */
export function entryOf(header: TarHeader): LayerEntry | undefined {
  const path = cleanPath(header.path);
  refuseLong(path);
  refuseLong(header.linkTarget);
  const slash = path.lastIndexOf('/');
  if (path.startsWith(WHITEOUT, slash + 1)) return markOf(path, slash);
  const { mode, uid, gid } = header;
  const type = typeOf(header);
  const entry: LayerEntry =
    type === 'file' ? { path, type, mode, uid, gid, size: header.size } : { path, type, mode, uid, gid };
  if (type === 'symlink') entry.target = header.linkTarget;
  if (type === 'hardlink') entry.target = cleanPath(header.linkTarget);
  if (header.xattrs.size === 0) return entry;
  const capability = header.xattrs.get('security.capability');
  if (capability !== undefined) entry.capability = capability;
  if (header.xattrs.has('system.posix_acl_access')) entry.acl = true;
  return entry;
}

/** @throws TarError */
export function refuseLong(path: ByteString): void {
  if (path.length <= LONGEST_PATH) return;
  throw new TarError(`a path of ${path.length} bytes, more than the ${LONGEST_PATH} that Linux takes`);
}

/** What a file with a name of a whiteout says of lower layers. */
function markOf(path: ByteString, slash: number): LayerEntry | undefined {
  const name = path.slice(slash + 1);
  const nothing = { mode: 0, uid: 0, gid: 0 };
  if (name === OPAQUE) return { path: path.slice(0, Math.max(slash, 0)), type: 'implicit', ...nothing, opaque: true };
  if (name.startsWith(`${WHITEOUT}${WHITEOUT}`)) return undefined;
  return { path: path.slice(0, slash + 1) + name.slice(WHITEOUT.length), type: 'whiteout', ...nothing };
}

function typeOf({ type }: TarHeader): LayerEntry['type'] {
  switch (type) {
    case '1':
      return 'hardlink';
    case '2':
      return 'symlink';
    case '3':
    case '4':
    case '6':
      return 'special';
    case '5':
      return 'directory';
    default:
      return 'file';
  }
}

/** Reads as much of a member's content as the analysis needs, and leaves it in the entry. */
export function contentSink(entry: LayerEntry): ContentSink | undefined {
  if (entry.type !== 'file') return undefined;
  const size = entry.size ?? 0;
  if (size <= TEXT_MAX && isText(entry.path)) return new TextSink(entry);
  return size > 0 || (entry.mode & 0o111) !== 0 ? new ProgramSink(entry, size) : undefined;
}

function isText(path: ByteString): boolean {
  return path === 'etc/passwd' || path === 'etc/group' || path === 'pyvenv.cfg' || path.endsWith('/pyvenv.cfg');
}

class TextSink implements ContentSink {
  readonly #entry: LayerEntry;
  readonly #pieces: Buffer[] = [];

  constructor(entry: LayerEntry) {
    this.#entry = entry;
  }

  write(chunk: Buffer): void {
    // A copy: the piece belongs to a buffer that may be large.
    this.#pieces.push(Buffer.from(chunk));
  }

  end(): void {
    const bytes = Buffer.concat(this.#pieces);
    this.#entry.text = bytes.toString('latin1');
    if (this.#entry.mode & 0o111) this.#entry.program = programOf(bytes, undefined, this.#entry.size ?? 0);
  }
}

/** Bytes from an offset on. */
interface Window {
  offset: number;
  bytes: Buffer;
  filled: number;
}

/**
 * The first 64 KiB of what begins as a program, and the same from the program headers on where those stand later. Also
 * of files without a bit of execution: whether one would help is asked too.
 */
class ProgramSink implements ContentSink {
  readonly #entry: LayerEntry;
  readonly #size: number;
  /** Of most files no more is kept. */
  #magic = 0;
  #position = 0;
  #head: Window | undefined;
  #late: Window | undefined;

  constructor(entry: LayerEntry, size: number) {
    this.#entry = entry;
    this.#size = size;
  }

  write(chunk: Buffer): void {
    const from = this.#position;
    this.#position += chunk.length;
    if (from < MAGIC_LENGTH) this.#start(chunk, from);
    if (!this.#head) return;
    keep(this.#head, chunk, from);
    if (!this.#late && this.#head.filled === this.#head.bytes.length) this.#late = lateHeaders(this.#head.bytes);
    if (this.#late) keep(this.#late, chunk, from);
  }

  #start(chunk: Buffer, from: number): void {
    for (let at = 0; at < chunk.length && from + at < MAGIC_LENGTH; at++)
      this.#magic |= (chunk[at] as number) << (8 * (from + at));
    const whole = this.#position >= Math.min(MAGIC_LENGTH, this.#size);
    if (!whole || (this.#magic !== ELF_MAGIC && (this.#magic & 0xffff) !== SCRIPT_MAGIC)) return;
    this.#head = { offset: 0, bytes: Buffer.allocUnsafe(Math.min(this.#size, ELF_WINDOW)), filled: 0 };
    // What came before in pieces of less than these four bytes.
    for (; this.#head.filled < from; this.#head.filled++)
      this.#head.bytes[this.#head.filled] = this.#magic >> (8 * this.#head.filled);
  }

  end(): void {
    const { mode, size } = this.#entry;
    if (this.#head) {
      const late = this.#late && { offset: this.#late.offset, bytes: this.#late.bytes.subarray(0, this.#late.filled) };
      this.#entry.program = programOf(this.#head.bytes, late, size ?? 0);
    } else if (mode & 0o111) this.#entry.program = { kind: 'data' };
  }
}

/** Takes what a window still lacks from the piece that starts at a position. */
function keep(window: Window, chunk: Buffer, position: number): void {
  const next = window.offset + window.filled - position;
  if (next >= chunk.length || window.filled === window.bytes.length) return;
  window.filled += chunk.copy(window.bytes, window.filled, Math.max(0, next));
}

function lateHeaders(head: Buffer): Window | undefined {
  const headers = programHeaders(head);
  if (!headers || headers.offset + headers.size <= ELF_WINDOW || headers.size > ELF_WINDOW) return undefined;
  const bytes = Buffer.alloc(ELF_WINDOW);
  // They may start in what is kept already.
  const filled = headers.offset < head.length ? head.copy(bytes, 0, headers.offset) : 0;
  return { offset: headers.offset, bytes, filled };
}

/** `\x7fELF` and `#!`, lowest byte first. */
const ELF_MAGIC = 0x464c457f;
const SCRIPT_MAGIC = 0x2123;
const MAGIC_LENGTH = 4;

/** What a file is to execve(2), from the part of it that was kept. */
function programOf(head: Buffer, late: { offset: number; bytes: Buffer } | undefined, fileSize: number): Program {
  if (head.length >= 2 && head[0] === 0x23 && head[1] === 0x21) {
    const line = head.toString('latin1', 0, KERNEL_READS);
    const isShell = /^#![^\n]*sh\b/.test(line);
    return {
      kind: 'script',
      text: isShell ? head.toString('latin1', 0, SCRIPT_KEPT) : head.toString('latin1', 0, 2 * KERNEL_READS),
    };
  }
  const read = (offset: number, size: number) => {
    if (offset + size <= head.length) return head.subarray(offset, offset + size);
    const from = late ? offset - late.offset : -1;
    return late && from >= 0 && from + size <= late.bytes.length ? late.bytes.subarray(from, from + size) : undefined;
  };
  const elf: Elf | undefined = parseElf(head, read, fileSize);
  return elf ?? { kind: 'data' };
}
