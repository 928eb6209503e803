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

const WHITEOUT = '.wh.';
const OPAQUE = '.wh..wh..opq';

/** A path as it is in the layer: without `./`, doubled or leading slashes. @throws TarError where it leaves the image */
export function cleanPath(path: ByteString): ByteString {
  // Nearly all are clean but for a `./` at the start or a slash at the end.
  const bare = path.slice(path.startsWith('./') ? 2 : 0, path.endsWith('/') ? -1 : undefined);
  if (!/(^|\/)\.{0,2}(\/|$)/.test(bare)) return bare;
  const parts = path.split('/').filter((part) => part !== '' && part !== '.');
  if (parts.includes('..')) throw new TarError(`a path that leaves the image: ${path}`);
  return parts.join('/');
}

/** What one member of a layer's archive says about the layer (OCI image-spec, layer.md). Undefined: nothing. */
export function entryOf(header: TarHeader): LayerEntry | undefined {
  const path = cleanPath(header.path);
  const slash = path.lastIndexOf('/');
  const name = path.slice(slash + 1);
  if (name === OPAQUE)
    return { path: path.slice(0, Math.max(slash, 0)), type: 'implicit', mode: 0, uid: 0, gid: 0, opaque: true };
  if (name.startsWith(`${WHITEOUT}${WHITEOUT}`)) return undefined;
  if (name.startsWith(WHITEOUT))
    return { path: path.slice(0, slash + 1) + name.slice(WHITEOUT.length), type: 'whiteout', mode: 0, uid: 0, gid: 0 };
  const { mode, uid, gid } = header;
  const entry: LayerEntry = { path, type: typeOf(header), mode, uid, gid };
  if (entry.type === 'symlink') entry.target = header.linkTarget;
  if (entry.type === 'hardlink') entry.target = cleanPath(header.linkTarget);
  if (entry.type === 'file') entry.size = header.size;
  if (header.xattrs.size === 0) return entry;
  const capability = header.xattrs.get('security.capability');
  if (capability !== undefined) entry.capability = capability;
  if (header.xattrs.has('system.posix_acl_access')) entry.acl = true;
  return entry;
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
  const isText = /^etc\/(passwd|group)$|(^|\/)pyvenv\.cfg$/.test(entry.path);
  if (isText && (entry.size ?? 0) <= TEXT_MAX) {
    return keep(TEXT_MAX, (bytes) => {
      entry.text = bytes.toString('latin1');
      if (entry.mode & 0o111) entry.program = programOf(bytes, undefined, entry.size ?? 0);
    });
  }
  return (entry.size ?? 0) > 0 || entry.mode & 0o111 ? programSink(entry) : undefined;
}

function keep(most: number, done: (bytes: Buffer) => void): ContentSink {
  const pieces: Buffer[] = [];
  let length = 0;
  return {
    write(chunk) {
      if (length >= most) return;
      // A copy: the piece belongs to a buffer that may be large.
      pieces.push(Buffer.from(chunk.subarray(0, most - length)));
      length += Math.min(chunk.length, most - length);
    },
    end: () => done(Buffer.concat(pieces)),
  };
}

/**
 * The first 64 KiB of what begins as a program, and the same from the program headers on where those stand later. Also
 * of files without a bit of execution: whether one would help is asked too.
 */
function programSink(entry: LayerEntry): ContentSink {
  const size = Math.min(entry.size ?? 0, ELF_WINDOW);
  let head = Buffer.allocUnsafe(Math.min(size, MAGIC_LENGTH));
  let isProgram: boolean | undefined;
  let position = 0;
  let late: { offset: number; bytes: Buffer; filled: number } | undefined;
  const write = (chunk: Buffer) => {
    if (isProgram === false) return;
    if (position < head.length) chunk.copy(head, position, 0, Math.min(chunk.length, head.length - position));
    const end = position + chunk.length;
    if (isProgram === undefined && end >= head.length) {
      isProgram = beginsAsProgram(head);
      if (!isProgram) return;
      const whole = Buffer.allocUnsafe(size);
      head.copy(whole);
      const from = Math.max(0, head.length - position);
      if (end > head.length) chunk.copy(whole, position + from, from, Math.min(chunk.length, size - position));
      head = whole;
    }
    if (position < ELF_WINDOW && end >= head.length && isProgram) {
      const headers = programHeaders(head);
      if (headers && headers.offset + headers.size > ELF_WINDOW && headers.size <= ELF_WINDOW)
        late ??= { offset: headers.offset, bytes: Buffer.alloc(ELF_WINDOW), filled: 0 };
    }
    if (late && end > late.offset + late.filled && late.filled < late.bytes.length)
      late.filled += chunk.copy(late.bytes, late.filled, Math.max(0, late.offset + late.filled - position));
    position = end;
  };
  const end = () => {
    if (!isProgram && !(entry.mode & 0o111)) return;
    const window = late && { offset: late.offset, bytes: late.bytes.subarray(0, late.filled) };
    entry.program = isProgram ? programOf(head, window, entry.size ?? 0) : { kind: 'data' };
  };
  return { write, end };
}

const MAGIC_LENGTH = 4;

function beginsAsProgram(head: Buffer): boolean {
  const first = head.toString('latin1');
  return first.startsWith('#!') || first === '\x7fELF';
}

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
