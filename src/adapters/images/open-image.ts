import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { FileTree } from '../../core/images/file-tree.ts';
import type { ImageConfig, Platform } from '../../core/images/manifest.ts';
import type { ImageSource, RegistryReference } from '../../core/images/reference.ts';
import { EnvironmentError } from '../../errors.ts';
import { openArchive, openFolder } from './archive.ts';
import { ImageCache } from './cache.ts';
import { saveFromDaemon } from './daemon.ts';
import { IndexReader } from './index-reader.ts';
import { readLayer } from './read-layer.ts';
import { type RegistryOptions, Repository } from './registry.ts';
import {
  type FoundImage,
  type FoundLayer,
  findImage,
  findInDockerArchive,
  layoutStore,
  type Store,
} from './sources.ts';

export interface OpenOptions extends RegistryOptions {
  platform: Platform;
  /** Nothing is asked of a registry: what is not in the cache is an error. */
  offline: boolean;
  /** Ask the registry what a tag means now, however recent the last answer is. */
  refresh: boolean;
  onProgress?: (progress: Progress) => void;
}

/** A layer that is being read. */
export interface Progress {
  layer: number;
  layers: number;
  received: number;
  size: number;
}

/** An image's files and settings. Close it. */
export interface OpenImage {
  digest: string;
  config: ImageConfig;
  files: FileTree;
  /** As it is stored. */
  stored: FoundImage;
  /** Bottom first, as the stored layers. */
  indexes: readonly IndexReader[];
  /** How many layers were fetched in this run. */
  fetched: number;
  /** The registry could not be asked: this is what the tag meant before. */
  stale: boolean;
  close(): void;
}

/** Opens an image wherever it is; its layers are read once and their indexes kept. @throws McpkError */
export async function openImage(source: ImageSource, options: OpenOptions): Promise<OpenImage> {
  const cache = new ImageCache(options.env);
  const work = new WorkFolder(cache);
  try {
    const { image, stale } = await locate(source, options, cache, work);
    const layers = await openLayers(image.layers, options, cache, work);
    return {
      digest: image.digest,
      config: image.config,
      files: new FileTree(layers.indexes),
      stored: image,
      indexes: layers.indexes,
      fetched: layers.fetched,
      stale,
      close: () => {
        for (const index of layers.indexes) index.close();
        work.remove();
      },
    };
  } catch (error) {
    work.remove();
    throw error;
  }
}

/** A folder for files on the way, made when the first one is needed. */
class WorkFolder {
  readonly #cache: ImageCache;
  #path: string | undefined;

  constructor(cache: ImageCache) {
    this.#cache = cache;
  }

  get path(): string {
    this.#path ??= this.#cache.work();
    return this.#path;
  }

  remove(): void {
    if (this.#path) rmSync(this.#path, { recursive: true, force: true });
  }
}

async function locate(
  source: ImageSource,
  options: OpenOptions,
  cache: ImageCache,
  work: WorkFolder,
): Promise<{ image: FoundImage; stale: boolean }> {
  switch (source.transport) {
    case 'registry':
      return inRegistry(source.reference, options, cache);
    case 'oci': {
      const store = layoutStore(openFolder(source.path), `oci:${source.path}`);
      return { image: await findImage(store, source.tag ?? '', options.platform), stale: false };
    }
    case 'oci-archive': {
      const store = layoutStore(await openArchive(source.path), `oci-archive:${source.path}`);
      return { image: await findImage(store, source.tag ?? '', options.platform), stale: false };
    }
    case 'docker-archive': {
      const archive = await openArchive(source.path);
      return {
        image: await findInDockerArchive(archive, `docker-archive:${source.path}`, source.tag ?? ''),
        stale: false,
      };
    }
    case 'docker-daemon': {
      const file = join(work.path, 'daemon.tar');
      await saveFromDaemon(source.reference, file, options);
      return {
        image: await findInDockerArchive(await openArchive(file), `docker-daemon:${source.reference}`, ''),
        stale: false,
      };
    }
  }
}

/** Mirrors first, in their order, then the registry itself. */
function repositoriesOf(reference: RegistryReference, options: RegistryOptions): Repository[] {
  const names = [reference.host, ...(reference.host === 'registry-1.docker.io' ? ['docker.io'] : [])];
  const scheme = options.plainHttp.some((host) => names.includes(host)) ? 'http' : 'https';
  const mirrors = options.mirrors.filter(({ host }) => names.includes(host)).map(({ url }) => url.replace(/\/+$/, ''));
  return [...mirrors, `${scheme}://${reference.host}`].map((base) => new Repository(base, reference, options));
}

async function inRegistry(
  reference: RegistryReference,
  options: OpenOptions,
  cache: ImageCache,
): Promise<{ image: FoundImage; stale: boolean }> {
  const { name, digest, tag = 'latest' } = reference;
  const store = registryStore(reference, options, cache);
  const found = async (what: string) => {
    const image = await findImage(store, what, options.platform);
    if (image.manifest) await cache.keepDocument(image.manifest.config.digest, image.configBytes);
    return image;
  };
  if (digest) return { image: await found(digest), stale: false };
  const known = await cache.tag(name);
  if (known && (options.offline || (known.fresh && !options.refresh)))
    return { image: await found(known.digest), stale: !known.fresh };
  try {
    const now = await store.manifest(tag);
    await cache.keepDocument(now.digest, now.bytes);
    const image = await found(now.digest);
    await cache.keepTag(name, now.digest);
    return { image, stale: false };
  } catch (error) {
    const passing =
      error instanceof EnvironmentError && ['image.registry-unreachable', 'image.rate-limit'].includes(error.code);
    if (!passing || !known || options.refresh) throw error;
    return { image: await found(known.digest), stale: true };
  }
}

/** Documents come from the cache where it has them; a registry is asked only for what is missing. */
function registryStore(reference: RegistryReference, options: OpenOptions, cache: ImageCache): Store {
  const repositories = repositoriesOf(reference, options);
  const fromAny = async <T>(ask: (repository: Repository) => Promise<T>): Promise<T> => {
    if (options.offline) throw notKept(reference.name);
    let failure: unknown;
    for (const repository of repositories) {
      try {
        return await ask(repository);
      } catch (error) {
        options.signal.throwIfAborted();
        failure = error;
      }
    }
    throw failure;
  };
  return {
    name: reference.name,
    async manifest(what) {
      const kept = what.startsWith('sha256:') ? await cache.document(what) : undefined;
      if (kept) return { bytes: kept, digest: what };
      const found = await fromAny((repository) => repository.manifest(what));
      await cache.keepDocument(found.digest, found.bytes);
      return found;
    },
    async *blob(digest) {
      const kept = await cache.document(digest);
      if (kept) return yield kept;
      // The first piece tells whether a registry has it; later failures are taken up at the same one.
      const { first, rest } = await fromAny(async (repository) => {
        const pieces = repository.blob(digest);
        return { first: await pieces.next(), rest: pieces };
      });
      if (first.done) return;
      yield first.value;
      yield* rest;
    },
  };
}

function notKept(name: string): EnvironmentError {
  return new EnvironmentError('image.offline', `${name} is not in the cache, and nothing may be fetched`, {
    suggestions: ['run it once without --offline', 'or read it from a file: oci-archive:FILE'],
  });
}

const AT_ONCE = 3;

async function openLayers(
  layers: readonly FoundLayer[],
  options: OpenOptions,
  cache: ImageCache,
  work: WorkFolder,
): Promise<{ indexes: IndexReader[]; fetched: number }> {
  const missing = [...new Map(layers.map((layer) => [layer.digest, layer])).values()].filter(
    ({ digest }) => !IndexReader.exists(cache.layerIndex(digest)),
  );
  let fetched = 0;
  const queue = missing.map((layer, i) => ({ layer, folder: join(work.path, String(i)) }));
  // One that fails ends the others.
  const failed = new AbortController();
  const signal = AbortSignal.any([options.signal, failed.signal]);
  const worker = async () => {
    for (let next = queue.shift(); next && !signal.aborted; next = queue.shift()) {
      const { layer, folder } = next;
      const progress = (received: number) =>
        options.onProgress?.({ layer: fetched + 1, layers: missing.length, received, size: layer.size });
      await readLayer(counted(layer, progress, signal), {
        digest: layer.digest,
        index: cache.layerIndex(layer.digest),
        work: folder,
      });
      fetched += 1;
    }
  };
  const workers = Array.from({ length: Math.min(AT_ONCE, queue.length) }, () =>
    worker().catch((error) => failed.abort(error)),
  );
  await Promise.all(workers);
  signal.throwIfAborted();
  return { indexes: layers.map(({ digest }) => reopened(cache.layerIndex(digest))), fetched };
}

function reopened(path: string): IndexReader {
  const index = IndexReader.open(path);
  if (!index) throw new Error(`the index ${path} has gone`);
  return index;
}

async function* counted(
  layer: FoundLayer,
  progress: (received: number) => void,
  signal: AbortSignal,
): AsyncGenerator<Buffer> {
  let received = 0;
  for await (const chunk of layer.open()) {
    signal.throwIfAborted();
    received += chunk.length;
    progress(received);
    yield chunk;
  }
}
