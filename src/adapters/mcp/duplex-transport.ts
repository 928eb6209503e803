import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';

/** Longest line that is read; the SDK's own limit for stdio. */
const MAX_LINE = 10 * 1024 * 1024;

/**
 * MCP over a byte stream, framed as on stdio: one JSON-RPC message a line. Lines that are no messages are kept: some
 * servers print log lines to standard output, and that is worth telling.
 */
export class DuplexTransport implements Transport {
  onclose?: () => void;
  onerror?: (error: Error) => void;
  onmessage?: (message: JSONRPCMessage) => void;
  /** Set by the SDK once it is negotiated. */
  protocolVersion: string | undefined;
  /** The first line that was no JSON-RPC message. */
  stray: string | undefined;
  /** Why the stream ended, where it says. */
  fault: Error | undefined;
  readonly #stream: Duplex;
  #chunks: Buffer[] = [];
  #size = 0;

  constructor(stream: Duplex) {
    this.#stream = stream;
  }

  setProtocolVersion(version: string): void {
    this.protocolVersion = version;
  }

  async start(): Promise<void> {
    this.#stream.on('data', (chunk: Buffer) => this.#take(chunk));
    this.#stream.on('error', (error) => {
      this.fault ??= error;
      this.onerror?.(error);
    });
    this.#stream.on('end', () => this.#stream.destroy());
    this.#stream.on('close', () => this.onclose?.());
    if (this.#stream.destroyed) queueMicrotask(() => this.onclose?.());
  }

  async send(message: JSONRPCMessage): Promise<void> {
    if (this.#stream.destroyed) throw this.fault ?? new Error('the connection is closed');
    if (this.#stream.write(`${JSON.stringify(message)}\n`)) return;
    await Promise.race([once(this.#stream, 'drain'), once(this.#stream, 'close')]);
  }

  async close(): Promise<void> {
    this.#stream.destroy();
  }

  #take(chunk: Buffer): void {
    let rest = chunk;
    for (let end = rest.indexOf(10); end >= 0; end = rest.indexOf(10)) {
      this.#chunks.push(rest.subarray(0, end));
      this.#line(Buffer.concat(this.#chunks).toString('utf8').replace(/\r$/, ''));
      this.#chunks = [];
      this.#size = 0;
      rest = rest.subarray(end + 1);
    }
    if (rest.length === 0) return;
    this.#chunks.push(rest);
    this.#size += rest.length;
    if (this.#size > MAX_LINE) this.#stream.destroy(new Error(`a line of more than ${MAX_LINE} bytes`));
  }

  #line(line: string): void {
    if (line.trim() === '') return;
    const message = parse(line);
    if (message) this.onmessage?.(message);
    else this.stray ??= line.slice(0, 200);
  }
}

function parse(line: string): JSONRPCMessage | undefined {
  try {
    const value = JSON.parse(line) as { jsonrpc?: unknown } | null;
    return value !== null && typeof value === 'object' && value.jsonrpc === '2.0'
      ? (value as JSONRPCMessage)
      : undefined;
  } catch {
    return undefined;
  }
}
