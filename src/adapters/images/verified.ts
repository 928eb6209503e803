import { tooLarge, wrongDigest } from './image-errors.ts';

const MAX_BYTES = 16 * 2 ** 20;

/** A document as a whole, which is what its digest says. @param name of the image @throws EnvironmentError */
export async function verified(blob: AsyncIterable<Buffer>, digest: string, name: string): Promise<Buffer> {
  const pieces: Buffer[] = [];
  let length = 0;
  for await (const piece of blob) {
    length += piece.length;
    if (length > MAX_BYTES) throw tooLarge(`the document ${digest} of ${name} is larger than ${MAX_BYTES} bytes`);
    pieces.push(piece);
  }
  const bytes = Buffer.concat(pieces);
  const { createHash } = await import('node:crypto');
  if (`sha256:${createHash('sha256').update(bytes).digest('hex')}` !== digest)
    throw wrongDigest(`the document ${digest} of ${name}`);
  return bytes;
}
