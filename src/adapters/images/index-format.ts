import { INDEX_VERSION } from '../../core/images/record.ts';

/*
 * The index of a layer: blocks of entries; a table of the blocks, each with its first key and where it starts; where in
 * the table each of them stands, in 4 bytes, so that a reader looks at a few; and the tail: where the table starts and
 * where these numbers do, in decimals, and the magic.
 */
const MAGIC = `mcpkidx${INDEX_VERSION}`;
const DIGITS = 16;
export const TAIL_LENGTH = 2 * DIGITS + MAGIC.length;

export function tailOf(tableAt: number, placesAt: number): Buffer {
  return Buffer.from([tableAt, placesAt].map((at) => String(at).padStart(DIGITS, '0')).join('') + MAGIC);
}

/** @param size of the whole index @returns undefined where that is none, or one of another version */
export function parseTail(tail: Buffer, size: number): { tableAt: number; placesAt: number } | undefined {
  const text = tail.toString('latin1');
  const tableAt = Number(text.slice(0, DIGITS));
  const placesAt = Number(text.slice(DIGITS, 2 * DIGITS));
  const ordered = tableAt <= placesAt && placesAt <= size - TAIL_LENGTH && (size - TAIL_LENGTH - placesAt) % 4 === 0;
  return text.slice(2 * DIGITS) === MAGIC && ordered ? { tableAt, placesAt } : undefined;
}
