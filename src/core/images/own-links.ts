import type { ByteString } from './bytes.ts';
import { joinPath, type LayerEntry, parentOf } from './layer.ts';
import { refuseLong } from './member.ts';

const MAX_HOPS = 40;

/**
 * An archive may name a file through a link of its own (`lib -> usr/lib`, then `lib/x`): it is unpacked where the link
 * leads (containerd, archive/tar.go RootPath). Links of lower layers don't count: they are replaced by a folder.
 */
export class OwnLinks {
  readonly #targets = new Map<ByteString, ByteString>();
  #lastParent = '';
  #lastReal = '';
  /** Bytes of the links' paths and targets. */
  bytes = 0;
  /** Parts of paths that were looked at. */
  steps = 0;

  get count(): number {
    return this.#targets.size;
  }

  /** The path where an entry really lands. Call it for each entry, in the order of the archive. @throws TarError */
  place(entry: LayerEntry): ByteString {
    const real = this.#realPath(entry.path);
    refuseLong(real);
    if (entry.type === 'symlink') this.#set(real, entry.target ?? '');
    else if (this.#targets.size > 0 && this.#targets.has(real)) this.#set(real, undefined);
    return real;
  }

  #set(path: ByteString, target: ByteString | undefined): void {
    const before = this.#targets.get(path);
    if (before !== undefined) this.bytes -= path.length + before.length;
    if (target === undefined) this.#targets.delete(path);
    else {
      this.#targets.set(path, target);
      this.bytes += path.length + target.length;
    }
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
    // What is next stands last.
    const rest = folder.split('/').reverse();
    let at = '';
    for (let hops = 0; rest.length > 0; ) {
      const name = rest.pop() ?? '';
      this.steps += 1;
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
      rest.push(...target.split('/').reverse());
      if (target.startsWith('/')) at = '';
    }
    return at;
  }
}
