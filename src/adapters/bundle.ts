import { mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { BUNDLE_MARK } from '../core/deploy/bundle.ts';
import { EnvironmentError, UsageError } from '../errors.ts';

/**
 * Writes a bundle so that its folder holds the old one, or the new one whole. Only its owner may read it.
 * @param files texts by their paths in the folder
 * @throws UsageError where the folder holds anything else than a bundle
 */
export async function writeBundle(folder: string, files: ReadonlyMap<string, string>): Promise<void> {
  const there = await entriesOf(folder);
  if (there.length > 0 && !there.includes(BUNDLE_MARK)) {
    throw new UsageError('bundle.foreign-folder', `${folder} holds something else; nothing was written`, {
      suggestions: ['choose a folder that is empty or does not exist'],
    });
  }
  const beside = (what: string) => join(dirname(folder), `.${basename(folder)}.${process.pid}.${what}`);
  const [fresh, old] = [beside('new'), beside('old')];
  try {
    for (const [path, text] of files) {
      const target = join(fresh, path);
      await mkdir(dirname(target), { recursive: true, mode: 0o700 });
      await writeFile(target, text, { mode: 0o600 });
    }
    await rename(folder, old).catch(ignoreMissing);
    await rename(fresh, folder);
  } catch (error) {
    await rm(fresh, { recursive: true, force: true });
    await rename(old, folder).catch(() => {});
    throw new EnvironmentError('file.failed', `cannot write ${folder}: ${(error as Error).message}`, { cause: error });
  }
  await rm(old, { recursive: true, force: true });
}

async function entriesOf(folder: string): Promise<string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT') return [];
    const reason = code === 'ENOTDIR' ? 'it is no folder' : (error as Error).message;
    throw new EnvironmentError('file.failed', `cannot write ${folder}: ${reason}`, { cause: error });
  }
}

function ignoreMissing(error: NodeJS.ErrnoException): void {
  if (error.code !== 'ENOENT') throw error;
}
