import { gzipSync } from 'node:zlib';
import { type ChangedFile, layerOfChanges } from '../../core/images/derive.ts';
import { cleanPath } from '../../core/images/member.ts';
import type { Change } from '../../core/images/mend.ts';
import { type TarHeader, TarReader } from '../../core/images/tar.ts';
import { EnvironmentError } from '../../errors.ts';
import type { OpenImage } from './open-image.ts';
import { unpackerFor } from './unpack.ts';

/** Larger programs are not copied into a layer of their own. */
const MAX_CONTENT = 512 * 2 ** 20;

/** The layer that makes some changes to an image: headers as they are stored, so that nothing else changes. */
export async function makeLayer(
  image: OpenImage,
  changes: readonly Change[],
): Promise<{ plain: Buffer; packed: Buffer }> {
  const files: ChangedFile[] = [];
  for (const change of changes) files.push(await extract(image, change));
  const plain = layerOfChanges(files);
  return { plain, packed: gzipSync(plain, { level: 9 }) };
}

async function extract(image: OpenImage, change: Change): Promise<ChangedFile> {
  const path = change.path.slice(1);
  for (let i = image.indexes.length - 1; i >= 0; i--) {
    const entry = image.indexes[i]?.find(path);
    if (!entry || entry.type === 'implicit') continue;
    const name = entry.type === 'hardlink' ? (entry.target ?? path) : path;
    const found = await memberOf(image.stored.layers[i]?.open() ?? [], name);
    if (found) return { change, ...found };
  }
  const { mode, uid, gid } = change.inode;
  const header = { path, type: '5', mode, uid, gid, size: 0, mtime: 0, linkTarget: '', xattrs: new Map() };
  return { change, header, content: Buffer.alloc(0) };
}

async function memberOf(
  blob: AsyncIterable<Buffer> | Iterable<Buffer>,
  path: string,
): Promise<{ header: TarHeader; content: Buffer } | undefined> {
  let found: { header: TarHeader; content: Buffer } | undefined;
  const tar = new TarReader((header) => {
    if (cleanPath(header.path) !== path) return undefined;
    if (header.size > MAX_CONTENT) throw new EnvironmentError('image.too-large', `/${path} is too large to be copied`);
    const pieces: Buffer[] = [];
    found = { header, content: Buffer.alloc(0) };
    const end = () => {
      found = { header, content: Buffer.concat(pieces) };
    };
    return { write: (chunk) => void pieces.push(Buffer.from(chunk)), end };
  });
  const unpacker = unpackerFor((plain) => tar.push(plain));
  for await (const chunk of blob) await unpacker.write(chunk);
  await unpacker.end();
  return found;
}
