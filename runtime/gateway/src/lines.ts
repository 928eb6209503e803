/** Newline-delimited messages out of a byte stream. */
import type { Readable } from 'node:stream';

/** The bridge's own limit, so that what passes there passes here. */
const MAX_LINE = 16 * 1024 * 1024;

export function onLines(stream: Readable, onLine: (line: string) => void, onTooLong: () => void): void {
  let chunks: Buffer[] = [];
  let size = 0;
  stream.on('data', (chunk: Buffer) => {
    let start = 0;
    for (let end = chunk.indexOf(10); end !== -1; end = chunk.indexOf(10, start)) {
      chunks.push(chunk.subarray(start, end));
      const line = chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks);
      chunks = [];
      size = 0;
      start = end + 1;
      const text = line.toString('utf8').trim();
      if (text !== '') onLine(text);
    }
    if (start < chunk.length) {
      chunks.push(chunk.subarray(start));
      size += chunk.length - start;
      if (size > MAX_LINE) onTooLong();
    }
  });
}
