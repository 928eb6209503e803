import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { tailOf } from '../../../src/adapters/images/index-format.ts';
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

const file: LayerEntry = { path: '', type: 'file', mode: 0o644, uid: 0, gid: 0 };

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

  it('is the same when its entries are large', () => {
    const text = (n: number) => String(n % 7).repeat(300_000);
    const path = (n: number) => `d${n % 3}/f${(n * 17) % 40}`;
    const common = { mode: 0o644, uid: 0, gid: 0, size: 1 };
    const index = written(
      Array.from({ length: 40 }, (_, n): LayerEntry => ({ path: path(n), type: 'file', ...common, text: text(n) })),
    );
    for (let n = 0; n < 40; n++) expect(index.find(path(n))?.text).toBe(text(n));
    index.close();
  });

  it('keeps nothing of what is said again', () => {
    const entries = Array.from({ length: 30_000 }, (_, n): LayerEntry => ({ ...file, path: 'same', uid: n }));
    const index = written(entries);
    expect([index.find('same')?.uid, index.namesIn('')]).toEqual([29_999, ['same']]);
    index.close();
  });

  it.each<[string, (n: number) => LayerEntry, RegExp]>([
    ['too many symbolic links', (n) => ({ ...file, path: `l${n}`, type: 'symlink', target: 'x' }), /250000 symbolic/],
    [
      'symbolic links of too many bytes',
      (n) => ({ ...file, path: `l${n}`, type: 'symlink', target: 'x'.repeat(4000) }),
      /33554432 bytes/,
    ],
    [
      'symbolic links that lead through each other',
      (n) =>
        n < 40
          ? { ...file, path: `l${n}`, type: 'symlink', target: `${'./'.repeat(2000)}l${n + 1}` }
          : { ...file, path: `l0/${n}/x` },
      /lead too far/,
    ],
    ['too many bytes', (n) => ({ ...file, path: `f${n}`, text: 'x'.repeat(1_000_000) }), /1073741824 bytes/],
  ])('refuses %s', { timeout: 120_000 }, (_, entryOf, message) => {
    const folder = temporaryFolder();
    const writer = new IndexWriter(join(folder, 'work'));
    const add = () => {
      for (let n = 0; n < 300_000; n++) writer.add(entryOf(n));
    };
    expect(add).toThrow(message);
    writer.discard();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('lists no folder that is made to be endless', () => {
    const index = written(Array.from({ length: 100_001 }, (_, n): LayerEntry => ({ ...file, path: `d/${n}` })));
    expect(() => index.namesIn('d')).toThrow(/more than 100000 files/);
    expect(index.namesIn('')).toEqual(['d']);
    index.close();
  });

  it('of another version, or cut, is none', () => {
    const file = join(temporaryFolder(), 'index');
    const good = String(tailOf(0, 0));
    writeFileSync(file, good);
    expect(IndexReader.open(file)?.namesIn('')).toEqual([]);
    const disordered = `1234${tailOf(4, 0)}`;
    const others = [
      disordered,
      good.replace(/\d+$/, '0'),
      `${'9'.repeat(32)}${good.slice(32)}`,
      good.slice(1),
      `x${good}`,
    ];
    for (const content of ['', 'short', ...others]) {
      writeFileSync(file, content);
      expect(IndexReader.open(file)).toBeUndefined();
    }
    rmSync(file);
    expect(IndexReader.open(file)).toBeUndefined();
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
