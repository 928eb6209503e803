import type { Inode } from './file-tree.ts';
import type { Identity } from './identity.ts';

export const READ = 4;
export const WRITE = 2;
export const EXECUTE = 1;

export type AccessClass = 'owner' | 'group' | 'other';

/** Which three bits of a mode count: exactly one class does, the owner's also where it grants less than others'. */
export function classOf(inode: Inode, { uid, gid, groups }: Identity): AccessClass {
  if (inode.uid === uid) return 'owner';
  return inode.gid === gid || groups.includes(inode.gid) ? 'group' : 'other';
}

/** Whether the kernel grants it: fs/namei.c generic_permission, POSIX ACLs left out. */
export function mayAccess(inode: Inode, identity: Identity, wanted: number): boolean {
  const shift = { owner: 6, group: 3, other: 0 }[classOf(inode, identity)];
  if (((inode.mode >> shift) & wanted) === wanted) return true;
  // Only root keeps capabilities over exec; an image's other users have none.
  if (identity.uid !== 0) return false;
  const has = (name: string) => identity.capabilities.includes(name);
  if (inode.type === 'directory') return has('DAC_OVERRIDE') || (has('DAC_READ_SEARCH') && (wanted & WRITE) === 0);
  if (wanted === READ && has('DAC_READ_SEARCH')) return true;
  return has('DAC_OVERRIDE') && ((wanted & EXECUTE) === 0 || (inode.mode & 0o111) !== 0);
}
