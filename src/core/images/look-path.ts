import { EXECUTE, mayAccess } from './access.ts';
import type { ByteString } from './bytes.ts';
import type { Inode } from './file-tree.ts';
import type { Identity } from './identity.ts';
import { type Errno, type Walk, type World, walk } from './walk.ts';

/** Where a program of a name was looked for. */
export interface Candidate {
  path: ByteString;
  walk: Walk;
  errno?: Errno | 'EISDIR';
}

export interface LookUp {
  /** The path that is executed. */
  path?: ByteString;
  /** It was found in the working folder through PATH, which Go refuses (ErrDot). */
  dot?: true;
  candidates: Candidate[];
}

/**
 * Looks a program up as Go's exec.LookPath does, which both the container runtime and the bridge use: a name with a
 * slash is taken as it is; what may not be executed is passed over, also where that is why there is none.
 */
export function lookPath(
  world: World,
  identity: Identity,
  name: ByteString,
  { path, cwd }: { path: ByteString; cwd: Inode },
): LookUp {
  if (name.includes('/')) return { path: name, candidates: [] };
  const candidates: Candidate[] = [];
  for (const folder of path === '' ? [] : path.split(':')) {
    const candidate = folder === '' ? name : `${folder.replace(/\/+$/, '')}/${name}`;
    const found = walk(world, identity, candidate, cwd);
    const errno = refusal(world, identity, found);
    candidates.push({ path: candidate, walk: found, ...(errno && { errno }) });
    if (errno) continue;
    return { path: candidate, ...(!candidate.startsWith('/') && { dot: true as const }), candidates };
  }
  return { candidates };
}

function refusal(world: World, identity: Identity, { inode, errno }: Walk): Candidate['errno'] {
  if (!inode) return errno ?? 'ENOENT';
  if (inode.type === 'directory') return 'EISDIR';
  const noexec = inode.type === 'file' && world.noexec?.(inode);
  return noexec || !mayAccess(inode, identity, EXECUTE) ? 'EACCES' : undefined;
}
