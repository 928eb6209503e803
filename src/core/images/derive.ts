import { createHash } from 'node:crypto';
import type { Descriptor, Manifest } from './manifest.ts';
import type { Change } from './mend.ts';
import { describeChange } from './remedies.ts';
import type { TarHeader } from './tar.ts';
import { TAR_END, tarMember } from './tar-writer.ts';

/** A file of an image that is changed, as its layer holds it. */
export interface ChangedFile {
  change: Change;
  header: TarHeader;
  content: Buffer;
}

/** The plain bytes of a layer that holds the changed files and nothing else: only modes and attributes differ. */
export function layerOfChanges(files: readonly ChangedFile[]): Buffer {
  const members = files.map(({ change, header, content }) => {
    const xattrs = new Map(header.xattrs);
    if (change.dropCapabilities) xattrs.delete('security.capability');
    const path = change.path.slice(1) + (change.type === 'directory' ? '/' : '');
    return tarMember({ ...header, path: path === '/' ? './' : path, mode: change.inode.mode, xattrs }, content);
  });
  return Buffer.concat([...members, TAR_END]);
}

const OCI_MANIFEST = 'application/vnd.oci.image.manifest.v1+json';
const OCI_CONFIG = 'application/vnd.oci.image.config.v1+json';
const OCI_LAYER = 'application/vnd.oci.image.layer.v1.tar';
const DOCKER_MANIFEST = 'application/vnd.docker.distribution.manifest.v2+json';
const DOCKER_LAYER = 'application/vnd.docker.image.rootfs.diff.tar.gzip';

export interface Derived {
  config: Buffer;
  manifest: Buffer;
  manifestType: string;
  digest: string;
  layer: Descriptor;
}

export interface Stored {
  configBytes: Buffer;
  manifest?: Manifest | undefined;
  /** Where there is no manifest: layers without packing. */
  layers: readonly { digest: string; size: number }[];
}

export function digestOf(bytes: Buffer): string {
  return `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
}

/** The image with one more layer: its configuration gains that layer and a line of history, and nothing else changes. */
export function derive(stored: Stored, changes: readonly Change[], layer: { plain: Buffer; packed: Buffer }): Derived {
  const config = JSON.parse(stored.configBytes.toString('utf8')) as {
    created?: string;
    history?: unknown[];
    rootfs: { diff_ids: string[] };
  };
  config.rootfs.diff_ids.push(digestOf(layer.plain));
  // The same image always derives the same bytes: it has no date of its own.
  const line = {
    ...(config.created && { created: config.created }),
    created_by: `mcpk fix: ${changes.map(describeChange).join(', ')}`,
  };
  if (config.history) config.history.push(line);
  const configBytes = Buffer.from(JSON.stringify(config));
  const isDocker = stored.manifest?.mediaType === DOCKER_MANIFEST;
  const added: Descriptor = {
    mediaType: isDocker ? DOCKER_LAYER : `${OCI_LAYER}+gzip`,
    digest: digestOf(layer.packed),
    size: layer.packed.length,
  };
  const below =
    stored.manifest?.layers ?? stored.layers.map(({ digest, size }) => ({ mediaType: OCI_LAYER, digest, size }));
  const manifestType = stored.manifest?.mediaType ?? OCI_MANIFEST;
  const manifest = Buffer.from(
    JSON.stringify({
      schemaVersion: 2,
      mediaType: manifestType,
      ...stored.manifest,
      config: {
        ...(stored.manifest?.config ?? { mediaType: OCI_CONFIG }),
        digest: digestOf(configBytes),
        size: configBytes.length,
      },
      layers: [...below, added],
    }),
  );
  return { config: configBytes, manifest, manifestType, digest: digestOf(manifest), layer: added };
}
