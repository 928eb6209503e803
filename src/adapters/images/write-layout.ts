import { createHash } from 'node:crypto';
import { createWriteStream, existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Derived } from '../../core/images/derive.ts';
import { digestOf } from '../../core/images/derive.ts';
import type { Descriptor } from '../../core/images/manifest.ts';
import { UsageError } from '../../errors.ts';
import { writeFileAtomically } from '../files.ts';
import { wrongDigest } from './image-errors.ts';
import type { FoundLayer } from './sources.ts';

const REF_NAME = 'org.opencontainers.image.ref.name';

/**
 * Writes an image into an OCI layout: a new folder, or one that is a layout already, which keeps its other images.
 * The index is written last, so that a reader sees the image as a whole or not at all.
 * @throws McpkError
 */
export async function writeLayout(
  folder: string,
  tag: string,
  image: { derived: Derived; layers: readonly FoundLayer[]; packed: Buffer; signal: AbortSignal },
): Promise<void> {
  const indexFile = join(folder, 'index.json');
  if (existsSync(folder) && !existsSync(join(folder, 'oci-layout'))) {
    throw new UsageError('image.output', `${folder} is there and is no OCI image layout; nothing was written`, {
      suggestions: ['choose another folder'],
    });
  }
  await mkdir(join(folder, 'blobs/sha256'), { recursive: true });
  for (const layer of image.layers) await writeBlob(folder, layer.digest, layer.open(), image.signal);
  const { derived } = image;
  for (const bytes of [image.packed, derived.config, derived.manifest])
    await writeBlob(folder, digestOf(bytes), [bytes], image.signal);
  await writeFileAtomically(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  const others = existsSync(indexFile)
    ? (JSON.parse(readFileSync(indexFile, 'utf8')) as { manifests: Descriptor[] }).manifests
    : [];
  const kept = others.filter(({ annotations }) => annotations?.[REF_NAME] !== tag);
  const entry = {
    mediaType: derived.manifestType,
    digest: derived.digest,
    size: derived.manifest.length,
    annotations: { [REF_NAME]: tag },
  };
  await writeFileAtomically(indexFile, JSON.stringify({ schemaVersion: 2, manifests: [...kept, entry] }));
}

async function writeBlob(
  folder: string,
  digest: string,
  content: AsyncIterable<Buffer> | Iterable<Buffer>,
  signal: AbortSignal,
): Promise<void> {
  const target = join(folder, 'blobs', digest.replace(':', '/'));
  if (existsSync(target)) return;
  const part = `${target}.part-${process.pid}`;
  const hash = createHash('sha256');
  const hashed = async function* () {
    for await (const chunk of content) {
      hash.update(chunk);
      yield chunk;
    }
  };
  try {
    await pipeline(Readable.from(hashed()), createWriteStream(part), { signal });
    if (`sha256:${hash.digest('hex')}` !== digest) throw wrongDigest(`layer ${digest}`);
    await rename(part, target);
  } finally {
    await rm(part, { force: true });
  }
}
