import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { LayerEntry } from '../../../src/core/images/layer.ts';
import { cleanPath, contentSink, entryOf } from '../../../src/core/images/member.ts';
import { TarError, TarReader } from '../../../src/core/images/tar.ts';
import { elf } from '../../helpers/elf.ts';
import { type Member, tar } from '../../helpers/tar.ts';

function entriesOf(members: readonly Member[], pieces: number): LayerEntry[] {
  const entries: LayerEntry[] = [];
  const reader = new TarReader((header) => {
    const entry = entryOf(header);
    if (entry) entries.push(entry);
    return entry && contentSink(entry);
  });
  const archive = tar(members);
  for (let at = 0; at < archive.length; at += pieces) reader.push(archive.subarray(at, at + pieces));
  reader.end();
  return entries;
}

/** An ELF file whose program headers stand at an offset, with its loader's path after them. */
function elfWithHeadersAt(offset: number): Buffer {
  const path = Buffer.from('/lib/loader\0');
  const file = Buffer.alloc(offset + 56 + path.length);
  elf().copy(file, 0, 0, 64);
  file.writeBigUInt64LE(BigInt(offset), 32);
  file.writeUInt16LE(1, 56);
  file.writeUInt32LE(3, offset);
  file.writeBigUInt64LE(BigInt(offset + 56), offset + 8);
  file.writeBigUInt64LE(BigInt(path.length), offset + 32);
  path.copy(file, offset + 56);
  return file;
}

describe('what a file is', () => {
  it.each<[string, Buffer | string, object | undefined]>([
    ['nothing', '', { kind: 'data' }],
    ['a byte', '#', { kind: 'data' }],
    ['the shortest script', '#!', { kind: 'script', text: '#!' }],
    ['three bytes of a program', '\x7fEL', { kind: 'data' }],
    [
      'a shell script',
      `#!/bin/sh\n${'x'.repeat(5000)}`,
      { kind: 'script', text: expect.stringMatching(/^.{9}\nx{4086}$/) },
    ],
    [
      'another script',
      `#!/bin/python\n${'x'.repeat(5000)}`,
      { kind: 'script', text: expect.stringMatching(/^.{13}\nx{498}$/) },
    ],
    ['a program', elf({ interpreter: '/lib/ld' }), { kind: 'elf', machine: 62, bits: 64, interpreter: '/lib/ld' }],
    ['headers behind what is kept', elfWithHeadersAt(200_000), { interpreter: '/lib/loader' }],
    ['headers that begin in what is kept', elfWithHeadersAt(65_520), { interpreter: '/lib/loader' }],
    ['headers that just are in it', elfWithHeadersAt(65_536 - 56 - 12), { interpreter: '/lib/loader' }],
  ])('%s, in pieces of every size', (_, content, program) => {
    for (const pieces of [1, 3, 511, 512, 4096, 65_530, 1 << 20]) {
      const [entry] = entriesOf([{ path: 'f', mode: 0o755, content }], pieces);
      expect(entry?.program).toMatchObject(program as object);
      // Whether a bit of execution would help is asked too.
      const [plain] = entriesOf([{ path: 'f', mode: 0o644, content }], pieces);
      expect(plain?.program).toEqual((program as { kind?: string }).kind === 'data' ? undefined : entry?.program);
    }
  });

  it('keeps the text of the files that are read', () => {
    const content = 'x'.repeat(3000);
    const paths = ['etc/passwd', 'etc/group', 'pyvenv.cfg', 'app/.venv/pyvenv.cfg', 'etc/passwd-', 'xpyvenv.cfg'];
    const texts = entriesOf(
      paths.map((path) => ({ path, content })),
      1000,
    ).map(({ text }) => text);
    expect(texts).toEqual([content, content, content, content, undefined, undefined]);
  });
});

describe('paths', () => {
  it('are cleaned as their parts say', () => {
    const part = fc.constantFrom('a', '.', '..', '', '...', '.a', 'b.');
    fc.assert(
      fc.property(fc.array(part, { minLength: 1, maxLength: 6 }), (parts) => {
        const path = parts.join('/');
        const clean = parts.filter((one) => one !== '' && one !== '.');
        if (clean.includes('..')) expect(() => cleanPath(path)).toThrow(TarError);
        else expect(cleanPath(path)).toBe(clean.join('/'));
      }),
    );
  });

  it('that Linux cannot open are refused', () => {
    expect(entriesOf([{ path: 'a/'.repeat(2000) }], 512)).toHaveLength(1);
    expect(() => entriesOf([{ path: 'a/'.repeat(2100) }], 512)).toThrow(/4199 bytes, more than the 4095/);
    expect(() => entriesOf([{ path: 'a', type: 'symlink', target: 'b/'.repeat(2100) }], 512)).toThrow(TarError);
  });
});
