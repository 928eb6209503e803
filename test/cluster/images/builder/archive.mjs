// Writes a docker archive: manifest.json, the configuration and the layers in one tar.
import { createHash } from 'node:crypto';
import { createReadStream, linkSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
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

// layers: [{ tar, diffId }], bottom first.
export function writeArchive(path, reference, config, layers) {
  const image = JSON.stringify({
    architecture: 'amd64',
    os: 'linux',
    created: '1970-01-01T00:00:00Z',
    config,
    rootfs: { type: 'layers', diff_ids: layers.map(({ diffId }) => `sha256:${diffId}`) },
    history: layers.map(() => ({ created: '1970-01-01T00:00:00Z', created_by: 'mcpk test image' })),
  });
  const imageName = `${createHash('sha256').update(image).digest('hex')}.json`;
  const names = layers.map(({ diffId }) => `${diffId}.tar`);
  mkdirSync(dirname(path), { recursive: true });
  const staging = mkdtempSync(join(dirname(path), 'part-'));
  try {
    writeFileSync(join(staging, imageName), image);
    writeFileSync(
      join(staging, 'manifest.json'),
      JSON.stringify([{ Config: imageName, RepoTags: [reference], Layers: names }]),
    );
    layers.forEach(({ tar }, index) => {
      linkSync(tar, join(staging, names[index]));
    });
    makeTar(staging, `${staging}.tar`, ['manifest.json', imageName, ...new Set(names)]);
    renameSync(`${staging}.tar`, path);
  } finally {
    rmSync(staging, { recursive: true });
  }
}
