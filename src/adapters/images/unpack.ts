/** A stream that turns packed bytes into plain ones, the same for all packers. */
export interface Unpacker {
  /** The piece is the caller's again when this has ended. */
  write(piece: Buffer): Promise<void>;
  end(): Promise<void>;
}

/** Smaller pieces cost more than their bytes: each goes to another thread and back. */
const PACKED_PIECE = 1 << 18;
const PLAIN_PIECE = 1 << 19;

/** Plain bytes from packed ones, whatever the packer: gzip, zstd or none, told by the first bytes. */
export function unpackerFor(onPlain: (piece: Buffer) => void): Unpacker {
  return new Gathered(async (first) => {
    if (first[0] === 0x1f && first[1] === 0x8b) return gunzip(onPlain);
    if (first.length >= 4 && first.readUInt32LE(0) === 0xfd2fb528) {
      const { zstd } = await import('./zstd.ts');
      return zstd(onPlain);
    }
    return { write: async (piece) => onPlain(piece), end: async () => {} };
  });
}

/** Makes the small pieces of a network large. */
class Gathered implements Unpacker {
  readonly #make: (first: Buffer) => Promise<Unpacker>;
  readonly #bytes = Buffer.allocUnsafe(PACKED_PIECE);
  #filled = 0;
  #to: Unpacker | undefined;

  constructor(make: (first: Buffer) => Promise<Unpacker>) {
    this.#make = make;
  }

  async write(piece: Buffer): Promise<void> {
    if (this.#filled === 0 && piece.length >= PACKED_PIECE) return this.#pass(piece);
    for (let at = 0; at < piece.length; ) {
      const taken = piece.copy(this.#bytes, this.#filled, at);
      this.#filled += taken;
      at += taken;
      if (this.#filled === PACKED_PIECE) await this.#flush();
    }
  }

  async end(): Promise<void> {
    if (this.#filled > 0) await this.#flush();
    await this.#to?.end();
  }

  async #flush(): Promise<void> {
    const piece = this.#bytes.subarray(0, this.#filled);
    this.#filled = 0;
    await this.#pass(piece);
  }

  async #pass(piece: Buffer): Promise<void> {
    this.#to ??= await this.#make(piece);
    await this.#to.write(piece);
  }
}

async function gunzip(onPlain: (piece: Buffer) => void): Promise<Unpacker> {
  const { createGunzip } = await import('node:zlib');
  const stream = createGunzip({ chunkSize: PLAIN_PIECE });
  let failed: unknown;
  stream.on('error', (error) => {
    failed ??= error;
  });
  stream.on('data', (piece: Buffer) => {
    try {
      if (!failed) onPlain(piece);
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
    async write(piece) {
      check();
      await new Promise<void>((resolve) => stream.write(piece, () => resolve()));
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
