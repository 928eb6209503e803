import {
  choosePlatform,
  type Descriptor,
  type ImageConfig,
  type Index,
  isIndex,
  isManifest,
  type Manifest,
  type Platform,
  parseImageConfig,
  platformsOf,
  platformText,
} from '../../core/images/manifest.ts';
import { EnvironmentError, UsageError } from '../../errors.ts';
import { damaged } from './image-errors.ts';

/** One image of one platform: what it says of itself, and where its layers are. */
export interface FoundImage {
  /** Of the manifest, or of the configuration where there is no manifest. */
  digest: string;
  config: ImageConfig;
  /** Bottom first. */
  layers: FoundLayer[];
  configBytes: Buffer;
  /** As it is stored; a docker-archive has none. */
  manifest?: Manifest;
}

export interface FoundLayer {
  /** What the bytes that `open` gives add up to. */
  digest: string;
  size: number;
  open: () => AsyncIterable<Buffer>;
}

/** Where documents and blobs of one image come from. */
export interface Store {
  name: string;
  /** By tag or digest. */
  manifest(what: string): Promise<{ bytes: Buffer; digest: string }>;
  /** An image's configuration, which is what its digest says. */
  config(descriptor: Descriptor): Promise<Buffer>;
  blob(digest: string): AsyncIterable<Buffer>;
}

const MAX_NESTING = 3;

/** Follows an index to the manifest of a platform, and reads the image's configuration. @throws McpkError */
export async function findImage(store: Store, what: string, platform: Platform): Promise<FoundImage> {
  let { bytes, digest } = await store.manifest(what);
  for (let nesting = 0; nesting < MAX_NESTING; nesting++) {
    const document = parseDocument(bytes, store.name);
    if (isManifest(document)) return fromManifest(store, document, digest);
    if (!isIndex(document)) break;
    const chosen = choosePlatform(document, platform) ?? only(document);
    if (!chosen) throw noPlatform(store.name, document, platform);
    ({ bytes, digest } = await store.manifest(chosen.digest));
  }
  throw new EnvironmentError('image.damaged', `${store.name} has no manifest of an image`, {
    suggestions: ['it may be no container image (a chart, a signature), or of a form older than 2017: push it again'],
  });
}

/** An index of one image that names no platform. */
function only({ manifests }: Index): Descriptor | undefined {
  return manifests.length === 1 && manifests[0]?.platform === undefined ? manifests[0] : undefined;
}

async function fromManifest(store: Store, manifest: Manifest, digest: string): Promise<FoundImage> {
  const configBytes = await store.config(manifest.config);
  const config = parseImageConfig(parseDocument(configBytes, store.name));
  if (!config) throw damaged(`${store.name} is no container image: its configuration names no platform`);
  const layers = manifest.layers.map((layer) => ({
    digest: layer.digest,
    size: layer.size,
    open: () => store.blob(layer.digest),
  }));
  return { digest, config, layers, manifest, configBytes };
}

/** @throws EnvironmentError */
export function parseDocument(bytes: Buffer, name: string): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw damaged(`a document of ${name} is no JSON`, error);
  }
}

function noPlatform(name: string, index: Index, platform: Platform): UsageError {
  const there = platformsOf(index);
  return new UsageError('image.platform', `${name} is not built for ${platformText(platform)}`, {
    suggestions:
      there.length > 0 ? [`it is for ${there.join(', ')}: --platform ${there[0]}`] : ['it names no platform'],
  });
}
