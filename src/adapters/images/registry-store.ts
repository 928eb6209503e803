import type { Platform } from '../../core/images/manifest.ts';
import type { RegistryReference } from '../../core/images/reference.ts';
import { EnvironmentError } from '../../errors.ts';
import type { ImageCache } from './cache.ts';
import { type RegistryOptions, Repository } from './registry.ts';
import { type FoundImage, findImage, type Store } from './sources.ts';
import { verified } from './verified.ts';

/** How an image is looked up. */
export interface LookUp extends RegistryOptions {
  platform: Platform;
  /** Nothing is asked of a registry: what is not in the cache is an error. */
  offline: boolean;
  /** Ask the registry what a tag means now, however recent the last answer is. */
  refresh: boolean;
}

/** Mirrors first, in their order, then the registry itself. */
function repositoriesOf(reference: RegistryReference, options: RegistryOptions): Repository[] {
  const names = [reference.host, ...(reference.host === 'registry-1.docker.io' ? ['docker.io'] : [])];
  const scheme = options.plainHttp.some((host) => names.includes(host)) ? 'http' : 'https';
  const mirrors = options.mirrors.filter(({ host }) => names.includes(host)).map(({ url }) => url.replace(/\/+$/, ''));
  return [...mirrors, `${scheme}://${reference.host}`].map((base) => new Repository(base, reference, options));
}

/** An image of a registry, or as the cache has it. @throws McpkError */
export async function inRegistry(
  reference: RegistryReference,
  options: LookUp,
  cache: ImageCache,
): Promise<{ image: FoundImage; stale: boolean }> {
  const { name, digest, tag = 'latest' } = reference;
  const store = registryStore(reference, options, cache);
  const found = (what: string) => findImage(store, what, options.platform);
  if (digest) return { image: await found(digest), stale: false };
  const known = cache.tag(name);
  if (known && (options.offline || (known.fresh && !options.refresh)))
    return { image: await found(known.digest), stale: !known.fresh };
  try {
    const now = await store.manifest(tag);
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
function registryStore(reference: RegistryReference, options: LookUp, cache: ImageCache): Store {
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
  const blob = async function* (digest: string): AsyncGenerator<Buffer> {
    // The first piece tells whether a registry has it; later failures are taken up at the same one.
    const { first, pieces } = await fromAny(async (repository) => {
      const pieces = repository.blob(digest);
      return { first: await pieces.next(), pieces };
    });
    try {
      if (!first.done) yield first.value;
      yield* pieces;
    } finally {
      await pieces.return(undefined);
    }
  };
  return {
    name: reference.name,
    async manifest(what) {
      const kept = what.startsWith('sha256:') ? cache.document(what) : undefined;
      if (kept) return { bytes: kept, digest: what };
      const found = await fromAny((repository) => repository.manifest(what));
      await cache.keepDocument(found.digest, found.bytes);
      return found;
    },
    async config({ digest }) {
      const kept = cache.document(digest);
      if (kept) return kept;
      const bytes = await verified(blob(digest), digest, reference.name);
      await cache.keepDocument(digest, bytes);
      return bytes;
    },
    blob,
  };
}

function notKept(name: string): EnvironmentError {
  return new EnvironmentError('image.offline', `${name} is not in the cache, and nothing may be fetched`, {
    suggestions: ['run it once without --offline', 'or read it from a file: oci-archive:FILE'],
  });
}
