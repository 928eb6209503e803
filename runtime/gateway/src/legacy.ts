/** What the gateway answers to clients of the handshake era, revisions 2024-11-05 to 2025-11-25. */
import type { Catalogue } from './catalogue.ts';
import { canBeAsked, relayedCapabilities } from './client-capabilities.ts';
import { IDENTITY } from './envelope.ts';
import { members } from './json-text.ts';
import * as rpc from './jsonrpc.ts';
import { asRpcError, ErrorCode, RpcError } from './jsonrpc.ts';
import { LISTS } from './listing.ts';
import type { Observer } from './observer.ts';
import { offeredCapabilities, offeredInstructions } from './offered.ts';
import { firstAnswer, listedKind, locate, type Target, type TraceContext } from './relay.ts';
import type { Sink } from './reply.ts';
import type { Running, Session } from './session.ts';
import type { Sessions } from './sessions.ts';

export const LEGACY_REVISIONS = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'];

const LOG_LEVELS = ['debug', 'info', 'notice', 'warning', 'error', 'critical', 'alert', 'emergency'];

export class LegacyHandler {
  readonly #catalogue: Catalogue;
  readonly #sessions: Sessions;

  constructor(catalogue: Catalogue, sessions: Sessions) {
    this.#catalogue = catalogue;
    this.#sessions = sessions;
  }

  /**
   * Opens a session. Undefined when there is no place for one.
   * Throws invalid params for an initialize without a revision.
   */
  initialize(message: rpc.Request): { session: Session; answer: string } | undefined {
    const { protocolVersion } = message.values;
    if (typeof protocolVersion !== 'string') {
      throw new RpcError(ErrorCode.invalidParams, 'initialize needs params.protocolVersion');
    }
    // The client's own, or the newest of this era for it to take or leave.
    const revision = LEGACY_REVISIONS.includes(protocolVersion) ? protocolVersion : (LEGACY_REVISIONS[0] as string);
    const raw = members(message.params as string).get('capabilities');
    const session = this.#sessions.create(revision, relayedCapabilities(raw));
    if (session === undefined) return undefined;
    const { upstreams } = this.#catalogue;
    if (canBeAsked(session.capabilities)) for (const upstream of upstreams) upstream.learn(session.capabilities);
    const instructions = offeredInstructions(upstreams);
    const result = JSON.stringify({
      protocolVersion: revision,
      capabilities: offeredCapabilities(upstreams),
      serverInfo: IDENTITY,
      ...(instructions === undefined ? {} : { instructions }),
    });
    return { session, answer: rpc.resultMessage(message.id, result) };
  }

  /** The raw response; undefined for a request that was cancelled, which gets none. */
  async request(
    session: Session,
    request: rpc.Request,
    sink: Sink,
    trace: TraceContext,
    observer: Observer,
  ): Promise<string | undefined> {
    const running: Running = { controller: new AbortController(), sink };
    session.running.set(request.id, running);
    try {
      const result = await this.#result(session, request, running, trace, observer);
      return running.controller.signal.aborted ? undefined : rpc.resultMessage(request.id, result);
    } catch (error) {
      if (running.controller.signal.aborted) return undefined;
      observer.failed(asRpcError(error));
      return rpc.errorMessage(request.id, asRpcError(error));
    } finally {
      if (session.running.get(request.id) === running) session.running.delete(request.id);
      session.served();
    }
  }

  async notification(session: Session, { method, params, values }: rpc.Message): Promise<void> {
    switch (method) {
      case 'notifications/initialized':
        return;
      case 'notifications/cancelled':
        if (values.requestId !== undefined) {
          session.running.get(members(params as string).get('requestId') as string)?.controller.abort();
        }
        return;
      case 'notifications/progress':
        if (params !== undefined) session.progressed(params);
        return;
      default:
        // roots/list_changed, and whatever an extension adds: it concerns every server that knows this client.
        for (const connection of await session.openConnections()) connection.notify(method as string, params);
    }
  }

  async #result(
    session: Session,
    request: rpc.Request,
    running: Running,
    trace: TraceContext,
    observer: Observer,
  ): Promise<string> {
    const kind = listedKind(request.method);
    if (kind !== undefined) {
      const { items, nextCursor } = await this.#catalogue.page(kind, request.values.cursor);
      const next = nextCursor === undefined ? '' : `,"nextCursor":${JSON.stringify(nextCursor)}`;
      return `{"${LISTS[kind].member}":[${items.join(',')}]${next}}`;
    }
    if (request.method === 'ping') return '{}';
    if (request.method === 'logging/setLevel') return this.#setLevel(session, request);
    const targets = await locate(this.#catalogue, request, trace);
    return firstAnswer(targets, (target) => this.#ask(session, request, target, running, observer));
  }

  async #ask(
    session: Session,
    request: rpc.Request,
    target: Target,
    running: Running,
    observer: Observer,
  ): Promise<string> {
    const { upstream } = target;
    const end = observer.upstream(upstream.name);
    try {
      const connection = await session.connection(upstream);
      running.connection = connection;
      const result = await connection.call(target.method, target.params, {
        timeoutMs: upstream.config.requestMs,
        signal: running.controller.signal,
        onProgress: (progress) => running.sink.emit(rpc.notification('notifications/progress', progress)),
      });
      this.#remember(session, request, target);
      return target.fix(result);
    } catch (error) {
      throw asRpcError(error).from(upstream.name);
    } finally {
      end();
    }
  }

  /** What has to be said again to a connection that takes this one's place. */
  #remember({ subscriptions }: Session, { method, values }: rpc.Request, target: Target): void {
    if (method === 'resources/subscribe') {
      subscriptions.add(target.upstream, target.params as string, values.uri as string);
    } else if (method === 'resources/unsubscribe') {
      subscriptions.remove(values.uri as string);
    }
  }

  /** Every server that the session talks to is told, now or when it is first needed. */
  async #setLevel(session: Session, { params, values }: rpc.Request): Promise<string> {
    if (!LOG_LEVELS.includes(values.level as string)) {
      throw new RpcError(ErrorCode.invalidParams, `logging/setLevel needs a level: ${LOG_LEVELS.join(', ')}`);
    }
    session.logLevel = params;
    const connections = await session.openConnections();
    const logging = connections.filter(({ capabilities }) => rpc.isObject(capabilities.logging));
    await Promise.allSettled(logging.map((one) => one.call('logging/setLevel', params, { timeoutMs: LEVEL_MS })));
    return '{}';
  }
}

/** A server that is busy may take the level later. */
const LEVEL_MS = 5000;
