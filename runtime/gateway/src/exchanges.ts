/**
 * Requests of stateless clients to servers that ask back over their connection (sampling, elicitation, roots).
 * The client gets the questions as the result `input_required` and sends its answers with the next request; in between
 * the server's connection waits here.
 * https://modelcontextprotocol.io/specification/2026-07-28/basic/patterns/mrtr
 */
import { randomUUID } from 'node:crypto';
import { canAnswer } from './client-capabilities.ts';
import type { Connection, Owner } from './connection.ts';
import { Meta, RESULT_META } from './envelope.ts';
import { members } from './json-text.ts';
import * as rpc from './jsonrpc.ts';
import { ErrorCode, isObject, RpcError } from './jsonrpc.ts';
import type { ModernCall } from './modern.ts';
import { complete } from './modern-result.ts';
import type { Target } from './relay.ts';
import type { Sink } from './reply.ts';

/** How long a client, or the person behind it, may think. */
const PATIENCE_MS = 10 * 60_000;
const MAX_WAITING = 256;
/** A server that asks several things asks them at once: the first question waits so long for others. */
const GATHER_MS = 10;

/** One request to one server, over as many rounds as the server has questions. */
class Exchange implements Owner {
  readonly #connection: Connection;
  readonly #target: Target;
  readonly #capabilities: string;
  readonly #controller = new AbortController();
  /** By the key that the client sees. */
  readonly #asks = new Map<string, rpc.Request>();
  readonly #result: Promise<string>;
  #nextKey = 1;
  #sink: Sink;
  #wantsLog: boolean;
  #onAsked: () => void = () => {};
  #onEnd: () => void;

  constructor(connection: Connection, { envelope, sink }: ModernCall, target: Target, onEnd: () => void) {
    this.#connection = connection;
    this.#target = target;
    this.#capabilities = envelope.capabilities;
    this.#sink = sink;
    this.#wantsLog = envelope.wantsLog;
    this.#onEnd = onEnd;
    connection.own(this);
    this.#result = connection.call(target.method, target.params, {
      timeoutMs: target.upstream.config.requestMs,
      signal: this.#controller.signal,
      onProgress: (progress) => this.#sink.emit(rpc.notification('notifications/progress', progress)),
    });
    // Whoever waits for a round hears of a failure; between rounds nobody does.
    this.#result.catch(() => {}).finally(() => this.#end());
  }

  get isAsking(): boolean {
    return this.#asks.size > 0;
  }

  /** Until the server has its result or a question. Undefined: it has a question. */
  async round({ sink, signal, envelope }: ModernCall): Promise<string | undefined> {
    this.#sink = sink;
    this.#wantsLog = envelope.wantsLog;
    const abort = () => this.abort();
    signal.addEventListener('abort', abort);
    if (signal.aborted) abort();
    let timer: NodeJS.Timeout | undefined;
    const asked = new Promise<undefined>((resolve) => {
      this.#onAsked = () => {
        timer ??= setTimeout(resolve, GATHER_MS, undefined);
      };
    });
    if (this.isAsking) this.#onAsked();
    try {
      return await Promise.race([this.#result, asked]);
    } finally {
      clearTimeout(timer);
      signal.removeEventListener('abort', abort);
    }
  }

  /** The result in the client's terms. */
  complete(result: string): string {
    return complete(this.#target, result);
  }

  /** The raw questions that are open. */
  questions(): string {
    const entries = [...this.#asks].map(([key, { method, params }]) => {
      return `${JSON.stringify(key)}:{"method":${JSON.stringify(method)}${params === undefined ? '' : `,"params":${params}`}}`;
    });
    return `{${entries.join(',')}}`;
  }

  /** Gives the server its answers; what is missing stays open. */
  answer(responses: Map<string, string>): void {
    for (const [key, ask] of [...this.#asks]) {
      const result = responses.get(key);
      if (result === undefined) continue;
      this.#asks.delete(key);
      this.#connection.answer(ask.id, { result });
    }
  }

  abort(): void {
    this.#controller.abort();
  }

  onAsk(connection: Connection, ask: rpc.Request): void {
    if (!canAnswer(this.#capabilities, ask.method)) {
      const refusal = new RpcError(ErrorCode.methodNotFound, `the client does not offer ${ask.method}`);
      connection.answer(ask.id, refusal);
      return;
    }
    this.#asks.set(`${ask.method.replace('/', '-')}-${this.#nextKey++}`, ask);
    this.#onAsked();
  }

  onNotice(_: Connection, method: string, params: string | undefined): void {
    if (method === 'notifications/message' && this.#wantsLog) this.#sink.emit(rpc.notification(method, params));
    if (method !== 'notifications/cancelled' || params === undefined) return;
    const id = members(params).get('requestId');
    for (const [key, ask] of this.#asks) if (ask.id === id) this.#asks.delete(key);
  }

  idleSince(): undefined {
    return undefined;
  }

  #end(): void {
    this.#asks.clear();
    // A server that was told to stop may go on for a while: that is nothing for the next client.
    if (this.#controller.signal.aborted) this.#connection.close();
    else this.#target.upstream.pool.giveBack(this.#connection);
    this.#onEnd();
  }
}

interface Waiting {
  exchange: Exchange;
  timer: NodeJS.Timeout;
}

export class Exchanges {
  /** By the state that the client hands back. */
  readonly #waiting = new Map<string, Waiting>();

  /** The raw result of the first round. */
  async begin(call: ModernCall, target: Target): Promise<string> {
    const { pool } = target.upstream;
    const connection = await pool.borrow(call.envelope.capabilities);
    await setLogLevel(connection, call);
    let state: string | undefined;
    const exchange = new Exchange(connection, call, target, () => state && this.#forget(state));
    return this.#outcome(exchange, call, (given) => {
      state = given;
    });
  }

  /** The raw result of a further round; undefined if the request is not one, or is the business of a server. */
  async resume(call: ModernCall): Promise<string | undefined> {
    const { requestState } = call.request.values;
    if (typeof requestState !== 'string' || !requestState.startsWith(STATE_PREFIX)) return undefined;
    const exchange = this.#forget(requestState)?.exchange;
    if (exchange === undefined) {
      throw new RpcError(ErrorCode.invalidParams, 'requestState is unknown or has expired: send the request anew');
    }
    exchange.answer(responsesOf(call.request));
    return this.#outcome(exchange, call, () => {});
  }

  async #outcome(exchange: Exchange, call: ModernCall, onState: (state: string) => void): Promise<string> {
    const result = await exchange.round(call);
    if (result !== undefined) return exchange.complete(result);
    const state = `${STATE_PREFIX}${randomUUID()}`;
    onState(state);
    this.#keep(state, exchange);
    const questions = exchange.questions();
    return `{"resultType":"input_required","inputRequests":${questions},"requestState":"${state}","_meta":${RESULT_META}}`;
  }

  #keep(state: string, exchange: Exchange): void {
    const expire = () => {
      this.#forget(state);
      exchange.abort();
    };
    this.#waiting.set(state, { exchange, timer: setTimeout(expire, PATIENCE_MS).unref() });
    if (this.#waiting.size <= MAX_WAITING) return;
    const [oldest, waiting] = this.#waiting.entries().next().value as [string, Waiting];
    this.#forget(oldest);
    waiting.exchange.abort();
  }

  #forget(state: string): Waiting | undefined {
    const waiting = this.#waiting.get(state);
    this.#waiting.delete(state);
    clearTimeout(waiting?.timer);
    return waiting;
  }
}

const STATE_PREFIX = 'mcpk-gateway:';

function responsesOf({ params, values }: rpc.Request): Map<string, string> {
  if (values.inputResponses === undefined) return new Map();
  if (!isObject(values.inputResponses)) throw new RpcError(ErrorCode.invalidParams, 'inputResponses must be an object');
  return members(members(params as string).get('inputResponses') as string);
}

/** In this revision each request says what it wants logged; older servers are told once and for all. */
async function setLogLevel(connection: Connection, { request, envelope }: ModernCall): Promise<void> {
  if (!envelope.wantsLog || !isObject(connection.capabilities.logging)) return;
  const meta = request.values._meta as Record<string, unknown>;
  const params = JSON.stringify({ level: meta[Meta.logLevel] });
  await connection.call('logging/setLevel', params, { timeoutMs: 5000 }).catch(() => {});
}
