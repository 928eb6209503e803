import { Decompress } from 'fzstd';

/** Larger windows are for archives of tens of gigabytes; a reader must hold a whole one in memory. */
const MAX_WINDOW = 128 * 2 ** 20;

/** Unpacks zstd: Node.js 20 has none of its own. @throws an error of code ERR_ZSTD where the stream is damaged */
export function zstd(onPlain: (chunk: Buffer) => void) {
  let first = true;
  const stream = new Decompress((chunk) => onPlain(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)));
  const push = (chunk: Buffer, final: boolean) => {
    try {
      stream.push(chunk, final);
    } catch (error) {
      // What the reader of the archive throws passes; fzstd's own errors have a number.
      if (typeof (error as { code?: unknown }).code !== 'number') throw error;
      throw Object.assign(new Error((error as Error).message), { code: 'ERR_ZSTD' });
    }
  };
  return {
    async write(chunk: Buffer) {
      if (first && windowSize(chunk) > MAX_WINDOW)
        throw Object.assign(new Error('its zstd window is too large'), { code: 'ERR_ZSTD' });
      first = false;
      // What it cannot use yet it keeps: a copy.
      push(Buffer.from(chunk), false);
    },
    async end() {
      push(Buffer.alloc(0), true);
    },
  };
}

/** RFC 8878, 3.1.1.1: the window that the first frame asks for, in bytes; 0 where the frame is one segment. */
function windowSize(frame: Buffer): number {
  const descriptor = frame[4] ?? 0;
  if ((descriptor & 0x20) !== 0) {
    const size = descriptor >> 6 === 3 && frame.length >= 13 ? Number(frame.readBigUInt64LE(5)) : 0;
    return Math.max(size, descriptor >> 6 === 2 && frame.length >= 9 ? frame.readUInt32LE(5) : 0);
  }
  const window = frame[5] ?? 0;
  const base = 2 ** (10 + (window >> 3));
  return base + (base / 8) * (window & 7);
}
