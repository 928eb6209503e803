/** What one request of a client was and how long it took: for the metrics and for the access log. */
import type { IncomingMessage } from 'node:http';
import type { Message, RpcError } from './jsonrpc.ts';
import { log } from './log.ts';
import type { Metrics } from './metrics.ts';

export class Observer {
  readonly #begin = performance.now();
  readonly #request: IncomingMessage;
  readonly #metrics: Metrics;
  #method: string | undefined;
  #name: string | undefined;
  #session: string | undefined;
  #server: string | undefined;
  #upstreamMs = 0;
  #error: RpcError | undefined;

  constructor(request: IncomingMessage, metrics: Metrics) {
    this.#request = request;
    this.#metrics = metrics;
  }

  /** The JSON-RPC message that the request carries. */
  message({ method, values }: Message): void {
    this.#method = method;
    const name = values.name ?? values.uri;
    if (typeof name === 'string') this.#name = name;
  }

  session(id: string): void {
    this.#session = id;
  }

  failed(error: RpcError): void {
    this.#error = error;
  }

  /** A request to a server begins; the function that ends it is returned. */
  upstream(server: string): () => void {
    const begin = performance.now();
    this.#server = server;
    return () => {
      const ms = performance.now() - begin;
      this.#upstreamMs += ms;
      this.#metrics.countUpstream(server, ms);
    };
  }

  /** The HTTP response is out, or its client is gone. */
  done(status: number, wasAborted: boolean, writeLog: boolean): void {
    const ms = performance.now() - this.#begin;
    if (this.#method !== undefined) this.#metrics.countRequest(this.#method, this.#error === undefined, ms);
    if (writeLog) log(JSON.stringify(this.#entry(status, wasAborted, ms)));
  }

  #entry(status: number, wasAborted: boolean, ms: number): Record<string, unknown> {
    const { method, url, headers, socket } = this.#request;
    return {
      time: new Date().toISOString(),
      client: socket.remoteAddress,
      http: method,
      // A query could hold a secret.
      path: url?.split('?', 1)[0],
      status,
      ...(wasAborted ? { aborted: true } : {}),
      method: this.#method,
      name: this.#name,
      session: this.#session?.slice(0, 8),
      server: this.#server,
      ms: round(ms),
      ...(this.#server === undefined ? {} : { upstreamMs: round(this.#upstreamMs) }),
      ...(this.#error === undefined ? {} : { error: { code: this.#error.code, message: this.#error.message } }),
      trace: typeof headers.traceparent === 'string' ? headers.traceparent.split('-')[1] : undefined,
    };
  }
}

function round(ms: number): number {
  return Math.round(ms * 100) / 100;
}
