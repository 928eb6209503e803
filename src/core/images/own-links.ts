import type { ByteString } from './bytes.ts';
import { joinPath, type LayerEntry, parentOf } from './layer.ts';

const MAX_HOPS = 40;

/**
 * An archive may name a file through a link of its own (`lib -> usr/lib`, then `lib/x`): it is unpacked where the link
 * leads (containerd, archive/tar.go RootPath). Links of lower layers don't count: they are replaced by a folder.
 */
export class OwnLinks {
  readonly #targets = new Map<ByteString, ByteString>();
  #lastParent = '';
  #lastReal = '';

  /** The entry at the place where it really lands. Call it for each entry, in the order of the archive. */
  place(entry: LayerEntry): LayerEntry {
    const real = this.#realPath(entry.path);
    if (entry.type === 'symlink') this.#set(real, entry.target ?? '');
    else if (this.#targets.has(real)) this.#set(real, undefined);
    return real === entry.path ? entry : { ...entry, path: real };
  }

  #set(path: ByteString, target: ByteString | undefined): void {
    if (target === undefined) this.#targets.delete(path);
    else this.#targets.set(path, target);
    this.#lastParent = '';
    this.#lastReal = '';
  }

  #realPath(path: ByteString): ByteString {
    const parent = parentOf(path);
    if (parent === '' || this.#targets.size === 0) return path;
    if (parent !== this.#lastParent) {
      this.#lastReal = this.#resolve(parent);
      this.#lastParent = parent;
    }
    return this.#lastReal === parent ? path : joinPath(this.#lastReal, path.slice(parent.length + 1));
  }

  #resolve(folder: ByteString): ByteString {
    const rest = folder.split('/');
    let at = '';
    for (let hops = 0; rest.length > 0; ) {
      const name = rest.shift() ?? '';
      if (name === '' || name === '.') continue;
      if (name === '..') {
        at = parentOf(at);
        continue;
      }
      const next = joinPath(at, name);
      const target = this.#targets.get(next);
      if (target === undefined || hops++ > MAX_HOPS) {
        at = next;
        continue;
      }
      rest.unshift(...target.split('/'));
      if (target.startsWith('/')) at = '';
    }
    return at;
  }
}
