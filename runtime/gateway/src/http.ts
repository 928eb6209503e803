/** The HTTP side: one endpoint for MCP, three for those who watch. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type BearerToken, isAllowedOrigin } from './auth.ts';
import { MAX_BODY, readBody } from './body.ts';
import type { Catalogue } from './catalogue.ts';
import type { Config } from './config.ts';
import { elements } from './json-text.ts';
import * as rpc from './jsonrpc.ts';
import { asRpcError, ErrorCode, RpcError } from './jsonrpc.ts';
import { initializeResult, LegacyHandler, negotiate, REVISIONS } from './legacy.ts';
import { log } from './log.ts';
import { Metrics } from './metrics.ts';
import { accepts, Reply, sendJson } from './reply.ts';
import { type Session, Sessions } from './sessions.ts';

/** Longer than the idle time of common load balancers, which must be the ones to close. */
const KEEP_ALIVE_MS = 65_000;
/** The only revision with batches, and how many messages one may have. */
const BATCH_REVISION = '2025-03-26';
const MAX_BATCH = 100;

/** A request that ends with an HTTP status of its own. */
class HttpError extends Error {
  readonly status: number;
  readonly headers: Record<string, string>;

  constructor(status: number, message: string, headers: Record<string, string> = {}) {
    super(message);
    this.status = status;
    this.headers = headers;
  }
}

export class Gateway {
  readonly server: Server;
  readonly sessions = new Sessions();
  readonly #config: Config;
  readonly #token: BearerToken | undefined;
  readonly #catalogue: Catalogue;
  readonly #legacy: LegacyHandler;
  readonly #metrics = new Metrics();
  draining = false;

  constructor(config: Config, token: BearerToken | undefined, catalogue: Catalogue) {
    this.#config = config;
    this.#token = token;
    this.#catalogue = catalogue;
    this.#legacy = new LegacyHandler(catalogue);
    this.server = createServer({ keepAliveTimeout: KEEP_ALIVE_MS, noDelay: true }, (request, response) => {
      this.#handle(request, response).catch((error) => refuse(response, error));
      response.once('close', () => this.draining && setImmediate(() => this.server.closeIdleConnections()));
    });
  }

  /** Takes no new connections, and calls back when the requests that are under way are served. */
  drain(done: () => void): void {
    this.draining = true;
    // This closes connections that are idle now; those that are busy now are closed after their response.
    this.server.close(done);
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = (request.url ?? '/').split('?', 1)[0];
    if (path === '/mcp') return this.#mcp(request, response);
    if (request.method !== 'GET' && request.method !== 'HEAD')
      throw new HttpError(404, 'not found: the endpoint is /mcp');
    if (path === '/health') return sendJson(response, 200, '{"status":"ok"}');
    if (path === '/ready') return this.#ready(response);
    if (path !== '/metrics') throw new HttpError(404, 'not found: the endpoint is /mcp');
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
    response.end(this.#metrics.text(this.sessions, this.#catalogue.upstreams));
  }

  #ready(response: ServerResponse): void {
    const { upstreams } = this.#catalogue;
    const states = upstreams.map(({ state }) => state.state);
    const usable = states.length === 0 || states.includes('ready');
    const ready = usable && upstreams.every((upstream) => upstream.hasSettled) && !this.draining;
    const servers = Object.fromEntries(upstreams.map(({ name, state }) => [name, state]));
    sendJson(response, ready ? 200 : 503, JSON.stringify({ ready, servers }));
  }

  async #mcp(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!isAllowedOrigin(request.headers.origin, this.#config.allowedOrigins)) {
      throw new HttpError(403, 'this Origin is not allowed');
    }
    if (this.#token?.accepts(request.headers.authorization) === false) {
      throw new HttpError(401, 'a bearer token is needed', { 'www-authenticate': 'Bearer realm="MCP Gateway"' });
    }
    if (request.method === 'POST') return this.#post(request, response);
    if (request.method !== 'DELETE') throw new HttpError(405, 'only POST and DELETE', { allow: 'POST, DELETE' });
    this.sessions.end(this.#session(request));
    response.writeHead(204).end();
  }

  async #post(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (!/^application\/json\s*(;|$)/i.test(request.headers['content-type'] ?? '')) {
      throw new HttpError(415, 'Content-Type must be application/json');
    }
    if (!accepts(request, 'application/json') && !accepts(request, 'text/event-stream')) {
      throw new HttpError(406, 'Accept must list application/json and text/event-stream');
    }
    const body = await readBody(request);
    if (body === undefined) throw new HttpError(413, `the body is over ${MAX_BODY} bytes`);
    const text = body.trim();
    if (text.startsWith('[')) return this.#batch(text, request, response);
    const message = parse(text);
    if (message.method === 'initialize' && message.id !== undefined) return this.#initialize(message, response);
    const session = this.#session(request);
    await this.#during(session, async () => {
      const reply = new Reply(request, response);
      const isRequest = message.method !== undefined && message.id !== undefined;
      const answer = await this.#serve(session, message, reply.emit);
      if (isRequest) reply.finish(answer);
      else response.writeHead(202).end();
    });
  }

  /** Serves one message; the raw response if it is a request. */
  async #serve(session: Session, message: rpc.Message, emit: (message: string) => void): Promise<string | undefined> {
    if (message.method === undefined) return undefined;
    const { id } = message;
    if (id === undefined) {
      this.#legacy.notification(session, message);
      return undefined;
    }
    this.#metrics.countRequest(message.method);
    return this.#legacy.request(session, { ...message, id }, emit);
  }

  async #batch(text: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    parseJson(text);
    const session = this.#session(request);
    const parts = elements(text);
    if (session.revision !== BATCH_REVISION || parts.length === 0 || parts.length > MAX_BATCH) {
      throw new HttpError(400, `batches exist in revision ${BATCH_REVISION} only, with 1 to ${MAX_BATCH} messages`);
    }
    const messages = parts.map(parse);
    await this.#during(session, async () => {
      const served = await Promise.all(messages.map((message) => this.#serve(session, message, () => {})));
      const answers = served.filter((answer) => answer !== undefined);
      if (answers.length > 0) sendJson(response, 200, `[${answers.join(',')}]`);
      else response.writeHead(202).end();
    });
  }

  #initialize(message: rpc.Message, response: ServerResponse): void {
    this.#metrics.countRequest('initialize');
    const id = message.id as string;
    let revision: string;
    try {
      revision = negotiate(message.params);
    } catch (error) {
      sendJson(response, 200, rpc.errorMessage(id, asRpcError(error)));
      return;
    }
    const session = this.sessions.create(revision);
    if (session === undefined) throw new HttpError(503, 'too many sessions are at work');
    const body = rpc.resultMessage(id, initializeResult(revision));
    sendJson(response, 200, body, { 'mcp-session-id': session.id });
  }

  #session(request: IncomingMessage): Session {
    const version = request.headers['mcp-protocol-version'];
    if (version !== undefined && !REVISIONS.includes(String(version))) {
      throw new HttpError(400, `unsupported MCP-Protocol-Version; supported: ${REVISIONS.join(', ')}`);
    }
    const id = request.headers['mcp-session-id'];
    if (typeof id !== 'string') throw new HttpError(400, 'no Mcp-Session-Id: send initialize first');
    const session = this.sessions.use(id);
    if (session === undefined) throw new HttpError(404, 'the session is unknown or has ended');
    return session;
  }

  /** Keeps a session from counting as idle while it is at work. */
  async #during(session: Session, work: () => Promise<void>): Promise<void> {
    session.active++;
    try {
      await work();
    } finally {
      session.active--;
      this.sessions.use(session.id);
    }
  }
}

function parseJson(text: string): void {
  try {
    JSON.parse(text);
  } catch {
    throw new RpcError(ErrorCode.parse, 'the body is not JSON');
  }
}

function parse(text: string): rpc.Message {
  parseJson(text);
  const message = rpc.parseMessage(text);
  if (message === undefined) throw new RpcError(ErrorCode.invalidRequest, 'the body is not a JSON-RPC message');
  return message;
}

/** Everything that is refused still gets a JSON-RPC body: that is what MCP clients show. */
function refuse(response: ServerResponse, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  if (error instanceof HttpError) {
    const body = rpc.errorMessage(undefined, new RpcError(ErrorCode.unavailable, error.message));
    sendJson(response, error.status, body, error.headers);
    return;
  }
  if (!(error instanceof RpcError)) log(`- Request failed: ${(error as Error).stack ?? error}`);
  sendJson(response, error instanceof RpcError ? 400 : 500, rpc.errorMessage(undefined, asRpcError(error)));
}
