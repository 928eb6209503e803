import { EXECUTE, mayAccess } from './access.ts';
import type { ByteString } from './bytes.ts';
import type { Files, Inode } from './file-tree.ts';
import type { Identity } from './identity.ts';

/** Errors of execve(2) and of path resolution. */
export type Errno =
  | 'EACCES'
  | 'EINVAL'
  | 'EIO'
  | 'ELIBBAD'
  | 'ELOOP'
  | 'ENAMETOOLONG'
  | 'ENOENT'
  | 'ENOEXEC'
  | 'ENOTDIR'
  | 'EPERM';

/** One line of what `namei -l` prints: what stood on the way. */
export interface Step {
  /** What was looked for: a name of the path, or of the target of a link. */
  name: ByteString;
  /** How many links deep. */
  depth: number;
  /** Absent where there is nothing of that name. */
  inode?: Inode;
  /** Here it ended. */
  errno?: Errno;
}

export interface Walk {
  /** Where the path leads. */
  inode?: Inode;
  errno?: Errno;
  steps: Step[];
}

export interface World {
  files: Files;
  /** Kernel's name of the CPU: ELF's e_machine. */
  machine: number;
  /** sysctl fs.protected_symlinks, 1 on all common distributions. */
  protectedSymlinks: boolean;
  /** Below a mount with noexec. */
  noexec?: (inode: Inode) => boolean;
}

/** MAXSYMLINKS. */
const MAX_LINKS = 40;
const PATH_MAX = 4096;
const NAME_MAX = 255;

/** Resolves a path as the kernel does, links at its end too: path_resolution(7), fs/namei.c. */
export function walk(world: World, identity: Identity, path: ByteString, cwd: Inode): Walk {
  const steps: Step[] = [];
  if (path === '') return { errno: 'ENOENT', steps };
  if (path.length >= PATH_MAX) return { errno: 'ENAMETOOLONG', steps };
  return new Walker(world, identity, steps).run(path, cwd);
}

class Walker {
  readonly #world: World;
  readonly #identity: Identity;
  readonly #steps: Step[];
  #links = 0;

  constructor(world: World, identity: Identity, steps: Step[]) {
    this.#world = world;
    this.#identity = identity;
    this.#steps = steps;
  }

  run(path: ByteString, cwd: Inode): Walk {
    const { files } = this.#world;
    let rest = parts(path, 0);
    let folderWanted = path.endsWith('/');
    let at = path.startsWith('/') ? this.#enter(files.root(), 0) : cwd;
    for (let part = rest.shift(); part !== undefined; part = rest.shift()) {
      if (at.type !== 'directory') return this.#stop('ENOTDIR');
      if (!mayAccess(at, this.#identity, EXECUTE)) return this.#deny(at);
      if (part.name === '.') continue;
      if (part.name === '..') {
        at = this.#above(at);
        continue;
      }
      if (part.name.length > NAME_MAX) return this.#missing(part, 'ENAMETOOLONG');
      const next = files.child(at, part.name);
      if (!next) return this.#missing(part, 'ENOENT');
      this.#steps.push({ name: part.name, depth: part.depth, inode: next });
      if (next.type !== 'symlink') {
        at = next;
        continue;
      }
      const errno = this.#refuseLink(next, at, rest.length === 0);
      if (errno) return this.#stop(errno);
      const target = next.target ?? '';
      if (target.endsWith('/') && rest.length === 0) folderWanted = true;
      rest = [...parts(target, part.depth + 1), ...rest];
      if (target.startsWith('/')) at = this.#enter(files.root(), part.depth + 1);
    }
    if (folderWanted && at.type !== 'directory') return this.#stop('ENOTDIR');
    return { inode: at, steps: this.#steps };
  }

  #enter(root: Inode, depth: number): Inode {
    this.#steps.push({ name: '/', depth, inode: root });
    return root;
  }

  #above(folder: Inode): Inode {
    const names = folder.path.split('/').filter(Boolean).slice(0, -1);
    let at = this.#world.files.root();
    for (const name of names) at = this.#world.files.child(at, name) ?? at;
    return at;
  }

  #refuseLink(link: Inode, folder: Inode, last: boolean): Errno | undefined {
    this.#links += 1;
    if (this.#links > MAX_LINKS) return 'ELOOP';
    const stickyAndOpen = (folder.mode & 0o1002) === 0o1002;
    const trusted = link.uid === this.#identity.uid || link.uid === folder.uid;
    if (this.#world.protectedSymlinks && last && stickyAndOpen && !trusted) return 'EACCES';
    return link.target ? undefined : 'ENOENT';
  }

  /** The folder itself has been passed before: its own line tells that it may not be entered. */
  #deny(folder: Inode): Walk {
    const line = this.#steps.findLast(({ inode }) => inode?.path === folder.path);
    if (line) line.errno = 'EACCES';
    else this.#steps.push({ name: '.', depth: 0, inode: folder, errno: 'EACCES' });
    return { errno: 'EACCES', steps: this.#steps };
  }

  #missing(part: Part, errno: Errno): Walk {
    this.#steps.push({ name: part.name, depth: part.depth, errno });
    return { errno, steps: this.#steps };
  }

  #stop(errno: Errno): Walk {
    const last = this.#steps.at(-1);
    if (last) last.errno = errno;
    return { errno, steps: this.#steps };
  }
}

interface Part {
  name: ByteString;
  depth: number;
}

function parts(path: ByteString, depth: number): Part[] {
  return path
    .split('/')
    .filter(Boolean)
    .map((name) => ({ name, depth }));
}
