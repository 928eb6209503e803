/** Newline-delimited messages out of a byte stream. */
import type { Readable } from 'node:stream';

/** Calls `onTooLong` for a line of more than `limit` bytes, none of which is passed on. */
export function onLines(stream: Readable, limit: number, onLine: (line: string) => void, onTooLong: () => void): void {
  let chunks: Buffer[] = [];
  let size = 0;
  const end = (rest: Buffer) => {
    const line = chunks.length === 0 ? rest : Buffer.concat([...chunks, rest]);
    chunks = [];
    size = 0;
    const text = line.toString('utf8').trim();
    if (text !== '') onLine(text);
  };
  const drop = () => {
    chunks = [];
    size = 0;
    onTooLong();
  };
  stream.on('data', (chunk: Buffer) => {
    let start = 0;
    for (let at = chunk.indexOf(10); at !== -1; at = chunk.indexOf(10, start)) {
      if (size + at - start > limit) drop();
      else end(chunk.subarray(start, at));
      start = at + 1;
    }
    if (start === chunk.length) return;
    chunks.push(chunk.subarray(start));
    size += chunk.length - start;
    if (size > limit) drop();
  });
}
