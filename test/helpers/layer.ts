import { FileTree } from '../../src/core/images/file-tree.ts';
import type { Layer, LayerEntry } from '../../src/core/images/layer.ts';
import { contentSink, entryOf } from '../../src/core/images/member.ts';
import { TarReader } from '../../src/core/images/tar.ts';
import { memoryLayer } from './memory-layer.ts';
import { type Member, tar } from './tar.ts';

/** The layer that an archive holds, read in pieces of a given size. */
function layerOf(archive: Buffer, pieces = archive.length): Layer {
  const entries: LayerEntry[] = [];
  const reader = new TarReader((header) => {
    const entry = entryOf(header);
    if (!entry) return undefined;
    entries.push(entry);
    return contentSink(entry);
  });
  for (let at = 0; at < archive.length; at += pieces) reader.push(archive.subarray(at, at + pieces));
  reader.end();
  return memoryLayer(entries);
}

/** What an image of these layers holds, bottom first. */
export function treeOf(...layers: Member[][]): FileTree {
  return new FileTree(layers.map((members) => layerOf(tar(members))));
}
