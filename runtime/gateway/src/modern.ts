/** What the gateway answers to clients of the revision 2026-07-28, which has neither handshake nor sessions. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Catalogue } from './catalogue.ts';
import { canBeAsked } from './client-capabilities.ts';
import type { Connection, Owner } from './connection.ts';
import { Exchanges } from './exchanges.ts';
import { HttpError } from './http-error.ts';
import { members } from './json-text.ts';
import * as rpc from './jsonrpc.ts';
import { asRpcError, ErrorCode, RpcError } from './jsonrpc.ts';
import { LISTS } from './listing.ts';
import { type Envelope, REVISIONS } from './modern-request.ts';
import { complete, own } from './modern-result.ts';
import type { Observer } from './observer.ts';
import { offeredCapabilities, offeredInstructions } from './offered.ts';
import { checkParamHeaders } from './param-headers.ts';
import { firstAnswer, listedKind, locate, type Target, type TraceContext } from './relay.ts';
import type { Sink } from './reply.ts';

const RELAYED = new Set(['tools/call', 'prompts/get', 'resources/read', 'completion/complete']);
/** Methods in which a server may ask the client back. */
const CAN_ASK = new Set(['tools/call', 'prompts/get', 'resources/read']);

export interface ModernCall {
  headers: IncomingHttpHeaders;
  request: rpc.Request;
  envelope: Envelope;
  sink: Sink;
  /** Aborted when the client closes its connection, which is how it cancels. */
  signal: AbortSignal;
  trace: TraceContext;
  observer: Observer;
}

export class ModernHandler {
  readonly #catalogue: Catalogue;
  readonly #exchanges = new Exchanges();

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue;
  }

  /**
   * The raw result.
   * Throws an RpcError that goes into the answer, or an HttpError where the specification gives a status.
   */
  async result(call: ModernCall): Promise<string> {
    const { method, values } = call.request;
    if (method === 'server/discover') return this.#discover();
    const kind = listedKind(method);
    if (kind !== undefined) {
      const { items, nextCursor } = await this.#catalogue.page(kind, values.cursor);
      const next = nextCursor === undefined ? '' : `,"nextCursor":${JSON.stringify(nextCursor)}`;
      return own(`"${LISTS[kind].member}":[${items.join(',')}]${next}`);
    }
    if (!RELAYED.has(method)) {
      throw new HttpError(404, new RpcError(ErrorCode.methodNotFound, `method not found: ${method}`));
    }
    return this.#relay(call);
  }

  #discover(): string {
    const { upstreams } = this.#catalogue;
    const instructions = offeredInstructions(upstreams);
    const said = instructions === undefined ? '' : `,"instructions":${JSON.stringify(instructions)}`;
    const capabilities = JSON.stringify(offeredCapabilities(upstreams));
    return own(`"supportedVersions":${JSON.stringify(REVISIONS)},"capabilities":${capabilities}${said}`);
  }

  async #relay(call: ModernCall): Promise<string> {
    try {
      const resumed = await this.#exchanges.resume(call);
      if (resumed !== undefined) return resumed;
      const targets = await locate(this.#catalogue, call.request, call.trace);
      if (call.request.method === 'tools/call') this.#checkParamHeaders(call);
      return await firstAnswer(targets, (target) => this.#ask(call, target));
    } catch (error) {
      throw error instanceof HttpError ? error : modernError(asRpcError(error), call.request);
    }
  }

  #checkParamHeaders({ headers, request: { values } }: ModernCall): void {
    const { raw } = this.#catalogue.route('tools', values.name as string);
    if (raw !== undefined) checkParamHeaders(headers, raw, values.arguments);
  }

  async #ask(call: ModernCall, target: Target): Promise<string> {
    const { pool, name } = target.upstream;
    const end = call.observer.upstream(name);
    try {
      const shared = await pool.shared();
      if (pool.era === 'modern') return target.fix(await this.#passOn(call, target, shared));
      const { capabilities, wantsLog } = call.envelope;
      const mayAsk = CAN_ASK.has(target.method) && canBeAsked(capabilities);
      if (mayAsk || wantsLog) return await this.#exchanges.begin(call, target);
      return complete(target, await callOn(shared, call, target));
    } catch (error) {
      throw error instanceof HttpError ? error : asRpcError(error).from(name);
    } finally {
      end();
    }
  }

  /** The server speaks the revision itself: nothing is touched. It only gets a connection alone if it is to log. */
  async #passOn(call: ModernCall, target: Target, shared: Connection): Promise<string> {
    if (!call.envelope.wantsLog) return callOn(shared, call, target);
    const { pool } = target.upstream;
    const connection = await pool.borrow('{}');
    connection.own(forwardingTo(call.sink));
    try {
      return await callOn(connection, call, target);
    } finally {
      pool.giveBack(connection);
    }
  }
}

function callOn(connection: Connection, { sink, signal }: ModernCall, target: Target): Promise<string> {
  return connection.call(target.method, target.params, {
    timeoutMs: target.upstream.config.requestMs,
    signal,
    onProgress: (progress) => sink.emit(rpc.notification('notifications/progress', progress)),
  });
}

/** A stateless server asks nothing by itself, and what it says belongs to the one request that it serves. */
function forwardingTo(sink: Sink): Owner {
  return {
    onNotice: (_, method, params) => {
      if (method === 'notifications/message') sink.emit(rpc.notification(method, params));
    },
    idleSince: () => undefined,
  };
}

/** Codes that changed with the revision, and the HTTP status that some have. */
function modernError(error: RpcError, { method, params }: rpc.Request): RpcError | HttpError {
  if (error.code === ErrorCode.resourceNotFound) {
    const uri = method === 'resources/read' ? members(params as string).get('uri') : undefined;
    return new RpcError(ErrorCode.invalidParams, error.message, error.data ?? (uri && `{"uri":${uri}}`));
  }
  const status = STATUS[error.code];
  return status === undefined ? error : new HttpError(status, error);
}

const STATUS: Record<number, number> = {
  [ErrorCode.methodNotFound]: 404,
  [ErrorCode.missingClientCapability]: 400,
};
