import { join } from 'node:path';
import type { ImageCache } from './cache.ts';
import { readLayer } from './read-layer.ts';
import type { FoundLayer } from './sources.ts';

/** A layer that is being read. */
export interface Progress {
  layer: number;
  layers: number;
  received: number;
  size: number;
}

const AT_ONCE = 3;

/**
 * Reads layers, a few at once, and leaves their indexes in the cache.
 * @param options.work a folder for files on the way
 * @throws McpkError
 */
export async function fetchLayers(
  missing: readonly FoundLayer[],
  options: {
    cache: ImageCache;
    work: string;
    signal: AbortSignal;
    onProgress?: ((progress: Progress) => void) | undefined;
  },
): Promise<void> {
  const { cache, work } = options;
  let fetched = 0;
  const queue = missing.map((layer, i) => ({ layer, folder: join(work, String(i)) }));
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
