/** The HTTP side: who may come in, where each path leads, and how the gateway says that it is well. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type BearerToken, isAllowedHost, isAllowedOrigin, isLoopback } from './auth.ts';
import type { Catalogue } from './catalogue.ts';
import type { Config } from './config.ts';
import { HttpError } from './http-error.ts';
import * as rpc from './jsonrpc.ts';
import { asRpcError, RpcError } from './jsonrpc.ts';
import { LegacyHandler } from './legacy.ts';
import { log } from './log.ts';
import { Metrics } from './metrics.ts';
import { ModernHandler } from './modern.ts';
import { Observer } from './observer.ts';
import { OldSse } from './old-sse.ts';
import { isReady } from './ready.ts';
import { sendJson } from './reply.ts';
import { Sessions } from './sessions.ts';
import { Sockets } from './sockets.ts';
import { type Exchange, StreamableHttp } from './streamable.ts';
import { Subscriptions } from './subscriptions.ts';

/** Longer than the idle time of common load balancers, which must be the ones to close. */
const KEEP_ALIVE_MS = 65_000;
const HEADERS_MS = 30_000;

type Handler = (exchange: Exchange) => void | Promise<void>;

export class Gateway {
  readonly server: Server;
  readonly sessions: Sessions;
  readonly #catalogue: Catalogue;
  readonly #metrics = new Metrics();
  readonly #subscriptions: Subscriptions;
  readonly #streamable: StreamableHttp;
  readonly #oldSse: OldSse;
  readonly #routes: Record<string, Handler>;
  readonly #sockets: Sockets;
  #config: Config;
  #token: BearerToken | undefined;
  #running = 0;
  draining = false;

  constructor(config: Config, token: BearerToken | undefined, catalogue: Catalogue) {
    this.#config = config;
    this.#token = token;
    this.#catalogue = catalogue;
    this.sessions = new Sessions(config.limits);
    this.#subscriptions = new Subscriptions(catalogue);
    const legacy = new LegacyHandler(catalogue, this.sessions);
    const modern = new ModernHandler(catalogue);
    this.#streamable = new StreamableHttp({
      sessions: this.sessions,
      legacy,
      modern,
      subscriptions: this.#subscriptions,
    });
    this.#oldSse = new OldSse(this.sessions, legacy);
    this.#routes = this.#makeRoutes();
    catalogue.onChanged = (list) => {
      this.#subscriptions.listChanged(list);
      for (const session of this.sessions.all()) session.tell(rpc.notification(`notifications/${list}/list_changed`));
    };
    const options = { keepAliveTimeout: KEEP_ALIVE_MS, headersTimeout: HEADERS_MS, noDelay: true };
    this.server = createServer(options, (request, response) => this.#handle(request, response));
    this.#sockets = new Sockets(this.server);
  }

  /** Rules and limits from now on; what is under way is not touched. */
  reconfigure(config: Config, token: BearerToken | undefined): void {
    this.#config = config;
    this.#token = token;
    this.sessions.limits = config.limits;
  }

  /** Takes no new connections, and calls back when the requests that are under way are served. */
  drain(done: () => void): void {
    this.draining = true;
    this.#subscriptions.closeAll();
    for (const session of this.sessions.all()) session.drain();
    this.server.close(done);
    this.#sockets.closeIdle();
  }

  #makeRoutes(): Record<string, Handler> {
    const mcp = (handler: Handler): Handler => {
      return (exchange) => {
        this.#admit(exchange.request);
        return handler(exchange);
      };
    };
    const post = (handler: Handler): Handler => mcp((exchange) => this.#limited(() => handler(exchange)));
    const look = (handler: (response: ServerResponse) => void): Handler => {
      return ({ response }) => handler(response);
    };
    return {
      'POST /mcp': post((exchange) => this.#streamable.post(exchange, this.#config.limits.body)),
      'GET /mcp': mcp((exchange) => this.#streamable.listen(exchange)),
      'DELETE /mcp': mcp((exchange) => this.#streamable.end(exchange)),
      'GET /sse': mcp((exchange) => this.#oldSse.open(exchange)),
      'POST /message': post((exchange) => this.#oldSse.post(exchange, this.#config.limits.body)),
      'GET /health': look((response) => sendJson(response, 200, '{"status":"ok"}')),
      'GET /ready': look((response) => this.#ready(response)),
      'GET /metrics': look((response) => this.#showMetrics(response)),
    };
  }

  #handle(request: IncomingMessage, response: ServerResponse): void {
    const observer = new Observer(request, this.#metrics);
    response.once('close', () => {
      const { accessLog } = this.#config;
      observer.done(response.statusCode, !response.writableFinished, accessLog && !isProbe(request));
    });
    this.#sockets.track(request, response);
    // An async function: what a handler throws at once is caught here too.
    this.#dispatch({ request, response, observer }).catch((error) => refuse({ request, response, observer }, error));
  }

  async #dispatch(exchange: Exchange): Promise<void> {
    const { method = '', url = '/' } = exchange.request;
    const path = url.split('?', 1)[0] as string;
    const handler = this.#routes[`${method === 'HEAD' ? 'GET' : method} ${path}`];
    if (handler !== undefined) return handler(exchange);
    const allowed = Object.keys(this.#routes).filter((route) => route.endsWith(` ${path}`));
    if (allowed.length === 0) throw new HttpError(404, 'not found: the endpoint is /mcp');
    const methods = allowed.map((route) => route.split(' ')[0]).join(', ');
    throw new HttpError(405, `only ${methods}`, { allow: methods });
  }

  /** Throws an HttpError for those who may not come in. */
  #admit({ headers, socket }: IncomingMessage): void {
    const { allowedHosts, allowedOrigins } = this.#config;
    if (!isAllowedOrigin(headers.origin, allowedOrigins)) throw new HttpError(403, 'this Origin is not allowed');
    if (isLoopback(socket.localAddress) && this.#listensOnLoopback() && !isAllowedHost(headers.host, allowedHosts)) {
      throw new HttpError(403, 'this Host is not allowed: the gateway listens on this machine only');
    }
    if (this.#token?.accepts(headers.authorization) === false) {
      throw new HttpError(401, 'a bearer token is needed', { 'www-authenticate': 'Bearer realm="MCP Gateway"' });
    }
  }

  #listensOnLoopback(): boolean {
    return isLoopback(this.#config.host) || this.#config.host === 'localhost';
  }

  async #limited(work: () => void | Promise<void>): Promise<void> {
    if (this.#running >= this.#config.limits.requests) {
      throw new HttpError(503, 'too many requests are under way', { 'retry-after': '1' });
    }
    this.#running++;
    try {
      await work();
    } finally {
      this.#running--;
    }
  }

  #ready(response: ServerResponse): void {
    const { upstreams } = this.#catalogue;
    const ready = !this.draining && isReady(this.#config.ready, upstreams);
    const servers = Object.fromEntries(upstreams.map(({ name, state }) => [name, state]));
    sendJson(response, ready ? 200 : 503, JSON.stringify({ ready, servers }));
  }

  #showMetrics(response: ServerResponse): void {
    const streams = this.#streamable.streams + this.#oldSse.streams;
    response.writeHead(200, { 'content-type': 'text/plain; version=0.0.4; charset=utf-8' });
    const { sessions } = this;
    const { upstreams } = this.#catalogue;
    response.end(this.#metrics.text({ sessions, upstreams, streams, running: this.#running }));
  }
}

/** Probes and scrapes come every few seconds and say nothing. */
function isProbe({ url }: IncomingMessage): boolean {
  return url === '/health' || url === '/ready' || url === '/metrics';
}

/** Everything that is refused still gets a JSON-RPC body: that is what MCP clients show. */
function refuse({ response, observer }: Exchange, error: unknown): void {
  if (response.headersSent || response.destroyed) {
    response.destroy();
    return;
  }
  if (error instanceof HttpError) {
    observer.failed(error.error);
    sendJson(response, error.status, rpc.errorMessage(undefined, error.error), error.headers);
    return;
  }
  if (!(error instanceof RpcError)) log(`- Request failed: ${(error as Error).stack ?? error}`);
  observer.failed(asRpcError(error));
  sendJson(response, error instanceof RpcError ? 400 : 500, rpc.errorMessage(undefined, asRpcError(error)));
}
