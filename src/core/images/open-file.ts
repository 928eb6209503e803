import { EXECUTE, mayAccess, READ } from './access.ts';
import type { ByteString } from './bytes.ts';
import type { Identity } from './identity.ts';
import type { Obstacle, Process } from './start.ts';
import { type Walk, walk } from './walk.ts';

/** Root with every capability: whether something is there at all. */
export const ALMIGHTY: Identity = { uid: 0, gid: 0, groups: [0], capabilities: ['DAC_OVERRIDE', 'DAC_READ_SEARCH'] };

/** What a file or folder is, whoever asks. */
export function whatever(process: Process, path: ByteString): Walk['inode'] {
  return walk(process.world, ALMIGHTY, path, process.cwd).inode;
}

/**
 * What keeps a program from reading something that is there: a file, or a folder to look into.
 * Undefined where nothing does, and where there is nothing.
 */
export function unreadable(process: Process, path: ByteString, message: string): Obstacle | undefined {
  const there = whatever(process, path);
  if (!there) return undefined;
  const mine = walk(process.world, process.identity, path, process.cwd);
  const wanted = there.type === 'directory' ? READ | EXECUTE : READ;
  if (mine.inode && mayAccess(mine.inode, process.identity, wanted)) return undefined;
  const last = mine.steps.at(-1);
  if (mine.inode && last) last.errno = 'EACCES';
  return {
    stage: 'start',
    errno: mine.errno ?? 'EACCES',
    subject: path,
    message,
    chain: [{ path, role: 'program', steps: mine.steps, ...(mine.inode && { inode: mine.inode }) }],
  };
}
