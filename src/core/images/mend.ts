import { classOf, EXECUTE, READ } from './access.ts';
import { toText } from './bytes.ts';
import type { Files, Inode } from './file-tree.ts';
import { type Image, type Judgement, judge, type Node } from './judge.ts';
import type { ContainerSettings } from './settings.ts';

/** One change of an image's file that lets a user through. */
export interface Change {
  path: string;
  type: 'file' | 'directory';
  /** As chmod takes it. */
  chmod?: string;
  /** The attribute security.capability goes. */
  dropCapabilities?: true;
  inode: Inode;
}

const MAX_CHANGES = 24;

/** Files with some of them changed. */
class Mended implements Files {
  readonly #files: Files;
  readonly #changed: Map<string, Inode>;

  constructor(files: Files, changes: readonly Change[]) {
    this.#files = files;
    this.#changed = new Map(changes.map(({ path, inode }) => [path, inode]));
  }

  root(): Inode {
    const root = this.#files.root();
    return this.#changed.get(root.path) ?? root;
  }

  child(folder: Inode, name: string): Inode | undefined {
    const found = this.#files.child(folder, name);
    return found && (this.#changed.get(found.path) ?? found);
  }

  namesIn(folder: Inode): string[] {
    return this.#files.namesIn(folder);
  }
}

/**
 * The smallest changes of modes and attributes with which the program starts; undefined where there are none that
 * would. Bits are added for the class that the user is in, and to nothing but what stands in the way.
 */
export function mend(
  image: Image,
  settings: ContainerSettings,
  node: Node,
): { changes: Change[]; after: Judgement } | undefined {
  const changes: Change[] = [];
  for (let round = 0; round < MAX_CHANGES; round++) {
    const after = judge({ ...image, files: new Mended(image.files, changes) }, settings, node);
    if (after.verdict !== 'fails') return changes.length > 0 ? { changes: merged(changes), after } : undefined;
    const change = changeFor(after);
    if (!change) return undefined;
    changes.push(change);
  }
  return undefined;
}

function changeFor({ errno, chain, identity }: Judgement): Change | undefined {
  if (!identity) return undefined;
  const last = chain.at(-1);
  if (errno === 'EPERM') {
    const inode = chain.findLast(({ role }) => role !== 'loader')?.inode;
    if (inode?.capability === undefined || inode.type !== 'file') return undefined;
    const { capability: _, ...plain } = inode;
    return { path: inode.path, type: 'file', dropCapabilities: true, inode: plain };
  }
  const blocked = last?.steps.find((step) => step.errno === 'EACCES')?.inode;
  if (!blocked || (blocked.type !== 'file' && blocked.type !== 'directory')) return undefined;
  const wanted = missingBits(blocked, last?.inode?.path === blocked.path, last?.inode);
  const group = classOf(blocked, identity);
  const shift = { owner: 6, group: 3, other: 0 }[group];
  const bits = (wanted << shift) & ~blocked.mode;
  if (bits === 0) return undefined;
  const letters = `${(bits >> shift) & READ ? 'r' : ''}${(bits >> shift) & EXECUTE ? 'x' : ''}`;
  return {
    path: blocked.path,
    type: blocked.type,
    chmod: `${{ owner: 'u', group: 'g', other: 'o' }[group]}+${letters}`,
    inode: { ...blocked, mode: blocked.mode | bits },
  };
}

/** On the way only x is needed. At the end a script must be read as well, and a folder of modules looked into. */
function missingBits(blocked: Inode, isEnd: boolean, end: Inode | undefined): number {
  if (blocked.type === 'directory') return isEnd ? READ | EXECUTE : EXECUTE;
  const isProgram = blocked.program !== undefined || end?.program !== undefined;
  if (!isProgram) return (blocked.mode & 0o111) === 0 ? READ | EXECUTE : READ;
  return blocked.program?.kind === 'script' ? READ | EXECUTE : EXECUTE;
}

/** Several changes of one path become one. */
function merged(changes: readonly Change[]): Change[] {
  return [...new Set(changes.map(({ path }) => path))].map((path) => {
    const own = changes.filter((change) => change.path === path);
    const chmod = own.flatMap((change) => change.chmod ?? []).join(',');
    return {
      path,
      type: (own[0] as Change).type,
      ...(chmod && { chmod }),
      ...(own.some(({ dropCapabilities }) => dropCapabilities) && { dropCapabilities: true as const }),
      inode: (own.at(-1) as Change).inode,
    };
  });
}

/** What to add to the image's Dockerfile, or to one that starts from it. */
export function dockerfileLines(image: string, user: string, changes: readonly Change[]): string[] {
  const quote = (path: string) => (/^[\w./@%+=:,-]+$/.test(path) ? path : `'${path.replaceAll("'", "'\\''")}'`);
  const runs = changes.flatMap(({ path, chmod, dropCapabilities }) => [
    ...(chmod ? [`chmod ${chmod} ${quote(toText(path))}`] : []),
    ...(dropCapabilities ? [`setcap -r ${quote(toText(path))}`] : []),
  ]);
  return [`FROM ${image}`, 'USER root', `RUN ${runs.join(' && ')}`, ...(user ? [`USER ${user}`] : [])];
}
