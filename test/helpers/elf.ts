/**
 * Tiny static programs for x86-64, made byte by byte, so that a test needs no compiler: they open the file that their
 * last argument names, for reading, and exit with 0, or with the errno of that.
 */
export interface ElfOptions {
  machine?: number;
  /** PT_INTERP. */
  interpreter?: string;
  phentsize?: number;
  type?: number;
  /** Cut the file to so many bytes. */
  cutTo?: number;
}

// _start: mov rcx,[rsp]; mov rdi,[rsp+rcx*8]; xor esi,esi; mov eax,2; syscall (open); xor edi,edi; test rax,rax;
// jns +5; neg eax; mov edi,eax; nop; mov eax,60; syscall (exit)
const CODE = Buffer.from('488b0c24488b3ccc31f6b8020000000f0531ff4885c07905f7d889c790b83c0000000f05', 'hex');
const BASE = 0x400000;

export function elf({ machine = 62, interpreter, phentsize = 56, type = 2, cutTo }: ElfOptions = {}): Buffer {
  const path = interpreter === undefined ? Buffer.alloc(0) : Buffer.from(`${interpreter}\0`, 'latin1');
  const count = interpreter === undefined ? 1 : 2;
  const start = 64 + 56 * count + path.length;
  const size = start + CODE.length;
  const file = Buffer.alloc(size);
  file.write('\x7fELF', 'latin1');
  file.set([2, 1, 1], 4);
  file.writeUInt16LE(type, 16);
  file.writeUInt16LE(machine, 18);
  file.writeUInt32LE(1, 20);
  file.writeBigUInt64LE(BigInt(BASE + start), 24);
  file.writeBigUInt64LE(64n, 32);
  file.writeUInt16LE(64, 52);
  file.writeUInt16LE(phentsize, 54);
  file.writeUInt16LE(count, 56);
  const header = (at: number, kind: number, flags: number, offset: number, address: number, length: number) => {
    file.writeUInt32LE(kind, at);
    file.writeUInt32LE(flags, at + 4);
    file.writeBigUInt64LE(BigInt(offset), at + 8);
    file.writeBigUInt64LE(BigInt(address), at + 16);
    file.writeBigUInt64LE(BigInt(address), at + 24);
    file.writeBigUInt64LE(BigInt(length), at + 32);
    file.writeBigUInt64LE(BigInt(length), at + 40);
    file.writeBigUInt64LE(4096n, at + 48);
  };
  // The kernel wants the loader's path before the first segment that is loaded.
  if (interpreter !== undefined) header(64, 3, 4, 64 + 56 * count, BASE + 64 + 56 * count, path.length);
  header(64 + 56 * (count - 1), 1, 5, 0, BASE, size);
  path.copy(file, 64 + 56 * count);
  CODE.copy(file, start);
  return cutTo === undefined ? file : file.subarray(0, cutTo);
}
