/** The HTTP answer to one POST: plain JSON, or an event stream as soon as there is something to say before the end. */
import type { IncomingMessage, ServerResponse } from 'node:http';

const KEEP_ALIVE_MS = 15_000;

export function sendJson(response: ServerResponse, status: number, body: string, headers: Record<string, string> = {}) {
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
}

export class Reply {
  readonly #response: ServerResponse;
  readonly #takesEvents: boolean;
  #keepAlive: NodeJS.Timeout | undefined;

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.#response = response;
    this.#takesEvents = accepts(request, 'text/event-stream');
  }

  /** Dropped for clients that only take JSON: they have no place for it. */
  readonly emit = (message: string): void => {
    if (!this.#takesEvents || this.#response.writableEnded) return;
    this.#openStream();
    this.#event(message);
  };

  /** Undefined: the request was cancelled and gets no response, so the stream ends without one. */
  finish(message: string | undefined): void {
    clearInterval(this.#keepAlive);
    if (this.#response.headersSent) {
      if (message !== undefined) this.#event(message);
      this.#response.end();
    } else if (message !== undefined) {
      sendJson(this.#response, 200, message);
    } else if (this.#takesEvents) {
      this.#openStream();
      this.finish(undefined);
    } else {
      this.#response.writeHead(202).end();
    }
  }

  #openStream(): void {
    if (this.#response.headersSent) return;
    this.#response.writeHead(200, {
      'content-type': 'text/event-stream',
      'cache-control': 'no-cache',
      'x-accel-buffering': 'no',
    });
    this.#response.flushHeaders();
    this.#keepAlive = setInterval(() => this.#response.write(': keep-alive\n\n'), KEEP_ALIVE_MS);
    this.#response.once('close', () => clearInterval(this.#keepAlive));
  }

  /** A raw message may hold line breaks only between its tokens, where a space does as well. */
  #event(message: string): void {
    this.#response.write(`event: message\ndata: ${message.replace(/[\r\n]+/g, ' ')}\n\n`);
  }
}

/** A missing Accept takes everything, as HTTP has it. */
export function accepts(request: IncomingMessage, type: string): boolean {
  const accept = request.headers.accept;
  const group = `${type.slice(0, type.indexOf('/'))}/*`;
  return accept === undefined || [type, group, '*/*'].some((candidate) => accept.includes(candidate));
}
