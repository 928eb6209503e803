/**
 * The HTTP+SSE transport of 2024-11-05, for clients that know no other: everything to the client goes over the one
 * stream, and the session lives as long as it.
 * https://modelcontextprotocol.io/specification/2024-11-05/basic/transports#http-with-sse
 */
import { readPost } from './body.ts';
import { EventStream } from './event-stream.ts';
import { HttpError } from './http-error.ts';
import * as rpc from './jsonrpc.ts';
import { asRpcError } from './jsonrpc.ts';
import type { LegacyHandler } from './legacy.ts';
import { traceContext } from './relay.ts';
import type { Sink } from './reply.ts';
import type { Session } from './session.ts';
import type { Sessions } from './sessions.ts';
import { type Exchange, parse } from './streamable.ts';

const MAX_CLIENTS = 1024;

interface Client {
  stream: EventStream;
  session: Session | undefined;
}

export class OldSse {
  readonly #sessions: Sessions;
  readonly #legacy: LegacyHandler;
  readonly #clients = new Map<string, Client>();

  constructor(sessions: Sessions, legacy: LegacyHandler) {
    this.#sessions = sessions;
    this.#legacy = legacy;
  }

  get streams(): number {
    return this.#clients.size;
  }

  /** GET /sse */
  open({ response }: Exchange): void {
    if (this.#clients.size >= MAX_CLIENTS) throw new HttpError(503, 'too many streams are open');
    const id = crypto.randomUUID();
    const client: Client = { stream: new EventStream(response), session: undefined };
    this.#clients.set(id, client);
    client.stream.onClose(() => {
      this.#clients.delete(id);
      if (client.session !== undefined) this.#sessions.end(client.session);
    });
    client.stream.event('endpoint', `/message?sessionId=${id}`);
  }

  /** POST /message?sessionId=ID */
  async post(exchange: Exchange, maxBody: number): Promise<void> {
    const { request, response, observer } = exchange;
    const id = new URL(request.url as string, 'http://localhost').searchParams.get('sessionId') ?? '';
    const client = this.#clients.get(id);
    if (client === undefined) throw new HttpError(404, 'the session is unknown or has ended');
    const message = parse(await readPost(request, maxBody));
    observer.message(message);
    response.writeHead(202).end();
    await this.#serve(client, message, exchange);
  }

  async #serve(client: Client, message: rpc.Message, { request, observer }: Exchange): Promise<void> {
    if (message.method === 'initialize' && rpc.isRequest(message)) return this.#initialize(client, message);
    const { session, stream } = client;
    if (session === undefined) {
      if (message.id !== undefined) stream.send(rpc.errorMessage(message.id, NOT_INITIALIZED.error));
      return;
    }
    await this.#sessions.during(session, async () => {
      if (rpc.isRequest(message)) {
        const sink = sinkOf(stream);
        sink.finish(await this.#legacy.request(session, message, sink, traceContext(request.headers), observer));
      } else if (message.method === undefined) session.answered(message);
      else await this.#legacy.notification(session, message);
    });
  }

  #initialize(client: Client, message: rpc.Request): void {
    const { stream } = client;
    try {
      const opened = this.#legacy.initialize(message);
      if (opened === undefined) throw new HttpError(503, 'too many sessions are at work').error;
      if (client.session !== undefined) this.#sessions.end(client.session);
      client.session = opened.session;
      // While the stream is open somebody is there.
      opened.session.active++;
      stream.send(opened.answer);
      opened.session.listen(stream);
    } catch (error) {
      stream.send(rpc.errorMessage(message.id, asRpcError(error)));
    }
  }
}

const NOT_INITIALIZED = new HttpError(400, 'send initialize first');

function sinkOf(stream: EventStream): Sink {
  return {
    get takesMessages() {
      return stream.isOpen;
    },
    emit: (message) => stream.send(message),
    finish: (message) => {
      if (message !== undefined) stream.send(message);
    },
  };
}
