import type { ByteString } from './bytes.ts';
import { joinPath, type Layer, type LayerEntry, parentOf } from './layer.ts';

/** One file of an image as a container sees it. */
export interface Inode {
  /** Where it really is: no links in it. Absolute. */
  path: ByteString;
  type: 'file' | 'directory' | 'symlink' | 'special';
  mode: number;
  uid: number;
  gid: number;
  target?: ByteString;
  capability?: ByteString;
  acl?: boolean;
  size?: number;
  program?: LayerEntry['program'];
  text?: ByteString;
}

/** A tree of files. */
export interface Files {
  root(): Inode;
  /** What a folder holds under a name. */
  child(folder: Inode, name: ByteString): Inode | undefined;
  namesIn(folder: Inode): ByteString[];
}

interface Visible {
  /** The entry that decides what it is, and the layer that it is in. */
  entry: LayerEntry;
  layer: number;
  /** The lowest layer whose entries below this folder show. */
  floor: number;
}

const MAX_HARD_LINKS = 16;

/**
 * The layers of an image, one over the other, as overlayfs shows them and containerd unpacks them: looked up path by
 * path, nothing is merged beforehand. A folder that a layer implies takes what the layers below say of it (containerd,
 * archive/tar.go mkparent).
 */
export class FileTree implements Files {
  readonly #layers: readonly Layer[];
  readonly #seen = new Map<ByteString, Visible | undefined>();

  /** @param layers bottom first */
  constructor(layers: readonly Layer[]) {
    this.#layers = layers;
  }

  root(): Inode {
    return this.#inode('', this.#visible('') ?? { entry: IMPLICIT, layer: -1, floor: 0 });
  }

  child(folder: Inode, name: ByteString): Inode | undefined {
    const path = joinPath(folder.path.slice(1), name);
    const found = this.#visible(path);
    // A hard link to what is not there, or to itself, cannot be made.
    if (found?.entry.type === 'hardlink' && !this.#linked(found.entry, found.layer)) return undefined;
    return found && this.#inode(path, found);
  }

  namesIn(folder: Inode): ByteString[] {
    const path = folder.path.slice(1);
    const names = new Set<ByteString>();
    for (const layer of this.#layers) for (const name of layer.namesIn(path)) names.add(name);
    return [...names].filter((name) => this.#visible(joinPath(path, name)) !== undefined).sort();
  }

  #visible(path: ByteString): Visible | undefined {
    if (!this.#seen.has(path)) this.#seen.set(path, this.#look(path));
    return this.#seen.get(path);
  }

  #look(path: ByteString): Visible | undefined {
    const parent = path === '' ? undefined : this.#visible(parentOf(path));
    if (path !== '' && (!parent || !isFolder(parent.entry))) return undefined;
    let found: Visible | undefined;
    let closed = false;
    for (let layer = this.#layers.length - 1; layer >= (parent?.floor ?? 0); layer--) {
      const entry = this.#layers[layer]?.find(path);
      if (!entry) continue;
      if (entry.type === 'whiteout' || (found && !isFolder(entry))) break;
      // What is only implied says nothing of modes and owners: a lower layer may.
      if (!found) found = { entry, layer, floor: layer };
      else if (found.entry.type === 'implicit') found.entry = entry;
      if (!closed) found.floor = layer;
      closed ||= entry.opaque === true || !isFolder(entry);
      if (closed && found.entry.type !== 'implicit') break;
    }
    return found;
  }

  #inode(path: ByteString, { entry, layer }: Visible): Inode {
    const inode: Inode = {
      path: `/${path}`,
      type: entry.type === 'implicit' ? 'directory' : (entry.type as Inode['type']),
      mode: entry.type === 'implicit' ? 0o755 : entry.mode,
      uid: entry.uid,
      gid: entry.gid,
    };
    const content = entry.type === 'hardlink' ? this.#linked(entry, layer) : entry;
    if (entry.type === 'hardlink') inode.type = 'file';
    if (!content) return inode;
    if (content.type === 'symlink') inode.type = 'symlink';
    if (content.target !== undefined) inode.target = content.target;
    const capability = entry.capability ?? content.capability;
    if (capability !== undefined) inode.capability = capability;
    if (entry.acl || content.acl) inode.acl = true;
    if (content.size !== undefined) inode.size = content.size;
    if (content.program) inode.program = content.program;
    if (content.text !== undefined) inode.text = content.text;
    return inode;
  }

  /** The content of a hard link: of its own layer, or copied up from one below. */
  #linked(link: LayerEntry, layer: number): LayerEntry | undefined {
    let entry: LayerEntry | undefined = link;
    for (let hops = 0; entry?.type === 'hardlink' && hops < MAX_HARD_LINKS; hops++) {
      const target: ByteString = entry.target ?? '';
      entry = undefined;
      for (let below = layer; below >= 0 && !entry; below--) entry = this.#layers[below]?.find(target);
    }
    return entry?.type === 'hardlink' ? undefined : entry;
  }
}

const IMPLICIT: LayerEntry = { path: '', type: 'implicit', mode: 0o755, uid: 0, gid: 0 };

function isFolder({ type }: LayerEntry): boolean {
  return type === 'directory' || type === 'implicit';
}
