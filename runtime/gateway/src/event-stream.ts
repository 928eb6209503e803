/** Server-sent events to one client, who may be slow, stuck or gone. */
import type { ServerResponse } from 'node:http';

/** Comments keep proxies from closing a quiet stream, and show that a client has stopped reading. */
const KEEP_ALIVE_MS = 15_000;
const MAX_STALLS = 4;
/** Bytes that wait for a client who does not read them. */
const MAX_UNREAD = 32 * 1024 * 1024;

export class EventStream {
  readonly #response: ServerResponse;
  readonly #keepAlive: NodeJS.Timeout;
  #stalls = 0;

  /** Sends the headers at once: some clients wait for them. */
  constructor(response: ServerResponse, headers: Record<string, string> = {}) {
    this.#response = response;
    response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
      ...headers,
    });
    response.flushHeaders();
    this.#keepAlive = setInterval(() => this.#beat(), KEEP_ALIVE_MS);
    response.once('close', () => clearInterval(this.#keepAlive));
  }

  get isOpen(): boolean {
    return !this.#response.writableEnded && !this.#response.destroyed;
  }

  onClose(listener: () => void): void {
    this.#response.once('close', listener);
  }

  /** A raw message may hold line breaks only between its tokens, where a space does as well. */
  send(message: string): void {
    this.event('message', message.replace(/[\r\n]+/g, ' '));
  }

  event(name: string, data: string): void {
    if (!this.isOpen) return;
    this.#response.write(`event: ${name}\ndata: ${data}\n\n`);
    if (this.#response.writableLength > MAX_UNREAD) this.#response.destroy();
  }

  end(): void {
    clearInterval(this.#keepAlive);
    if (this.isOpen) this.#response.end();
  }

  #beat(): void {
    this.#stalls = this.#response.writableLength > 0 ? this.#stalls + 1 : 0;
    if (this.#stalls >= MAX_STALLS) this.#response.destroy();
    else if (this.#stalls === 0) this.#response.write(': keep-alive\n\n');
  }
}
