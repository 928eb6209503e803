import { type Descriptor, isIndex, parseImageConfig } from '../../core/images/manifest.ts';
import { UsageError } from '../../errors.ts';
import { type BlobFolder, readDocument } from './archive.ts';
import { damaged } from './image-errors.ts';
import { type FoundImage, parseDocument, type Store } from './sources.ts';
import { verified } from './verified.ts';

/** An OCI image layout (image-spec, image-layout.md). */
export function layoutStore(folder: BlobFolder, name: string): Store {
  const blob = (digest: string) => {
    const found = folder.open(`blobs/${digest.replace(':', '/')}`);
    if (!found) throw damaged(`${name} lacks the blob ${digest}`);
    return found;
  };
  const document = (digest: string) => verified(blob(digest), digest, name);
  return {
    name,
    blob,
    config: ({ digest }) => document(digest),
    async manifest(what) {
      const digest = what.startsWith('sha256:') ? what : await digestOfTag(folder, name, what);
      return { bytes: await document(digest), digest };
    },
  };
}

const TAG_NAMES = ['org.opencontainers.image.ref.name', 'io.containerd.image.name'];

/** @param tag empty for the only image that there is */
async function digestOfTag(folder: BlobFolder, name: string, tag: string): Promise<string> {
  const bytes = await readDocument(folder, 'index.json');
  const index = bytes && parseDocument(bytes, name);
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
  const images = (bytes ? parseDocument(bytes, name) : undefined) as
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
  const document = configBytes && parseDocument(configBytes, name);
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
  const { createHash } = await import('node:crypto');
  return { digest: `sha256:${createHash('sha256').update(configBytes).digest('hex')}`, config, configBytes, layers };
}
