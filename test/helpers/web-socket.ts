import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';

const OPCODE = { binary: 2, close: 8, ping: 9, pong: 10 } as const;

export interface FarEnd {
  onMessage: (message: Buffer) => void;
  onClose: () => void;
}

/** The server's end of one WebSocket (RFC 6455), as much of it as a test of its client needs: nothing is fragmented. */
export class ServerSocket {
  readonly #stream: Duplex;
  readonly #far: FarEnd;
  #received = Buffer.alloc(0);
  /** False: pings stay unanswered, as behind a network that is gone. */
  answersPings = true;
  /** How many have come. */
  pings = 0;

  constructor(request: IncomingMessage, stream: Duplex, far: FarEnd) {
    this.#stream = stream;
    this.#far = far;
    const key = `${request.headers['sec-websocket-key']}258EAFA5-E914-47DA-95CA-C5AB0DC85B11`;
    const head = [
      'HTTP/1.1 101 Switching Protocols',
      'Upgrade: websocket',
      'Connection: Upgrade',
      `Sec-WebSocket-Accept: ${createHash('sha1').update(key).digest('base64')}`,
      'Sec-WebSocket-Protocol: v4.channel.k8s.io',
    ];
    stream.write(`${head.join('\r\n')}\r\n\r\n`);
    stream.on('data', (chunk: Buffer) => this.#take(chunk));
    stream.on('error', () => {});
    stream.on('close', () => far.onClose());
  }

  /** @returns false while the other side does not read fast enough */
  send(message: Buffer): boolean {
    return this.#frame(OPCODE.binary, message);
  }

  onDrain(listener: () => void): void {
    this.#stream.once('drain', listener);
  }

  /** Ends with a closing handshake. */
  close(code: number): void {
    const payload = Buffer.alloc(2);
    payload.writeUInt16BE(code);
    this.#frame(OPCODE.close, payload);
    this.#stream.end();
  }

  /** Ends without a word. */
  cut(): void {
    this.#stream.destroy();
  }

  #frame(opcode: number, payload: Buffer): boolean {
    if (this.#stream.destroyed || this.#stream.writableEnded) return true;
    const header = Buffer.alloc(10);
    header[0] = 0x80 | opcode;
    header[1] = 127;
    header.writeBigUInt64BE(BigInt(payload.length), 2);
    const short = Buffer.from([0x80 | opcode, payload.length]);
    return this.#stream.write(Buffer.concat([payload.length < 126 ? short : header, payload]));
  }

  #take(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    for (let frame = this.#next(); frame; frame = this.#next()) {
      if (frame.opcode === OPCODE.ping) this.#ping(frame.payload);
      if (frame.opcode === OPCODE.close) this.close(frame.payload.length > 1 ? frame.payload.readUInt16BE() : 1000);
      if (frame.opcode === OPCODE.binary) this.#far.onMessage(frame.payload);
    }
  }

  #ping(payload: Buffer): void {
    this.pings++;
    if (this.answersPings) this.#frame(OPCODE.pong, payload);
  }

  /** Clients mask what they send. */
  #next(): { opcode: number; payload: Buffer } | undefined {
    const all = this.#received;
    if (all.length < 2) return undefined;
    const short = (all[1] ?? 0) & 0x7f;
    const extra = short === 126 ? 2 : short === 127 ? 8 : 0;
    const start = 2 + extra + 4;
    if (all.length < start) return undefined;
    const length = extra === 0 ? short : extra === 2 ? all.readUInt16BE(2) : Number(all.readBigUInt64BE(2));
    if (all.length < start + length) return undefined;
    const payload = Buffer.from(all.subarray(start, start + length));
    for (let i = 0; i < length; i++) payload[i] = (payload[i] ?? 0) ^ (all[start - 4 + (i % 4)] ?? 0);
    this.#received = all.subarray(start + length);
    return { opcode: (all[0] ?? 0) & 0x0f, payload };
  }
}
