/** What execve(2) looks at in an ELF file (Linux, fs/binfmt_elf.c). */
export interface Elf {
  kind: 'elf';
  /** e_machine; `unknown` where the file is cut. */
  machine: number;
  bits: 32 | 64;
  /** The program that loads it (PT_INTERP); none in a static one. */
  interpreter?: string;
  /** Why no kernel runs it, where that is so. */
  broken?: { errno: 'ENOEXEC' | 'EIO'; why: string };
  /** The headers lie where they were not read. */
  partly?: true;
}

const PT_INTERP = 3;
const PATH_MAX = 4096;

/** Where the program headers stand, so that a reader can keep those bytes; undefined where this is no ELF file. */
export function programHeaders(head: Buffer): { offset: number; size: number } | undefined {
  if (!isElf(head)) return undefined;
  const f = fieldsOf(head);
  return { offset: f.phoff, size: f.phentsize * f.phnum };
}

function noProgram(why: string): NonNullable<Elf['broken']> {
  return { errno: 'ENOEXEC', why };
}

function isElf(head: Buffer): boolean {
  return head.length >= 52 && head.readUInt32BE(0) === 0x7f454c46;
}

function numbersOf(bytes: Buffer, little: boolean) {
  return {
    u16: (at: number) => (little ? bytes.readUInt16LE(at) : bytes.readUInt16BE(at)),
    u32: (at: number) => (little ? bytes.readUInt32LE(at) : bytes.readUInt32BE(at)),
    u64: (at: number) => Number(little ? bytes.readBigUInt64LE(at) : bytes.readBigUInt64BE(at)),
  };
}

const isLittle = (head: Buffer) => head[5] !== 2;

function fieldsOf(head: Buffer) {
  const wide = head[4] === 2 && head.length >= 64;
  const { u16, u32, u64 } = numbersOf(head, isLittle(head));
  return {
    wide,
    type: u16(16),
    machine: u16(18),
    phoff: wide ? u64(32) : u32(28),
    phentsize: u16(wide ? 54 : 42),
    phnum: u16(wide ? 56 : 44),
  };
}

/**
 * @param head the first bytes of the file
 * @param read bytes at an offset; undefined where they were not kept
 * @returns undefined where this is no ELF file
 */
export function parseElf(
  head: Buffer,
  read: (offset: number, size: number) => Buffer | undefined,
  fileSize: number,
): Elf | undefined {
  if (!isElf(head)) return undefined;
  if (head[4] === 2 && head.length < 64)
    return { kind: 'elf', machine: 0, bits: 64, broken: noProgram('its header is cut off') };
  const f = fieldsOf(head);
  const elf: Elf = { kind: 'elf', machine: f.machine, bits: f.wide ? 64 : 32 };
  const wanted = f.wide ? 56 : 32;
  if (f.type !== 2 && f.type !== 3) return { ...elf, broken: noProgram('it is no program (e_type)') };
  const size = f.phentsize * f.phnum;
  if (f.phentsize !== wanted || f.phnum < 1 || size > 65536)
    return { ...elf, broken: noProgram('its program headers are wrong') };
  if (f.phoff + size > fileSize) return { ...elf, broken: noProgram('its program headers are cut off') };
  const headers = read(f.phoff, size);
  if (!headers) return { ...elf, partly: true };
  return withInterpreter(elf, { headers, entry: wanted, little: isLittle(head) }, read, fileSize);
}

function withInterpreter(
  elf: Elf,
  { headers, entry, little }: { headers: Buffer; entry: number; little: boolean },
  read: (offset: number, size: number) => Buffer | undefined,
  fileSize: number,
): Elf {
  const f = numbersOf(headers, little);
  for (let at = 0; at + entry <= headers.length; at += entry) {
    if (f.u32(at) !== PT_INTERP) continue;
    const offset = elf.bits === 64 ? f.u64(at + 8) : f.u32(at + 4);
    const length = elf.bits === 64 ? f.u64(at + 32) : f.u32(at + 16);
    if (length < 2 || length > PATH_MAX) return { ...elf, broken: noProgram('the path of its loader is wrong') };
    if (offset + length > fileSize)
      return { ...elf, broken: { errno: 'EIO', why: 'the path of its loader is cut off' } };
    const path = read(offset, length);
    if (!path) return { ...elf, partly: true };
    if (path[length - 1] !== 0) return { ...elf, broken: noProgram('the path of its loader does not end') };
    return { ...elf, interpreter: path.toString('latin1', 0, path.indexOf(0)) };
  }
  return elf;
}
