import { readFile, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { EnvironmentError, UsageError } from '../errors.ts';

/** A file that was read. */
export interface ManifestFile {
  /** As it was named, or below the folder that was; `-` is standard input. */
  file: string;
  bytes: Uint8Array;
  /** False where it was found in a folder or by a pattern. */
  named: boolean;
}

/** Manifests are small; what is larger than this is something else. */
const MAX_BYTES = 64 * 1024 * 1024;
const MANIFESTS = ['**/*.{yaml,yml,json}'];
const IGNORED = ['**/node_modules/**', '**/.*/**'];

/**
 * Reads what paths name: files, folders, patterns, and `-` for standard input.
 * @throws UsageError where one names nothing, EnvironmentError where one cannot be read
 */
export async function readManifestFiles(paths: readonly string[], cwd: string): Promise<ManifestFile[]> {
  const found = new Map<string, boolean>();
  for (const path of paths) {
    for (const file of await filesOf(path, cwd)) found.set(file, (found.get(file) ?? false) || file === path);
  }
  return Promise.all(
    [...found].map(async ([file, named]) => ({
      file,
      named,
      bytes: file === '-' ? await standardInput() : await read(resolve(cwd, file)),
    })),
  );
}

async function filesOf(path: string, cwd: string): Promise<string[]> {
  if (path === '-') return ['-'];
  const target = resolve(cwd, path);
  const kind = await stat(target).catch(() => undefined);
  if (kind?.isFile() || kind?.isFIFO() || kind?.isCharacterDevice()) return [path];
  if (kind?.isDirectory()) return inFolder(await matches(MANIFESTS, target), path);
  if (kind === undefined && (await globbing()).isDynamicPattern(path))
    return nonEmpty(await matches([path], cwd), path);
  throw new UsageError('lint.no-file', `there is no ${path}`, {
    suggestions: ['check the path', '`-` reads standard input: helm template . | mcpk lint -'],
  });
}

async function matches(patterns: string[], folder: string): Promise<string[]> {
  const { glob } = await globbing();
  const files = await glob(patterns, {
    cwd: folder,
    ignore: IGNORED,
    followSymbolicLinks: false,
    expandDirectories: false,
  });
  return files.sort();
}

/** Single files, the most frequent case, do without. */
function globbing(): Promise<typeof import('tinyglobby')> {
  return import('tinyglobby');
}

function inFolder(files: string[], path: string): string[] {
  return nonEmpty(
    files.map((file) => join(path, file)),
    path,
  );
}

function nonEmpty(files: string[], path: string): string[] {
  if (files.length > 0) return files;
  throw new UsageError('lint.nothing', `${path} names no file ending in .yaml, .yml or .json`, {
    suggestions: ['check the path: nothing was looked at'],
  });
}

async function read(path: string): Promise<Uint8Array> {
  const { size } = await stat(path).catch(() => ({ size: 0 }));
  if (size > MAX_BYTES) throw tooLarge(path);
  try {
    return await readFile(path);
  } catch (cause) {
    throw new EnvironmentError('file.failed', `cannot read ${path}: ${(cause as Error).message}`, { cause });
  }
}

async function standardInput(): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of process.stdin) {
    size += (chunk as Buffer).length;
    if (size > MAX_BYTES) throw tooLarge('standard input');
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

function tooLarge(path: string): UsageError {
  return new UsageError('lint.too-large', `${path} is larger than ${MAX_BYTES / 1024 / 1024} MiB`, {
    suggestions: ['name the manifests, not what they are packed into'],
  });
}

/** Path from the root of the git repository to a folder in it; empty at its root, and where there is none. */
export async function pathInRepository(folder: string): Promise<string> {
  for (let at = folder; ; at = dirname(at)) {
    if (await stat(join(at, '.git')).catch(() => undefined)) return relative(at, folder);
    if (at === dirname(at)) return '';
  }
}
