import type { ByteString } from '../../src/core/images/bytes.ts';
import { type Layer, type LayerEntry, parentOf } from '../../src/core/images/layer.ts';
import { compareNumbered, numbered, settle } from '../../src/core/images/settle.ts';

/** A small layer, kept as a whole. @param entries in the order of the archive */
export function memoryLayer(entries: readonly LayerEntry[]): Layer {
  const byPath = new Map<ByteString, LayerEntry>();
  const names = new Map<ByteString, ByteString[]>();
  const sorted = entries.map(numbered).sort(compareNumbered);
  for (const entry of settle(sorted)) {
    byPath.set(entry.path, entry);
    if (entry.path === '') continue;
    const parent = parentOf(entry.path);
    const name = entry.path.slice(parent === '' ? 0 : parent.length + 1);
    names.set(parent, [...(names.get(parent) ?? []), name]);
  }
  return { find: (path) => byPath.get(path), namesIn: (path) => names.get(path) ?? [] };
}
