import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { FileTree } from '../../core/images/file-tree.ts';
import type { ImageConfig } from '../../core/images/manifest.ts';
import type { ImageSource } from '../../core/images/reference.ts';
import { openArchive, openFolder } from './archive.ts';
import { ImageCache } from './cache.ts';
import { saveFromDaemon } from './daemon.ts';
import { fetchLayers, type Progress } from './fetch-layers.ts';
import { tooLarge } from './image-errors.ts';
import { IndexReader } from './index-reader.ts';
import { findInDockerArchive, layoutStore } from './layouts.ts';
import { inRegistry, type LookUp } from './registry-store.ts';
import { type FoundImage, type FoundLayer, findImage } from './sources.ts';

export type { Progress } from './fetch-layers.ts';

export interface OpenOptions extends LookUp {
  onProgress?: (progress: Progress) => void;
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
    const { indexes: byDigest, fetched } = await openLayers(image.layers, options, cache, work);
    const indexes = image.layers.map(({ digest }) => byDigest.get(digest) as IndexReader);
    return {
      digest: image.digest,
      config: image.config,
      files: new FileTree(indexes),
      stored: image,
      indexes,
      fetched,
      stale,
      close: () => {
        for (const index of byDigest.values()) index.close();
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

/** As many as overlayfs stacks (OVL_MAX_STACK). */
const MAX_LAYERS = 500;

/** Each layer's index, by digest. */
async function openLayers(
  layers: readonly FoundLayer[],
  options: OpenOptions,
  cache: ImageCache,
  work: WorkFolder,
): Promise<{ indexes: Map<string, IndexReader>; fetched: number }> {
  if (layers.length > MAX_LAYERS) throw tooLarge(`an image of ${layers.length} layers`);
  const indexes = new Map<string, IndexReader>();
  const missing = new Map<string, FoundLayer>();
  for (const layer of layers) {
    if (indexes.has(layer.digest)) continue;
    const index = IndexReader.open(cache.layerIndex(layer.digest));
    if (index) indexes.set(layer.digest, index);
    else missing.set(layer.digest, layer);
  }
  if (missing.size === 0) return { indexes, fetched: 0 };
  try {
    const { signal, onProgress } = options;
    await fetchLayers([...missing.values()], { cache, work: work.path, signal, onProgress });
    for (const digest of missing.keys()) indexes.set(digest, reopened(cache.layerIndex(digest)));
    return { indexes, fetched: missing.size };
  } catch (error) {
    for (const index of indexes.values()) index.close();
    throw error;
  }
}

function reopened(path: string): IndexReader {
  const index = IndexReader.open(path);
  if (!index) throw new Error(`the index ${path} has gone`);
  return index;
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
    case 'docker-daemon': {
      const file = join(work.path, 'daemon.tar');
      await saveFromDaemon(source.reference, file, options);
      return {
        image: await inFile('docker-archive', file, `docker-daemon:${source.reference}`, '', options),
        stale: false,
      };
    }
    default: {
      const name = `${source.transport}:${source.path}`;
      return { image: await inFile(source.transport, source.path, name, source.tag ?? '', options), stale: false };
    }
  }
}

async function inFile(
  kind: 'oci' | 'oci-archive' | 'docker-archive',
  path: string,
  name: string,
  tag: string,
  { platform }: OpenOptions,
): Promise<FoundImage> {
  const folder = kind === 'oci' ? openFolder(path) : await openArchive(path);
  if (kind === 'docker-archive') return findInDockerArchive(folder, name, tag);
  return findImage(layoutStore(folder, name), tag, platform);
}
