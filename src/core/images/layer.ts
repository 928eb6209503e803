import type { ByteString } from './bytes.ts';
import type { Elf } from './elf.ts';

/** What execve(2) would find in a file: how the kernel starts it. */
export type Program =
  | Elf
  /** Starts with `#!`: the first 256 bytes, which are what the kernel reads, or more where it is a shell script. */
  | { kind: 'script'; text: ByteString }
  /** Neither: ENOEXEC. */
  | { kind: 'data' };

/** One path of a layer. Paths have no leading slash; the root is the empty string. */
export interface LayerEntry {
  path: ByteString;
  /** `implicit`: a folder that has entries below it and none of its own. `whiteout`: what lower layers have is gone. */
  type: 'file' | 'directory' | 'symlink' | 'hardlink' | 'special' | 'implicit' | 'whiteout';
  mode: number;
  uid: number;
  gid: number;
  size?: number;
  /** Of links. */
  target?: ByteString;
  /** Extended attributes that decide who may execute: `security.capability` and POSIX ACLs. */
  capability?: ByteString;
  acl?: true;
  /** Of regular files with a bit of execution. */
  program?: Program;
  /** Of small files that the analysis reads: /etc/passwd, /etc/group, pyvenv.cfg. */
  text?: ByteString;
  /** What lower layers have below this folder is hidden. */
  opaque?: true;
}

/** One layer, looked up path by path. */
export interface Layer {
  find(path: ByteString): LayerEntry | undefined;
  /** Names of what stands directly in a folder. */
  namesIn(path: ByteString): ByteString[];
}

/** Order of a layer's paths: a folder stands directly before what is in it. */
export function sortKey(path: ByteString): string {
  return path.replaceAll('/', '\0');
}

export function parentOf(path: ByteString): ByteString {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '' : path.slice(0, slash);
}

export function joinPath(folder: ByteString, name: ByteString): ByteString {
  return folder === '' ? name : `${folder}/${name}`;
}
