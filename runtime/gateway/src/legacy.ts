/** What the gateway answers to clients of the initialize era. */
import type { Catalogue } from './catalogue.ts';
import { members, replaceMember } from './json-text.ts';
import * as rpc from './jsonrpc.ts';
import { asRpcError, ErrorCode, RpcError } from './jsonrpc.ts';
import type { Session } from './sessions.ts';

declare const __MCPK_VERSION__: string;

export const REVISIONS = ['2025-11-25', '2025-06-18', '2025-03-26', '2024-11-05'];

/** The revision to speak: the client's own, or the newest of this era for the client to take or leave. */
export function negotiate(params: string | undefined): string {
  const value: unknown = params === undefined ? undefined : JSON.parse(params);
  if (!rpc.isObject(value) || typeof value.protocolVersion !== 'string') {
    throw new RpcError(ErrorCode.invalidParams, 'initialize needs params.protocolVersion');
  }
  return REVISIONS.find((revision) => revision === value.protocolVersion) ?? (REVISIONS[0] as string);
}

export function initializeResult(revision: string): string {
  return JSON.stringify({
    protocolVersion: revision,
    capabilities: { tools: {} },
    serverInfo: { name: 'mcpk-gateway', version: __MCPK_VERSION__ },
  });
}

/** Sends a raw notification to the client while its request is being served. */
export type Emit = (notification: string) => void;

export class LegacyHandler {
  readonly #catalogue: Catalogue;

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue;
  }

  /** The raw response; undefined for a request that was cancelled, which gets none. */
  async request(session: Session, message: rpc.Message & { id: string }, emit: Emit): Promise<string | undefined> {
    const controller = new AbortController();
    session.running.set(message.id, controller);
    try {
      return rpc.resultMessage(message.id, await this.#result(session, message, emit, controller.signal));
    } catch (error) {
      return controller.signal.aborted ? undefined : rpc.errorMessage(message.id, asRpcError(error));
    } finally {
      session.running.delete(message.id);
    }
  }

  notification(session: Session, message: rpc.Message): void {
    if (message.method !== 'notifications/cancelled' || message.params === undefined) return;
    const id = members(message.params).get('requestId');
    if (id !== undefined) session.running.get(id)?.abort();
  }

  async #result(session: Session, message: rpc.Message, emit: Emit, signal: AbortSignal): Promise<string> {
    switch (message.method) {
      case 'ping':
        return '{}';
      case 'tools/list':
        return this.#list(message.params);
      case 'tools/call':
        return this.#call(session, message.params, emit, signal);
      default:
        throw new RpcError(ErrorCode.methodNotFound, `method not found: ${message.method}`);
    }
  }

  /** One page holds everything, so no cursor can be the gateway's. */
  async #list(params: string | undefined): Promise<string> {
    const value: unknown = params === undefined ? {} : JSON.parse(params);
    if (rpc.isObject(value) && typeof value.cursor === 'string') {
      throw new RpcError(ErrorCode.invalidParams, 'unknown cursor');
    }
    return this.#catalogue.list();
  }

  async #call(session: Session, params: string | undefined, emit: Emit, signal: AbortSignal): Promise<string> {
    const value: unknown = params === undefined ? undefined : JSON.parse(params);
    if (params === undefined || !rpc.isObject(value) || typeof value.name !== 'string') {
      throw new RpcError(ErrorCode.invalidParams, 'tools/call needs params.name');
    }
    const { upstream, tool } = this.#catalogue.route(value.name);
    const upstreamParams = tool === value.name ? params : replaceMember(params, 'name', JSON.stringify(tool));
    try {
      const connection = await session.connection(upstream);
      return await connection.call('tools/call', upstreamParams, {
        timeoutMs: upstream.requestMs,
        signal,
        onProgress: (progress) => emit(rpc.notification('notifications/progress', progress)),
      });
    } catch (error) {
      throw asRpcError(error).from(upstream.name);
    }
  }
}
