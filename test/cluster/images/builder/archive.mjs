// Writes images as one tar, for tools that read them (docker archive) or for containerd (OCI layout).
import { createHash } from 'node:crypto';
import {
  createReadStream,
  linkSync,
  mkdirSync,
  mkdtempSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { run } from './layers.mjs';

export async function sha256OfFile(path) {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

// The same folder always gives the same tar: sorted, no times, no names of owners.
export function makeTar(directory, tar, members = ['.']) {
  run('tar', [
    '--create',
    '--file',
    tar,
    '--directory',
    directory,
    '--sort=name',
    '--mtime=@0',
    '--owner=0',
    '--group=0',
    '--numeric-owner',
    '--format=gnu',
    '--hard-dereference',
    ...members,
  ]);
}

const sha256 = (text) => createHash('sha256').update(text).digest('hex');

// The layers of an image are [{ tar, diffId }], bottom first.
function configurationOf({ config, layers }) {
  const created = '1970-01-01T00:00:00Z';
  return JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    created,
    config,
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => `sha256:${diffId}`) },
    history: layers.map(() => ({ created, created_by: 'mcpk test image' })),
  });
}

export function writeDockerArchive(path, image) {
  const configuration = configurationOf(image);
  const configurationName = `${sha256(configuration)}.json`;
  const names = image.layers.map(({ diffId }) => `${diffId}.tar`);
  const manifest = [{ Config: configurationName, RepoTags: [image.reference], Layers: names }];
  mkdirSync(dirname(path), { recursive: true });
  const staging = mkdtempSync(join(dirname(path), 'part-'));
  try {
    writeFileSync(join(staging, configurationName), configuration);
    writeFileSync(join(staging, 'manifest.json'), JSON.stringify(manifest));
    image.layers.forEach(({ tar }, index) => {
      linkSync(tar, join(staging, names[index]));
    });
    makeTar(staging, join(staging, 'whole'), ['manifest.json', configurationName, ...new Set(names)]);
    renameSync(join(staging, 'whole'), path);
  } finally {
    rmSync(staging, { recursive: true });
  }
}

// All images in one layout, to stdout, without the layers that containerd has
// already (`present`, digests): most of an image is the base of all others.
export function writeOciLayout(scratch, images, present) {
  const staging = mkdtempSync(join(scratch, 'oci-'));
  try {
    mkdirSync(join(staging, 'blobs/sha256'), { recursive: true });
    const manifests = images.map((image) => writeOciImage(staging, image, present));
    writeFileSync(join(staging, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
    writeFileSync(join(staging, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }));
    run('tar', ['--create', '--file=-', '--directory', staging, 'oci-layout', 'blobs', 'index.json'], {
      stdio: ['ignore', 'inherit', 2],
    });
  } finally {
    rmSync(staging, { recursive: true });
  }
}

function writeOciImage(staging, image, present) {
  const blob = (mediaType, text) => {
    writeFileSync(join(staging, 'blobs/sha256', sha256(text)), text);
    return { mediaType, digest: `sha256:${sha256(text)}`, size: Buffer.byteLength(text) };
  };
  const layers = image.layers.map(({ tar, diffId }) => {
    const file = join(staging, 'blobs/sha256', diffId);
    if (!present.has(`sha256:${diffId}`) && !statSync(file, { throwIfNoEntry: false })) linkSync(tar, file);
    return {
      mediaType: 'application/vnd.oci.image.layer.v1.tar',
      digest: `sha256:${diffId}`,
      size: statSync(tar).size,
    };
  });
  const config = blob('application/vnd.oci.image.config.v1+json', configurationOf(image));
  const mediaType = 'application/vnd.oci.image.manifest.v1+json';
  const manifest = blob(mediaType, JSON.stringify({ schemaVersion: 2, mediaType, config, layers }));
  return { ...manifest, annotations: { 'io.containerd.image.name': image.reference } };
}
