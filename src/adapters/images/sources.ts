import { createHash } from 'node:crypto';
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
import { type BlobFolder, readDocument } from './archive.ts';
import { damaged, tooLarge, wrongDigest } from './image-errors.ts';

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
  blob(digest: string): AsyncIterable<Buffer>;
}

const MAX_NESTING = 3;

/** Follows an index to the manifest of a platform, and reads the image's configuration. @throws McpkError */
export async function findImage(store: Store, what: string, platform: Platform): Promise<FoundImage> {
  let { bytes, digest } = await store.manifest(what);
  for (let nesting = 0; nesting < MAX_NESTING; nesting++) {
    const document = parse(bytes, store.name);
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
  const configBytes = await readBlob(store, manifest.config);
  const config = parseImageConfig(parse(configBytes, store.name));
  if (!config) throw damaged(`${store.name} is no container image: its configuration names no platform`);
  const layers = manifest.layers.map((layer) => ({
    digest: layer.digest,
    size: layer.size,
    open: () => store.blob(layer.digest),
  }));
  return { digest, config, layers, manifest, configBytes };
}

const MAX_CONFIG = 16 * 2 ** 20;

async function readBlob(store: Store, { digest, size }: Descriptor): Promise<Buffer> {
  if (size > MAX_CONFIG) throw tooLarge(`the configuration of ${store.name} is ${size} bytes`);
  const pieces: Buffer[] = [];
  let received = 0;
  for await (const piece of store.blob(digest)) {
    received += piece.length;
    if (received > MAX_CONFIG) throw tooLarge(`the configuration of ${store.name} has no end`);
    pieces.push(piece);
  }
  const bytes = Buffer.concat(pieces);
  if (`sha256:${createHash('sha256').update(bytes).digest('hex')}` !== digest)
    throw wrongDigest(`the configuration of ${store.name}`);
  return bytes;
}

function parse(bytes: Buffer, name: string): unknown {
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

/** An OCI image layout (image-spec, image-layout.md). */
export function layoutStore(folder: BlobFolder, name: string): Store {
  const blob = (digest: string) => {
    const found = folder.open(`blobs/${digest.replace(':', '/')}`);
    if (!found) throw damaged(`${name} lacks the blob ${digest}`);
    return found;
  };
  return {
    name,
    blob,
    async manifest(what) {
      const digest = what.startsWith('sha256:') ? what : await digestOfTag(folder, name, what);
      const pieces: Buffer[] = [];
      for await (const piece of blob(digest)) pieces.push(piece);
      return { bytes: Buffer.concat(pieces), digest };
    },
  };
}

const TAG_NAMES = ['org.opencontainers.image.ref.name', 'io.containerd.image.name'];

/** @param tag empty for the only image that there is */
async function digestOfTag(folder: BlobFolder, name: string, tag: string): Promise<string> {
  const bytes = await readDocument(folder, 'index.json');
  const index = bytes && parse(bytes, name);
  if (!isIndex(index))
    throw new UsageError('image.not-found', `${name} is no OCI image layout: it has no index.json`, {
      suggestions: ['correct the path'],
    });
  const tagsOf = ({ annotations }: Descriptor) => TAG_NAMES.flatMap((key) => annotations?.[key] ?? []);
  const fitting = index.manifests.filter((one) => tag === '' || tagsOf(one).includes(tag));
  const [first] = fitting;
  const all = index.manifests.flatMap(tagsOf);
  if (!first || (tag === '' && new Set(fitting.map(({ digest }) => digest)).size > 1)) {
    throw new UsageError('image.not-found', tag === '' ? `${name} has several images` : `${name} has no image ${tag}`, {
      suggestions:
        all.length > 0
          ? [`name one: ${all.map((one) => `${name.split(':').slice(0, 2).join(':')}:${one}`).join(', ')}`]
          : [],
    });
  }
  return first.digest;
}

/** What `docker save` and `podman save` write. @param tag empty for the only image */
export async function findInDockerArchive(folder: BlobFolder, name: string, tag: string): Promise<FoundImage> {
  const bytes = await readDocument(folder, 'manifest.json');
  const images = (bytes ? parse(bytes, name) : undefined) as
    | { Config: string; RepoTags?: string[] | null; Layers: string[] }[]
    | undefined;
  if (!Array.isArray(images))
    throw new UsageError('image.not-found', `${name} is no docker-archive: it has no manifest.json`, {
      suggestions: ['correct the path'],
    });
  const tags = images.flatMap(({ RepoTags }) => RepoTags ?? []);
  const fits = (one: string) => one === tag || one.endsWith(`/${tag}`) || one.endsWith(`:${tag}`);
  const image =
    tag === '' && images.length === 1 ? images[0] : images.find(({ RepoTags }) => tag !== '' && RepoTags?.some(fits));
  if (!image)
    throw new UsageError('image.not-found', `${name} has ${tag ? `no image ${tag}` : 'several images'}`, {
      suggestions: [`it has ${tags.join(', ')}`],
    });
  const configBytes = await readDocument(folder, image.Config);
  const document = configBytes && parse(configBytes, name);
  const config = parseImageConfig(document);
  if (!configBytes || !config) throw damaged(`${name} lacks the configuration ${image.Config}`);
  const diffIds = (document as { rootfs?: { diff_ids?: string[] } }).rootfs?.diff_ids ?? [];
  const layers = image.Layers.map((path, i) => {
    const named = /blobs\/sha256\/([a-f0-9]{64})$/.exec(path)?.[1];
    return {
      digest: named ? `sha256:${named}` : (diffIds[i] ?? ''),
      size: folder.size(path),
      open: () => {
        const blob = folder.open(path);
        if (!blob) throw damaged(`${name} lacks the layer ${path}`);
        return blob;
      },
    };
  });
  return { digest: `sha256:${createHash('sha256').update(configBytes).digest('hex')}`, config, configBytes, layers };
}
