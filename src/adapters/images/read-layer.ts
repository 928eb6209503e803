import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createGunzip } from 'node:zlib';
import { contentSink, entryOf } from '../../core/images/member.ts';
import { TarError, TarReader } from '../../core/images/tar.ts';
import { damaged as damagedImage, tooLarge, wrongDigest } from './image-errors.ts';
import { IndexWriter } from './index-writer.ts';

/** Bytes of one layer, unpacked: more than any image that was seen has. */
const MAX_UNPACKED = 64 * 2 ** 30;
/** Above the first GiB an archive that unpacks to more than this many times its size is made to exhaust its reader. */
const MAX_RATIO = 200;
const RATIO_FROM = 2 ** 30;

/** A stream that turns packed bytes into plain ones, the same for both packers. */
interface Unpacker {
  write(chunk: Buffer): Promise<void>;
  end(): Promise<void>;
}

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
  const writer = new IndexWriter(work);
  const hash = createHash('sha256');
  const tar = new TarReader((header) => {
    const entry = entryOf(header);
    if (!entry) return undefined;
    const sink = contentSink(entry);
    if (!sink) writer.add(entry);
    if (!sink) return undefined;
    const end = () => {
      sink.end();
      writer.add(entry);
    };
    return { write: (chunk) => sink.write(chunk), end };
  });
  const size = { packed: 0, plain: 0 };
  const onPlain = (chunk: Buffer) => {
    size.plain += chunk.length;
    refuseBomb(size, digest);
    tar.push(chunk);
  };
  try {
    let unpacker: Unpacker | undefined;
    for await (const chunk of blob) {
      hash.update(chunk);
      size.packed += chunk.length;
      unpacker ??= await unpackerFor(chunk, onPlain);
      await unpacker.write(chunk);
    }
    await unpacker?.end();
    verify(hash.digest('hex'), digest);
    tar.end();
    writer.finish(index);
  } catch (error) {
    writer.discard();
    throw damaged(error, digest);
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

/** Plain bytes from packed ones, whatever the packer: told by the first bytes. */
export async function unpackerFor(first: Buffer, onPlain: (chunk: Buffer) => void): Promise<Unpacker> {
  if (first[0] === 0x1f && first[1] === 0x8b) return gunzip(onPlain);
  if (first.length >= 4 && first.readUInt32LE(0) === 0xfd2fb528) {
    const { zstd } = await import('./zstd.ts');
    return zstd(onPlain);
  }
  return { write: async (chunk) => onPlain(chunk), end: async () => {} };
}

function gunzip(onPlain: (chunk: Buffer) => void): Unpacker {
  const stream = createGunzip({ chunkSize: 1 << 17 });
  let failed: unknown;
  stream.on('error', (error) => {
    failed ??= error;
  });
  stream.on('data', (chunk: Buffer) => {
    try {
      if (!failed) onPlain(chunk);
    } catch (error) {
      failed ??= error;
      stream.destroy();
    }
  });
  const check = () => {
    if (failed) throw failed;
  };
  const settled = new Promise<void>((resolve) => stream.once('close', resolve));
  return {
    async write(chunk) {
      check();
      if (!stream.write(chunk)) await Promise.race([once(stream, 'drain').catch(() => {}), settled]);
      check();
    },
    async end() {
      check();
      stream.end();
      await settled;
      check();
    },
  };
}
