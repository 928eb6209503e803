/** Answers over HTTP. */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { EventStream } from './event-stream.ts';

/** How long a client may take to read some part of an answer. */
const STALL_MS = 60_000;

/** Where what belongs to one request goes: the messages before its answer, and the answer. */
export interface Sink {
  /** False if the client has no place for messages before the answer. */
  readonly takesMessages: boolean;
  emit(message: string): void;
  /** Undefined: the request was cancelled and gets no answer. */
  finish(message: string | undefined, status?: number): void;
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: string,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(body),
    ...headers,
  });
  response.end(body);
  // A client that never reads would hold the answer in memory for ever.
  if (response.writableLength > 0) response.setTimeout(STALL_MS, () => response.destroy());
}

/** The answer to one POST: plain JSON, or an event stream as soon as there is something to say before the end. */
export class Reply implements Sink {
  readonly #response: ServerResponse;
  readonly #takesEvents: boolean;
  #stream: EventStream | undefined;

  constructor(request: IncomingMessage, response: ServerResponse) {
    this.#response = response;
    this.#takesEvents = accepts(request, 'text/event-stream');
  }

  get takesMessages(): boolean {
    return this.#takesEvents && !this.#response.writableEnded && !this.#response.destroyed;
  }

  emit(message: string): void {
    if (this.takesMessages) this.#open().send(message);
  }

  finish(message: string | undefined, status = 200): void {
    if (this.#stream === undefined && message !== undefined) {
      sendJson(this.#response, status, message);
      return;
    }
    if (!this.#takesEvents) {
      this.#response.writeHead(202).end();
      return;
    }
    const stream = this.#open();
    if (message !== undefined) stream.send(message);
    stream.end();
  }

  #open(): EventStream {
    this.#stream ??= new EventStream(this.#response);
    return this.#stream;
  }
}

/** A missing Accept takes everything, as HTTP has it. */
export function accepts(request: IncomingMessage, type: string): boolean {
  const accept = request.headers.accept;
  const group = `${type.slice(0, type.indexOf('/'))}/*`;
  return accept === undefined || [type, group, '*/*'].some((candidate) => accept.includes(candidate));
}
