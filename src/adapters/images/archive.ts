import { createReadStream, existsSync, statSync } from 'node:fs';
import { join, normalize } from 'node:path';
import { TarError, TarReader } from '../../core/images/tar.ts';
import { EnvironmentError, UsageError } from '../../errors.ts';
import { tooLarge } from './image-errors.ts';

/** A folder of files that an image is made of: on disk, or in a tar archive. */
export interface BlobFolder {
  /** Undefined where there is none. */
  open(name: string): AsyncIterable<Buffer> | undefined;
  size(name: string): number;
}

const MAX_DOCUMENT = 16 * 2 ** 20;
/** An image has a few hundred, and short names. */
const MAX_MEMBERS = 50_000;
const MAX_NAME = 1000;
const PIECE = 1 << 20;

/** A small file as a whole. */
export async function readDocument(folder: BlobFolder, name: string): Promise<Buffer | undefined> {
  const blob = folder.open(name);
  if (!blob) return undefined;
  if (folder.size(name) > MAX_DOCUMENT) throw tooLarge(`${name} is ${folder.size(name)} bytes`);
  const pieces: Buffer[] = [];
  for await (const piece of blob) pieces.push(piece);
  return Buffer.concat(pieces);
}

/** @throws UsageError where there is no such folder */
export function openFolder(path: string): BlobFolder {
  if (!existsSync(path) || !statSync(path).isDirectory()) throw missing(path, 'folder');
  const at = (name: string) => join(path, normalize(`/${name}`));
  return {
    open: (name) => (existsSync(at(name)) ? createReadStream(at(name), { highWaterMark: PIECE }) : undefined),
    size: (name) => statSync(at(name)).size,
  };
}

interface Member {
  offset: number;
  size: number;
  /** Old versions of docker save write a layer that is there already as a link. */
  link?: string;
}

/** @throws McpkError where it is none, or damaged */
export async function openArchive(path: string): Promise<BlobFolder> {
  if (!existsSync(path)) throw missing(path, 'file');
  const members = await listMembers(path);
  const find = (name: string): Member | undefined => {
    const member = members.get(name);
    return member?.link === undefined ? member : members.get(member.link);
  };
  return {
    open(name) {
      const member = find(name);
      if (!member) return undefined;
      if (member.size === 0) return empty();
      const range = { start: member.offset, end: member.offset + member.size - 1, highWaterMark: PIECE };
      return createReadStream(path, range);
    },
    size: (name) => find(name)?.size ?? 0,
  };
}

async function* empty(): AsyncGenerator<Buffer> {}

async function listMembers(path: string): Promise<Map<string, Member>> {
  const members = new Map<string, Member>();
  const clean = (name: string) => normalize(`/${name}`).slice(1);
  const reader = new TarReader((header) => {
    if (members.size >= MAX_MEMBERS || header.path.length > MAX_NAME)
      throw tooLarge(`${path} has more than ${MAX_MEMBERS} members, or names of more than ${MAX_NAME} bytes`);
    const name = clean(header.path);
    if ('12'.includes(header.type)) {
      const target = header.type === '1' ? header.linkTarget : join(name, '..', header.linkTarget);
      members.set(name, { offset: 0, size: 0, link: clean(target) });
    } else members.set(name, { offset: reader.position, size: header.size });
    return undefined;
  });
  try {
    let first = true;
    for await (const chunk of createReadStream(path, { highWaterMark: PIECE })) {
      if (first && chunk[0] === 0x1f && chunk[1] === 0x8b) {
        throw new UsageError('image.packed', `${path} is packed with gzip`, { suggestions: [`gunzip ${path}`] });
      }
      first = false;
      reader.push(chunk as Buffer);
    }
    reader.end();
  } catch (error) {
    if (!(error instanceof TarError)) throw error;
    throw new EnvironmentError('image.damaged', `${path} is no archive of an image, or is damaged: ${error.message}`, {
      suggestions: ['save the image again'],
      cause: error,
    });
  }
  return members;
}

function missing(path: string, what: string): UsageError {
  return new UsageError('image.not-found', `there is no ${what} ${path}`, { suggestions: ['correct the path'] });
}
