import type { ByteString } from '../../src/core/images/bytes.ts';
import { type Layer, type LayerEntry, parentOf, sortKey } from '../../src/core/images/layer.ts';
import { comesBefore, type Said, Settler } from '../../src/core/images/settle.ts';

/** A small layer, kept as a whole. @param entries in the order of the archive */
export function memoryLayer(entries: readonly LayerEntry[]): Layer {
  const byPath = new Map<ByteString, LayerEntry>();
  const names = new Map<ByteString, ByteString[]>();
  const settler = new Settler<LayerEntry>({
    add(key, said, opaque) {
      const path = key.replaceAll('\0', '/');
      const entry = said ?? { path, type: 'implicit', mode: 0, uid: 0, gid: 0 };
      byPath.set(path, opaque ? { ...entry, opaque } : entry);
      if (path === '') return;
      const parent = parentOf(path);
      const name = path.slice(parent === '' ? 0 : parent.length + 1);
      names.set(parent, [...(names.get(parent) ?? []), name]);
    },
  });
  const all = entries.map(
    (entry, sequence): Said<LayerEntry> => ({
      key: sortKey(entry.path),
      sequence,
      type: entry.type,
      opaque: entry.opaque === true,
      entry,
    }),
  );
  for (const one of all.sort((a, b) => (comesBefore(a, b) ? -1 : 1))) settler.add(one);
  settler.end();
  return { find: (path) => byPath.get(path), namesIn: (path) => names.get(path) ?? [] };
}
