import type { ByteString } from './bytes.ts';
import { toBytes } from './bytes.ts';
import type { Files, Inode } from './file-tree.ts';
import type { Mount } from './settings.ts';

/** What every runtime mounts (OCI runtime-spec, config-linux.md, "Default Filesystems"). */
const RUNTIME_FOLDERS: Record<string, number> = { '/dev': 0o755, '/dev/shm': 0o1777, '/proc': 0o555, '/sys': 0o555 };

/** An image's files as a container has them: volumes hide what is below them, and folders that are needed are made. */
export class ContainerFiles implements Files {
  readonly #image: Files;
  readonly #mounts = new Map<ByteString, Inode>();
  readonly #made = new Set<ByteString>();

  /** @param folders made where they are missing, such as the working folder */
  constructor(
    image: Files,
    mounts: readonly Mount[],
    { fsGroup, folders }: { fsGroup?: number | undefined; folders: readonly string[] },
  ) {
    this.#image = image;
    const mount = (path: string, mode: number, gid: number) =>
      this.#mounts.set(path, { path, type: 'directory', mode, uid: 0, gid });
    for (const [path, mode] of Object.entries(RUNTIME_FOLDERS)) mount(path, mode, 0);
    for (const { path, kind } of mounts) {
      const at = cleanMount(path);
      const open = kind === 'emptyDir' ? 0o777 : 0o755;
      const shared = fsGroup === undefined || kind === 'readOnly' ? 0 : 0o2070;
      mount(at, open | shared, shared ? (fsGroup ?? 0) : 0);
    }
    for (const path of [...this.#mounts.keys(), ...folders.map(cleanMount)])
      for (let at = path; at !== '' && at !== '/'; at = at.slice(0, at.lastIndexOf('/'))) this.#made.add(at);
  }

  root(): Inode {
    return this.#image.root();
  }

  child(folder: Inode, name: ByteString): Inode | undefined {
    const path = folder.path === '/' ? `/${name}` : `${folder.path}/${name}`;
    const mounted = this.#mounts.get(path);
    if (mounted) return mounted;
    const found = this.#mountOf(folder.path) === undefined ? this.#image.child(folder, name) : undefined;
    return found ?? (this.#made.has(path) ? { path, type: 'directory', mode: 0o755, uid: 0, gid: 0 } : undefined);
  }

  namesIn(folder: Inode): ByteString[] {
    return this.#mountOf(folder.path) === undefined ? this.#image.namesIn(folder) : [];
  }

  /** The mount that a path is on; none where it is on the image itself. */
  mountOf(path: ByteString): ByteString | undefined {
    return this.#mountOf(path);
  }

  #mountOf(path: ByteString): ByteString | undefined {
    for (let at = path; at !== '' && at !== '/'; at = at.slice(0, at.lastIndexOf('/')))
      if (this.#mounts.has(at)) return at;
    return undefined;
  }
}

function cleanMount(path: string): ByteString {
  return `/${toBytes(path)
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/')}`;
}
