import type { ClientRequest, IncomingMessage } from 'node:http';
import { McpkError } from '../../errors.ts';

/** What is sent: bytes, or what makes a stream of them. */
export type Body = Uint8Array | (() => AsyncIterable<Buffer>);

export interface Sent {
  method: string;
  headers: Record<string, string>;
  body?: Body | undefined;
  signal: AbortSignal;
}

/** Milliseconds that a connection may take, and that it may then be silent. */
const CONNECT_MS = 10_000;
const SILENT_MS = 300_000;
const MAX_REDIRECTS = 10;

/** The connection failed, before the answer or in the middle of it. */
export class ConnectionError extends Error {
  readonly code: string;

  constructor(cause: unknown) {
    // Several addresses were tried: each has its own error, and the sum of them says nothing.
    const first = (cause as AggregateError).errors?.[0] ?? cause;
    super((first as Error).message, { cause });
    this.code = (first as NodeJS.ErrnoException).code ?? '';
  }
}

/** A server's answer. Its content is read once, or discarded. */
export class Answer {
  readonly url: URL;
  readonly status: number;
  readonly #message: IncomingMessage;

  constructor(url: URL, message: IncomingMessage) {
    this.url = url;
    this.status = message.statusCode ?? 0;
    this.#message = message;
    // Whoever reads gets the error; nobody may be reading yet, or any more.
    message.on('error', () => {});
  }

  get ok(): boolean {
    return this.status >= 200 && this.status < 300;
  }

  header(name: string): string | undefined {
    const value = this.#message.headers[name];
    return Array.isArray(value) ? value[0] : value;
  }

  /** @throws ConnectionError where it is cut */
  async *pieces(): AsyncGenerator<Buffer> {
    try {
      yield* this.#message;
    } catch (error) {
      throw new ConnectionError(error);
    }
  }

  /** The whole content, as far as it has no more than so many bytes; undefined where it has. @throws ConnectionError */
  async bytes(most: number): Promise<Buffer | undefined> {
    const pieces: Buffer[] = [];
    let length = 0;
    for await (const piece of this.pieces()) {
      length += piece.length;
      if (length > most) return undefined;
      pieces.push(piece);
    }
    return Buffer.concat(pieces);
  }

  discard(): void {
    this.#message.resume();
  }
}

/**
 * Sends one request with Node.js's own client, which costs less than half of what fetch costs for large contents.
 * Redirections are followed as browsers do; what authorizes goes to the first origin only.
 * @throws ConnectionError
 */
export async function send(url: URL, sent: Sent): Promise<Answer> {
  let to = url;
  let { method, headers, body } = sent;
  for (let redirects = 0; ; redirects++) {
    const answer = await sendOnce(to, { method, headers, body, signal: sent.signal });
    const next = locationOf(answer);
    if (!next || redirects === MAX_REDIRECTS || typeof body === 'function') return answer;
    answer.discard();
    if (answer.status === 303 || (answer.status < 303 && method === 'POST')) {
      if (method !== 'HEAD') method = 'GET';
      body = undefined;
    }
    if (next.origin !== to.origin)
      headers = Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'authorization'));
    to = next;
  }
}

function locationOf(answer: Answer): URL | undefined {
  if (![301, 302, 303, 307, 308].includes(answer.status)) return undefined;
  const location = answer.header('location');
  const next =
    location !== undefined && URL.canParse(location, answer.url.href) ? new URL(location, answer.url) : undefined;
  return next && ['http:', 'https:'].includes(next.protocol) ? next : undefined;
}

async function sendOnce(url: URL, { method, headers, body, signal }: Sent): Promise<Answer> {
  // Loaded where something is asked: a verdict from the cache shall not wait for it. So in all of this folder.
  const { request: open } = url.protocol === 'https:' ? await import('node:https') : await import('node:http');
  const { pipeline } = await import('node:stream/promises');
  // Stored bytes are wanted, not such as a server packs on the way.
  const common = { 'user-agent': 'mcpk', accept: '*/*', 'accept-encoding': 'identity' };
  const length = body instanceof Uint8Array ? { 'content-length': String(body.length) } : {};
  try {
    const request = open(url, { method, headers: { ...common, ...length, ...headers }, signal });
    limit(request);
    const message = await new Promise<IncomingMessage>((resolve, reject) => {
      request.on('response', resolve).on('error', reject);
      if (typeof body !== 'function') request.end(body);
      // The request alone would not tell what went wrong with its body.
      else pipeline(body, request).catch(reject);
    });
    const answer = new Answer(url, message);
    if (method === 'HEAD') answer.discard();
    return answer;
  } catch (error) {
    // What the body's maker throws passes.
    throw error instanceof McpkError ? error : new ConnectionError(error);
  }
}

function limit(request: ClientRequest): void {
  const slow = (why: string) => () => request.destroy(Object.assign(new Error(why), { code: 'ETIMEDOUT' }));
  request.setTimeout(SILENT_MS, slow(`nothing came for ${SILENT_MS / 1000} s`));
  request.on('socket', (socket) => {
    if (!socket.connecting) return;
    const timer = setTimeout(slow(`no connection within ${CONNECT_MS / 1000} s`), CONNECT_MS);
    const stop = () => clearTimeout(timer);
    socket.once('connect', stop).once('close', stop);
  });
}
