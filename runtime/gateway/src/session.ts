/** One client of the handshake era (2024-11-05 to 2025-11-25): its connections, and the server's words to it. */
import { randomUUID } from 'node:crypto';
import { canAnswer } from './client-capabilities.ts';
import type { Connection, Owner } from './connection.ts';
import type { EventStream } from './event-stream.ts';
import { members, setMember } from './json-text.ts';
import * as rpc from './jsonrpc.ts';
import { ErrorCode, RpcError } from './jsonrpc.ts';
import type { Sink } from './reply.ts';
import { SessionSubscriptions } from './session-subscriptions.ts';
import type { Upstream } from './upstream.ts';

/** What is kept for a client that has no stream open, so that it finds it when it opens one. */
const MAX_BACKLOG = 100;
const MAX_BACKLOG_BYTES = 1024 * 1024;
const MAX_STREAMS = 4;

/** A request of the client's that is being served. */
export interface Running {
  controller: AbortController;
  sink: Sink;
  connection?: Connection;
}

interface Ask {
  connection: Connection;
  /** The server's raw id. */
  id: string;
  /** The server's raw progress token. */
  token: string | undefined;
}

export class Session implements Owner {
  readonly id = randomUUID();
  readonly revision: string;
  /** Raw, as servers are told. */
  readonly capabilities: string;
  readonly subscriptions = new SessionSubscriptions();
  /** Requests being served, by raw id. */
  readonly running = new Map<string, Running>();
  /** Raw params of the last logging/setLevel. */
  logLevel: string | undefined;
  lastUsed = 0;
  /** HTTP requests being served: more than zero, and the session is not idle. */
  active = 0;
  readonly #connections = new Map<Upstream, Promise<Connection>>();
  /** Requests of servers that the client has not answered, by the id that it was given. */
  readonly #asks = new Map<number, Ask>();
  readonly #streams: EventStream[] = [];
  #backlog: string[] = [];
  #nextAsk = 1;
  #closed = false;
  #draining = false;

  constructor(revision: string, capabilities: string) {
    this.revision = revision;
    this.capabilities = capabilities;
  }

  /** The session's own connection to a server, opened when first needed and again after it was lost. */
  connection(upstream: Upstream): Promise<Connection> {
    const known = this.#connections.get(upstream);
    if (known !== undefined) return known;
    const opening = this.#open(upstream);
    this.#connections.set(upstream, opening);
    opening.then(
      (connection) => connection.onClose(() => this.#onClosed(upstream, opening)),
      () => this.#connections.delete(upstream),
    );
    return opening;
  }

  async #open(upstream: Upstream): Promise<Connection> {
    const connection = await upstream.pool.take(this.capabilities);
    connection.own(this);
    if (this.#closed) {
      connection.close();
      throw new Error('the session has ended');
    }
    // A server that is new to the session has to hear what the client said before.
    if (this.logLevel !== undefined && rpc.isObject(connection.capabilities.logging)) {
      connection.call('logging/setLevel', this.logLevel, { timeoutMs: upstream.config.requestMs }).catch(() => {});
    }
    this.subscriptions.renew(upstream, connection);
    return connection;
  }

  #onClosed(upstream: Upstream, opening: Promise<Connection>): void {
    if (this.#connections.get(upstream) === opening) this.#connections.delete(upstream);
    if (this.#closed || !this.subscriptions.has(upstream)) return;
    // The client waits for updates and will not call: somebody has to bring the connection back.
    upstream.onceReady(() => {
      if (!this.#closed) this.connection(upstream).catch(() => {});
    });
  }

  /** Every connection that is open now. */
  async openConnections(): Promise<Connection[]> {
    const settled = await Promise.allSettled(this.#connections.values());
    return settled.flatMap((result) => (result.status === 'fulfilled' ? [result.value] : []));
  }

  /** Ends the connection to a server that is no longer part of the gateway. */
  drop(upstream: Upstream): void {
    this.#connections.delete(upstream);
    this.subscriptions.drop(upstream);
  }

  idleSince(connection: Connection): number | undefined {
    const isServing = [...this.running.values()].some((running) => running.connection === connection);
    return isServing || connection.isBusy ? undefined : connection.heardAt;
  }

  onAsk(connection: Connection, ask: rpc.Request): void {
    if (!canAnswer(this.capabilities, ask.method)) {
      const refusal = new RpcError(ErrorCode.methodNotFound, `the client does not offer ${ask.method}`);
      connection.answer(ask.id, refusal);
      return;
    }
    const id = this.#nextAsk++;
    const token = progressTokenOf(ask.params);
    this.#asks.set(id, { connection, id: ask.id, token });
    connection.onClose(() => this.#asks.delete(id));
    const params = token === undefined ? ask.params : withProgressToken(ask.params as string, `"ask-${id}"`);
    this.#deliver(rpc.request(String(id), ask.method, params), connection);
  }

  onNotice(connection: Connection, method: string, params: string | undefined): void {
    if (method === 'notifications/cancelled') {
      this.#withdraw(connection, params);
      return;
    }
    const known = method === 'notifications/resources/updated' ? this.subscriptions.exposed(params) : params;
    this.#deliver(rpc.notification(method, known), connection);
  }

  /** The server no longer waits for an answer. */
  #withdraw(connection: Connection, params: string | undefined): void {
    const requestId = params === undefined ? undefined : members(params).get('requestId');
    for (const [id, ask] of this.#asks) {
      if (ask.connection !== connection || ask.id !== requestId) continue;
      this.#asks.delete(id);
      const told = setMember(params as string, 'requestId', String(id));
      this.#deliver(rpc.notification('notifications/cancelled', told), connection);
    }
  }

  /** The client's answer to a server; dropped if nobody waits for it. */
  answered(message: rpc.Message): void {
    const ask = this.#asks.get(Number(message.id));
    if (ask === undefined) return;
    this.#asks.delete(Number(message.id));
    const answer = message.error === undefined ? { result: message.result ?? '{}' } : RpcError.fromRaw(message.error);
    ask.connection.answer(ask.id, answer);
  }

  /** The client's progress with what a server asked of it. */
  progressed(params: string): void {
    const token = members(params).get('progressToken');
    const ask = this.#asks.get(Number(/^"ask-(\d+)"$/.exec(token ?? '')?.[1]));
    if (ask?.token === undefined) return;
    ask.connection.notify('notifications/progress', setMember(params, 'progressToken', ask.token));
  }

  /** A message that belongs to no request of the client's. */
  tell(message: string): void {
    const stream = this.#streams.findLast(({ isOpen }) => isOpen);
    if (stream !== undefined) {
      stream.send(message);
      return;
    }
    // Twice "the list has changed" says no more than once.
    if (this.#backlog.includes(message)) return;
    this.#backlog.push(message);
    while (this.#backlog.length > MAX_BACKLOG || this.#backlog.join('').length > MAX_BACKLOG_BYTES) {
      this.#backlog.shift();
    }
  }

  /** With the newest request that the server is serving, if its client takes messages there. */
  #deliver(message: string, connection: Connection): void {
    const running = [...this.running.values()].findLast((one) => one.connection === connection);
    if (running?.sink.takesMessages) running.sink.emit(message);
    else this.tell(message);
  }

  /** Adds a stream for messages that belong to no request; beyond a handful the oldest ends. */
  listen(stream: EventStream): void {
    this.#streams.push(stream);
    stream.onClose(() => this.#streams.splice(this.#streams.indexOf(stream), 1));
    if (this.#streams.length > MAX_STREAMS) this.#streams[0]?.end();
    for (const message of this.#backlog) stream.send(message);
    this.#backlog = [];
  }

  close(): void {
    this.#closed = true;
    for (const { controller } of this.running.values()) controller.abort();
    for (const opening of this.#connections.values()) opening.then((connection) => connection.close()).catch(() => {});
    this.#connections.clear();
    this.#endStreams();
  }

  /** Ends the streams as soon as no request is under way: the oldest clients get their answers there. */
  drain(): void {
    this.#draining = true;
    if (this.running.size === 0) this.#endStreams();
  }

  /** A request has its answer, which is about to be sent. */
  served(): void {
    if (this.#draining) setImmediate(() => this.drain());
  }

  #endStreams(): void {
    for (const stream of [...this.#streams]) stream.end();
  }
}

function progressTokenOf(params: string | undefined): string | undefined {
  const meta = params === undefined ? undefined : members(params).get('_meta');
  return meta?.startsWith('{') ? members(meta).get('progressToken') : undefined;
}

function withProgressToken(params: string, token: string): string {
  return setMember(params, '_meta', setMember(members(params).get('_meta') as string, 'progressToken', token));
}
