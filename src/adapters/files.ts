import { mkdir, open, readdir, readFile, realpath, rename, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { EnvironmentError } from '../errors.ts';

/** A file's bytes, or undefined where there is none. @throws EnvironmentError when it cannot be read */
export async function readFileIfThere(path: string): Promise<Uint8Array | undefined> {
  try {
    return await readFile(path);
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw fileError('read', path, error);
  }
}

/**
 * Writes a file so that readers see the old or the new content, never a part: into a new file beside it, then renamed.
 * Keeps the mode of the file that it replaces.
 * @param options.mode of a new file, and of one that is replaced
 * @param options.create fail with EEXIST semantics (returns false) instead of replacing a file that is already there
 */
export async function writeFileAtomically(
  path: string,
  text: string | Uint8Array,
  options: { create?: boolean; mode?: number } = {},
): Promise<boolean> {
  // A symbolic link stays one: what it points to is replaced.
  const target = await realpath(path).catch(() => path);
  const temporary = join(dirname(target), `.${basename(target)}.${process.pid}.tmp`);
  try {
    if (options.create) return await createFile(path, text);
    const mode =
      options.mode ??
      (await stat(target).then(
        (s) => s.mode & 0o777,
        () => 0o644,
      ));
    await mkdir(dirname(target), { recursive: true });
    const file = await open(temporary, 'w', mode);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
    await rename(temporary, target);
    return true;
  } catch (error) {
    await rm(temporary, { force: true }).catch(() => {});
    throw fileError('write', path, error);
  }
}

async function createFile(path: string, text: string | Uint8Array): Promise<boolean> {
  try {
    const file = await open(path, 'wx');
    await file.writeFile(text).finally(() => file.close());
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

function fileError(action: string, path: string, cause: unknown): EnvironmentError {
  const reason = {
    EACCES: 'permission denied',
    EISDIR: 'it is a folder',
    ENOTDIR: 'a part of the path is not a folder',
    ENOENT: 'its folder does not exist',
    EROFS: 'the file system is read-only',
    ENOSPC: 'no space is left',
  }[codeOf(cause)];
  return new EnvironmentError('file.failed', `cannot ${action} ${path}: ${reason ?? (cause as Error).message}`, {
    cause,
  });
}

function codeOf(error: unknown): string {
  return (error as NodeJS.ErrnoException).code ?? '';
}

/** Makes a folder that only its owner may enter, and those above it. @throws EnvironmentError */
export async function makePrivateFolder(path: string): Promise<void> {
  try {
    await mkdir(path, { recursive: true, mode: 0o700 });
  } catch (error) {
    throw fileError('make the folder', path, error);
  }
}

/** The text files of a folder; none where there is no folder. */
export async function readFolder(folder: string): Promise<{ name: string; text: string }[]> {
  try {
    const entries = await readdir(folder, { withFileTypes: true });
    const names = entries.filter((entry) => entry.isFile()).map((entry) => entry.name);
    return await Promise.all(names.map(async (name) => ({ name, text: await readFile(join(folder, name), 'utf8') })));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw fileError('read', folder, error);
  }
}

export async function removeFile(path: string): Promise<void> {
  await rm(path, { force: true });
}
