import { createHash } from 'node:crypto';
import { gzipSync } from 'node:zlib';
import { type Member, tar } from './tar.ts';

export interface ImageContent {
  layers: Member[][];
  config: object;
  architecture?: string;
}

export const sha256 = (bytes: Buffer | string) => `sha256:${createHash('sha256').update(bytes).digest('hex')}`;

/** An image as `docker save` writes it. */
export function dockerArchive(reference: string, { layers, config, architecture = 'amd64' }: ImageContent): Buffer {
  const tars = layers.map(tar);
  const document = JSON.stringify({
    os: 'linux',
    architecture,
    config,
    rootfs: { type: 'layers', diff_ids: tars.map(sha256) },
  });
  const name = `${sha256(document).slice(7)}.json`;
  const files = tars.map((content) => ({ path: `${sha256(content).slice(7)}/layer.tar`, content }));
  const manifest = JSON.stringify([{ Config: name, RepoTags: [reference], Layers: files.map(({ path }) => path) }]);
  const unique = [...new Map(files.map((file) => [file.path, file])).values()];
  return tar([{ path: 'manifest.json', content: manifest }, { path: name, content: document }, ...unique]);
}

/** The documents and blobs of an image as a registry has them. */
export function registryImage(
  { layers, config, architecture = 'amd64' }: ImageContent,
  pack: (plain: Buffer) => Buffer = (plain) => gzipSync(plain),
): { manifest: string; blobs: Map<string, Buffer> } {
  const tars = layers.map(tar);
  const packed = tars.map(pack);
  const document = Buffer.from(
    JSON.stringify({ os: 'linux', architecture, config, rootfs: { type: 'layers', diff_ids: tars.map(sha256) } }),
  );
  const manifest = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: { mediaType: 'application/vnd.oci.image.config.v1+json', digest: sha256(document), size: document.length },
    layers: packed.map((blob) => ({
      mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
      digest: sha256(blob),
      size: blob.length,
    })),
  });
  return { manifest, blobs: new Map([document, ...packed].map((blob) => [sha256(blob), blob])) };
}

/** The members of an OCI layout of one image. */
export function ociLayout(tag: string, image: ImageContent, pack?: (plain: Buffer) => Buffer): Member[] {
  const { manifest, blobs } = registryImage(image, pack);
  const index = {
    schemaVersion: 2,
    manifests: [
      {
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        digest: sha256(manifest),
        size: manifest.length,
        annotations: { 'org.opencontainers.image.ref.name': tag },
      },
    ],
  };
  return [
    { path: 'oci-layout', content: '{"imageLayoutVersion":"1.0.0"}' },
    { path: 'index.json', content: JSON.stringify(index) },
    ...[...blobs, [sha256(manifest), Buffer.from(manifest)] as const].map(([digest, content]) => ({
      path: `blobs/${digest.replace(':', '/')}`,
      content,
    })),
  ];
}
