import { mkdirSync, mkdtempSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { EnvironmentError } from '../../errors.ts';
import { damaged } from './image-errors.ts';

/** How long a tag is taken to mean what it meant, in milliseconds. */
const TAG_FRESH_MS = 3_600_000;

/** What is kept between runs: manifests and configurations by digest, the indexes of layers, what tags meant. */
export class ImageCache {
  readonly #folder: string;

  /** MCPK_CACHE_DIR, or `mcpk` in the user's folder of caches. */
  constructor(env: NodeJS.ProcessEnv) {
    const base = env['MCPK_CACHE_DIR'] ?? join(env['XDG_CACHE_HOME'] ?? join(env['HOME'] ?? '/', '.cache'), 'mcpk');
    this.#folder = join(base, 'images');
  }

  layerIndex(digest: string): string {
    return this.#file('layers', digest);
  }

  /** A new folder for files on the way; who gets it removes it. */
  work(): string {
    // Indexes are moved from it into place.
    this.#make('layers');
    return mkdtempSync(join(this.#make('work'), 'run-'));
  }

  document(digest: string): Buffer | undefined {
    return readIfThere(this.#file('documents', digest));
  }

  async keepDocument(digest: string, bytes: Buffer): Promise<void> {
    this.#make('documents');
    await write(this.#file('documents', digest), bytes);
  }

  /** The digest that a tag had, and whether that is recent. */
  tag(name: string): { digest: string; fresh: boolean } | undefined {
    const file = this.#tagFile(name);
    const bytes = readIfThere(file);
    if (!bytes) return undefined;
    const age = Date.now() - statSync(file).mtimeMs;
    return { digest: bytes.toString('utf8'), fresh: age >= 0 && age < TAG_FRESH_MS };
  }

  async keepTag(name: string, digest: string): Promise<void> {
    this.#make('tags');
    await write(this.#tagFile(name), digest);
  }

  /** A digest comes from outside, and becomes a file's name here. */
  #file(kind: string, digest: string): string {
    if (!/^sha256:[a-f0-9]{64}$/.test(digest))
      throw damaged(`${JSON.stringify(digest.slice(0, 80))} is no digest (sha256)`);
    return join(this.#folder, kind, digest.replace(':', '-'));
  }

  #tagFile(name: string): string {
    return join(this.#folder, 'tags', encodeURIComponent(name));
  }

  #make(name: string): string {
    const folder = join(this.#folder, name);
    try {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw new EnvironmentError('image.cache', `cannot make the folder ${folder}: ${(error as Error).message}`, {
        suggestions: ['name another with MCPK_CACHE_DIR'],
        cause: error,
      });
    }
    return folder;
  }
}

async function write(path: string, content: string | Uint8Array): Promise<void> {
  const { writeFileAtomically } = await import('../files.ts');
  await writeFileAtomically(path, content);
}

/** A few hundred bytes: waiting for another thread to read them takes longer. */
function readIfThere(path: string): Buffer | undefined {
  try {
    return readFileSync(path);
  } catch {
    return undefined;
  }
}
