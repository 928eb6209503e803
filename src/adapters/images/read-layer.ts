import type { LayerEntry } from '../../core/images/layer.ts';
import { contentSink, entryOf } from '../../core/images/member.ts';
import { type ContentSink, TarError, TarReader } from '../../core/images/tar.ts';
import { damaged as damagedImage, tooLarge, wrongDigest } from './image-errors.ts';
import { IndexWriter } from './index-writer.ts';
import { unpackerFor } from './unpack.ts';

/** Bytes of one layer, unpacked: more than any image that was seen has. */
const MAX_UNPACKED = 64 * 2 ** 30;
/** Above the first GiB an archive that unpacks to more than this many times its size is made to exhaust its reader. */
const MAX_RATIO = 200;
const RATIO_FROM = 2 ** 30;

/**
 * Reads a layer once, from its first byte to its last, and writes its index.
 * @param blob the layer as it is stored: gzip, zstd or plain, told by its first bytes
 * @param digest what the stored bytes must add up to
 * @param work a folder for files on the way
 * @throws EnvironmentError where it is damaged, or not what the digest says
 */
export async function readLayer(
  blob: AsyncIterable<Buffer>,
  { digest, index, work }: { digest: string; index: string; work: string },
): Promise<void> {
  const { createHash } = await import('node:crypto');
  const writer = new IndexWriter(work);
  const hash = createHash('sha256');
  const tar = new TarReader((header) => {
    const entry = entryOf(header);
    const sink = entry && contentSink(entry);
    if (entry && !sink) writer.add(entry);
    return entry && sink && new EntrySink(entry, sink, writer);
  });
  const size = { packed: 0, plain: 0 };
  const onPlain = (chunk: Buffer) => {
    size.plain += chunk.length;
    refuseBomb(size, digest);
    tar.push(chunk);
  };
  try {
    const unpacker = unpackerFor(onPlain);
    for await (const chunk of blob) {
      hash.update(chunk);
      size.packed += chunk.length;
      await unpacker.write(chunk);
    }
    await unpacker.end();
    verify(hash.digest('hex'), digest);
    tar.end();
    writer.finish(index);
  } catch (error) {
    writer.discard();
    throw damaged(error, digest);
  }
}

/** An entry is added when its content was seen. */
class EntrySink implements ContentSink {
  readonly #entry: LayerEntry;
  readonly #content: ContentSink;
  readonly #writer: IndexWriter;

  constructor(entry: LayerEntry, content: ContentSink, writer: IndexWriter) {
    this.#entry = entry;
    this.#content = content;
    this.#writer = writer;
  }

  write(chunk: Buffer): void {
    this.#content.write(chunk);
  }

  end(): void {
    this.#content.end();
    this.#writer.add(this.#entry);
  }
}

function refuseBomb({ packed, plain }: { packed: number; plain: number }, digest: string): void {
  const swollen = plain > RATIO_FROM && plain > packed * MAX_RATIO;
  if (!swollen && plain <= MAX_UNPACKED) return;
  throw tooLarge(
    `layer ${digest} unpacks to more than ${Math.floor(plain / 2 ** 20)} MiB from ${Math.ceil(packed / 2 ** 20)} MiB`,
  );
}

function verify(found: string, digest: string): void {
  if (`sha256:${found}` === digest) return;
  throw wrongDigest(`layer ${digest}, which has sha256:${found},`);
}

function damaged(error: unknown, digest: string): unknown {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  const isDamage = error instanceof TarError || code.startsWith('Z_') || code === 'ERR_ZSTD';
  if (!isDamage) return error;
  return damagedImage(`layer ${digest} is damaged: ${(error as Error).message}`, error);
}
