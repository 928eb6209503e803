import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { IndexReader } from '../../../src/adapters/images/index-reader.ts';
import { IndexWriter } from '../../../src/adapters/images/index-writer.ts';
import type { LayerEntry } from '../../../src/core/images/layer.ts';
import { temporaryFolder } from '../../helpers/cli.ts';
import { memoryLayer } from '../../helpers/memory-layer.ts';

const part = fc.constantFrom('a', 'b', 'ab', 'a.b', 'a b', 'é'.normalize(), '\x01', '-');
const entry: fc.Arbitrary<LayerEntry> = fc
  .record({
    path: fc
      .array(part, { minLength: 1, maxLength: 4 })
      .map((parts) => Buffer.from(parts.join('/')).toString('latin1')),
    type: fc.constantFrom<LayerEntry['type']>(
      'file',
      'directory',
      'directory',
      'whiteout',
      'hardlink',
      'special',
      'implicit',
    ),
    mode: fc.nat(0o7777),
    uid: fc.nat(2 ** 31),
    gid: fc.nat(2 ** 31),
    target: fc.constantFrom('x', '\xff\x00\n'),
    opaque: fc.boolean(),
  })
  .map(({ target, opaque, ...common }) => ({
    ...common,
    ...(common.type === 'hardlink' && { target }),
    ...(common.type === 'file' && { size: 3, program: { kind: 'data' as const }, text: 'ÿ' }),
    ...(common.type === 'implicit' && opaque && { opaque: true as const }),
  }));

function written(entries: readonly LayerEntry[]): IndexReader {
  const folder = temporaryFolder();
  const writer = new IndexWriter(join(folder, 'work'));
  for (const one of entries) writer.add(one);
  writer.finish(join(folder, 'index'));
  const index = IndexReader.open(join(folder, 'index'));
  if (!index) throw new Error('the index cannot be opened');
  return index;
}

describe('the index of a layer', () => {
  it('on disk says what the entries say in memory', () => {
    fc.assert(
      fc.property(fc.array(entry, { maxLength: 200 }), (entries) => {
        const memory = memoryLayer(entries);
        const disk = written(entries);
        const paths = new Set([
          '',
          'nowhere',
          ...entries.flatMap(({ path }) => path.split('/').map((_, i, all) => all.slice(0, i + 1).join('/'))),
        ]);
        for (const path of paths) {
          expect(disk.find(path)).toEqual(memory.find(path));
          expect(disk.namesIn(path).sort()).toEqual([...memory.namesIn(path)].sort());
        }
        disk.close();
      }),
      { numRuns: 60 },
    );
  });

  it('is the same when it is sorted in parts', { timeout: 60_000 }, () => {
    const entries = Array.from({ length: 95_000 }, (_, i): LayerEntry => {
      const n = (i * 7919) % 95_000;
      return { path: `d${n % 100}/f${n}`, type: 'file', mode: 0o644, uid: n, gid: 0, size: 0 };
    });
    const index = written([...entries, { path: 'd1/f1', type: 'file', mode: 0o600, uid: 9, gid: 9, size: 0 }]);
    expect(index.find('d1/f1')).toMatchObject({ mode: 0o600, uid: 9 });
    expect(index.find('d99/f94999')).toMatchObject({ uid: 94999 });
    expect(index.namesIn('d7')).toHaveLength(950);
    expect(index.namesIn('')).toHaveLength(100);
    index.close();
  });

  it('of another version, or cut, is none', () => {
    const file = join(temporaryFolder(), 'index');
    for (const content of ['', 'short', `${'0'.repeat(16)}mcpkidx0`, `${'9'.repeat(16)}mcpkidx2`]) {
      writeFileSync(file, content);
      expect(IndexReader.exists(file)).toBe(false);
    }
    rmSync(file);
    expect(IndexReader.exists(file)).toBe(false);
  });

  it('puts a file where a link of the same archive leads', () => {
    const common = { mode: 0o755, uid: 0, gid: 0 };
    const index = written([
      { path: 'usr/lib', type: 'directory', ...common },
      { path: 'lib', type: 'symlink', target: 'usr/lib', ...common },
      { path: 'lib/x', type: 'file', size: 0, ...common },
      { path: 'up', type: 'symlink', target: '../../../lib', ...common },
      { path: 'up/y', type: 'file', size: 0, ...common },
    ]);
    expect(index.namesIn('usr/lib')).toEqual(['x', 'y']);
    expect(index.find('lib')?.type).toBe('symlink');
    index.close();
  });
});
