/**
 * The Streamable HTTP transport of both eras on one endpoint: sessions for clients that begin with a handshake,
 * single requests for those that say everything in each.
 * https://modelcontextprotocol.io/specification/2025-11-25/basic/transports#streamable-http
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readPost } from './body.ts';
import { EventStream } from './event-stream.ts';
import { HttpError } from './http-error.ts';
import { elements } from './json-text.ts';
import * as rpc from './jsonrpc.ts';
import { asRpcError, ErrorCode, RpcError } from './jsonrpc.ts';
import { LEGACY_REVISIONS, type LegacyHandler } from './legacy.ts';
import type { ModernHandler } from './modern.ts';
import { checkModern, isModern } from './modern-request.ts';
import type { Observer } from './observer.ts';
import { traceContext } from './relay.ts';
import { Reply, type Sink, sendJson } from './reply.ts';
import type { Session } from './session.ts';
import type { Sessions } from './sessions.ts';
import type { Subscriptions } from './subscriptions.ts';

/** The only revision with batches, and how many messages one may have. */
const BATCH_REVISION = '2025-03-26';
const MAX_BATCH = 100;

/** One HTTP request and what belongs to it. */
export interface Exchange {
  request: IncomingMessage;
  response: ServerResponse;
  observer: Observer;
}

export interface Parts {
  sessions: Sessions;
  legacy: LegacyHandler;
  modern: ModernHandler;
  subscriptions: Subscriptions;
}

export class StreamableHttp {
  readonly #parts: Parts;
  /** Event streams that belong to no single request. */
  streams = 0;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async post(exchange: Exchange, maxBody: number): Promise<void> {
    const { request, response, observer } = exchange;
    const text = await readPost(request, maxBody);
    if (text.startsWith('[')) return this.#batch(text, exchange);
    const message = parse(text);
    observer.message(message);
    if (isModern(request.headers, message)) return this.#modern(message, exchange);
    if (message.method === 'initialize' && rpc.isRequest(message)) return this.#initialize(message, exchange);
    const session = this.#session(exchange);
    await this.#parts.sessions.during(session, async () => {
      const reply = new Reply(request, response);
      const answer = await this.#serve(session, message, reply, exchange);
      if (rpc.isRequest(message)) reply.finish(answer);
      else response.writeHead(202).end();
    });
  }

  /** A stream for what servers say of themselves. */
  listen(exchange: Exchange): void {
    const { request, response } = exchange;
    if (request.headers['mcp-session-id'] === undefined) {
      throw new HttpError(405, 'no session: only POST', { allow: 'POST' });
    }
    const session = this.#session(exchange);
    const stream = new EventStream(response);
    this.#count(stream);
    session.active++;
    stream.onClose(() => {
      session.active--;
      this.#parts.sessions.use(session.id);
    });
    session.listen(stream);
  }

  end(exchange: Exchange): void {
    this.#parts.sessions.end(this.#session(exchange));
    exchange.response.writeHead(204).end();
  }

  #count(stream: EventStream): void {
    this.streams++;
    stream.onClose(() => this.streams--);
  }

  /** Serves one message of a session; the raw response if it is a request. */
  async #serve(session: Session, message: rpc.Message, sink: Sink, exchange: Exchange): Promise<string | undefined> {
    const { request, observer } = exchange;
    const { legacy } = this.#parts;
    if (rpc.isRequest(message)) {
      return legacy.request(session, message, sink, traceContext(request.headers), observer);
    }
    if (message.method === undefined) session.answered(message);
    else await legacy.notification(session, message);
    return undefined;
  }

  async #batch(text: string, exchange: Exchange): Promise<void> {
    parseJson(text);
    const session = this.#session(exchange);
    const parts = elements(text);
    if (session.revision !== BATCH_REVISION || parts.length === 0 || parts.length > MAX_BATCH) {
      throw new HttpError(400, `batches exist in revision ${BATCH_REVISION} only, with 1 to ${MAX_BATCH} messages`);
    }
    const messages = parts.map(parse);
    const sink: Sink = { takesMessages: false, emit: () => {}, finish: () => {} };
    await this.#parts.sessions.during(session, async () => {
      const served = await Promise.all(messages.map((message) => this.#serve(session, message, sink, exchange)));
      const answers = served.filter((answer) => answer !== undefined);
      if (answers.length > 0) sendJson(exchange.response, 200, `[${answers.join(',')}]`);
      else exchange.response.writeHead(202).end();
    });
  }

  #initialize(message: rpc.Request, { response, observer }: Exchange): void {
    let opened: ReturnType<LegacyHandler['initialize']>;
    try {
      opened = this.#parts.legacy.initialize(message);
    } catch (error) {
      observer.failed(asRpcError(error));
      sendJson(response, 200, rpc.errorMessage(message.id, asRpcError(error)));
      return;
    }
    if (opened === undefined) throw new HttpError(503, 'too many sessions are at work', { 'retry-after': '5' });
    observer.session(opened.session.id);
    sendJson(response, 200, opened.answer, { 'mcp-session-id': opened.session.id });
  }

  #session({ request, observer }: Exchange): Session {
    const version = request.headers['mcp-protocol-version'];
    if (version !== undefined && !LEGACY_REVISIONS.includes(String(version))) {
      throw new HttpError(400, `unsupported MCP-Protocol-Version; supported: ${LEGACY_REVISIONS.join(', ')}`);
    }
    const id = request.headers['mcp-session-id'];
    if (typeof id !== 'string') throw new HttpError(400, 'no Mcp-Session-Id: send initialize first');
    const session = this.#parts.sessions.use(id);
    if (session === undefined) throw new HttpError(404, 'the session is unknown or has ended');
    observer.session(id);
    return session;
  }

  async #modern(message: rpc.Message, { request, response, observer }: Exchange): Promise<void> {
    if (!rpc.isRequest(message)) {
      response.writeHead(202).end();
      return;
    }
    const gone = new AbortController();
    response.once('close', () => gone.abort());
    const reply = new Reply(request, response);
    try {
      const envelope = checkModern(request.headers, message);
      if (message.method === 'subscriptions/listen') return this.#subscribe(message, response);
      const { headers } = request;
      const trace = traceContext(headers);
      const call = { headers, request: message, envelope, sink: reply, signal: gone.signal, trace, observer };
      reply.finish(rpc.resultMessage(message.id, await this.#parts.modern.result(call)));
    } catch (error) {
      if (response.destroyed) return;
      const told = error instanceof HttpError ? error.error : asRpcError(error);
      observer.failed(told);
      reply.finish(rpc.errorMessage(message.id, told), error instanceof HttpError ? error.status : 200);
    }
  }

  #subscribe(message: rpc.Request, response: ServerResponse): void {
    const { subscriptions } = this.#parts;
    subscriptions.check(message);
    const stream = new EventStream(response);
    this.#count(stream);
    subscriptions.serve(message, stream);
  }
}

function parseJson(text: string): void {
  try {
    JSON.parse(text);
  } catch {
    throw new RpcError(ErrorCode.parse, 'the body is not JSON');
  }
}

/** Throws an RpcError for text that is no JSON-RPC message. */
export function parse(text: string): rpc.Message {
  let message: rpc.Message | undefined;
  try {
    message = rpc.parseMessage(text);
  } catch {
    throw new RpcError(ErrorCode.parse, 'the body is not JSON');
  }
  if (message === undefined) throw new RpcError(ErrorCode.invalidRequest, 'the body is not a JSON-RPC message');
  return message;
}
