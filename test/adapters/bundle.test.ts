import { mkdirSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { writeBundle } from '../../src/adapters/bundle.ts';
import { BUNDLE_MARK } from '../../src/core/deploy/bundle.ts';
import { temporaryFolder } from '../helpers/cli.ts';

const files = (extra: string) =>
  new Map([
    [BUNDLE_MARK, '{}\n'],
    [`logs/${extra}`, extra],
  ]);

it('writes a folder that only its owner may read, and leaves nothing beside it', async () => {
  const parent = temporaryFolder();
  await writeBundle(join(parent, 'out'), files('a.log'));
  expect(readFileSync(join(parent, 'out', 'logs', 'a.log'), 'utf8')).toBe('a.log');
  expect(statSync(join(parent, 'out')).mode & 0o077).toBe(0);
  expect(statSync(join(parent, 'out', 'logs', 'a.log')).mode & 0o077).toBe(0);
  expect(readdirSync(parent)).toEqual(['out']);
});

it('replaces a former bundle whole, and takes an empty folder', async () => {
  const parent = temporaryFolder();
  mkdirSync(join(parent, 'out'));
  await writeBundle(join(parent, 'out'), files('a.log'));
  await writeBundle(join(parent, 'out'), files('b.log'));
  expect(readdirSync(join(parent, 'out', 'logs'))).toEqual(['b.log']);
  expect(readdirSync(parent)).toEqual(['out']);
});

it('refuses a folder that holds something else, and a file', async () => {
  const parent = temporaryFolder();
  writeFileSync(join(parent, 'mine'), 'x');
  await expect(writeBundle(parent, files('a.log'))).rejects.toMatchObject({
    code: 'bundle.foreign-folder',
    exitCode: 2,
  });
  await expect(writeBundle(join(parent, 'mine'), files('a.log'))).rejects.toMatchObject({ code: 'file.failed' });
  expect(readdirSync(parent)).toEqual(['mine']);
});

it('leaves a former bundle as it was where it cannot write', async () => {
  const parent = temporaryFolder();
  const out = join(parent, 'out');
  await writeBundle(out, files('a.log'));
  // A path that is a file and a folder at once.
  const impossible = new Map([...files('b.log'), ['logs/b.log/c', 'x']]);
  await expect(writeBundle(out, impossible)).rejects.toMatchObject({ code: 'file.failed' });
  expect(readdirSync(join(out, 'logs'))).toEqual(['a.log']);
  expect(readdirSync(parent)).toEqual(['out']);
});
