import { EXECUTE, mayAccess, WRITE } from './access.ts';
import { toBytes } from './bytes.ts';
import type { ContainerFiles } from './container-files.ts';
import type { Mount } from './settings.ts';
import type { Process } from './start.ts';
import { walk } from './walk.ts';

/** A folder that servers write to, and this one cannot. */
export interface WriteProblem {
  path: string;
  /** What it is to the image. */
  role: 'home' | 'temporary' | 'volume' | 'cache';
  /** `EROFS` where the image's file system is read-only, `EACCES` where the folder is not the user's. */
  errno: 'EROFS' | 'EACCES' | 'ENOENT';
}

const CACHES = ['UV_CACHE_DIR', 'NPM_CONFIG_CACHE', 'XDG_CACHE_HOME', 'BUN_INSTALL_CACHE_DIR'];
/** Files that servers keep their data in, by the variables that name them. */
const DATA = ['MEMORY_FILE_PATH'];

export interface WriteNeeds {
  home: string;
  /** `VOLUME`s of the image: it says itself that it keeps data there. */
  volumes: readonly string[];
  readOnlyRoot: boolean;
  mounts: readonly Mount[];
}

/** Where a server probably writes and may not. */
export function writeProblems(process: Process, files: ContainerFiles, needs: WriteNeeds): WriteProblem[] {
  const named = (names: string[], role: WriteProblem['role']) =>
    names.flatMap((name): [string, WriteProblem['role']][] => {
      const path = process.env[name];
      return path ? [[path, role]] : [];
    });
  const wanted: [string, WriteProblem['role']][] = [
    [needs.home, 'home'],
    ['/tmp', 'temporary'],
    ...needs.volumes.map((path): [string, WriteProblem['role']] => [path, 'volume']),
    ...named(DATA, 'volume'),
    ...named(CACHES, 'cache'),
  ];
  const seen = new Set<string>();
  return wanted.flatMap(([path, role]) => {
    const errno = seen.has(path) ? undefined : refusal(process, files, path, needs);
    seen.add(path);
    return errno ? [{ path, role, errno }] : [];
  });
}

/** What is not there is made by who writes first: its nearest folder counts. */
function refusal(
  process: Process,
  files: ContainerFiles,
  path: string,
  needs: WriteNeeds,
): WriteProblem['errno'] | undefined {
  let at = toBytes(path) || '/';
  let found = walk(process.world, process.identity, at, process.cwd);
  while (found.errno === 'ENOENT' && at !== '/') {
    at = at.slice(0, Math.max(at.lastIndexOf('/'), 0)) || '/';
    found = walk(process.world, process.identity, at, process.cwd);
  }
  const { inode } = found;
  if (!inode) return 'EACCES';
  const mount = files.mountOf(inode.path);
  if (mount === undefined && needs.readOnlyRoot) return 'EROFS';
  if (mount !== undefined && needs.mounts.some(({ path: own, kind }) => own === mount && kind === 'readOnly'))
    return 'EROFS';
  // What a volume holds is not known before it is there; fsGroup makes it the pod's.
  if (mount !== undefined && needs.mounts.some(({ path: own, kind }) => own === mount && kind === 'volume'))
    return undefined;
  return mayAccess(inode, process.identity, inode.type === 'directory' ? WRITE | EXECUTE : WRITE)
    ? undefined
    : 'EACCES';
}
