/** One initialized connection to a server: requests out, answers and progress back. */
import type { Endpoint } from './config.ts';
import { members, replaceMember } from './json-text.ts';
import * as rpc from './jsonrpc.ts';
import { ErrorCode, RpcError } from './jsonrpc.ts';
import { onLines } from './lines.ts';
import { openTransport, type Transport } from './transport.ts';

declare const __MCPK_VERSION__: string;

/** The newest revision that stdio servers speak. */
const UPSTREAM_REVISION = '2025-11-25';

export interface CallOptions {
  timeoutMs: number;
  /** Gets the raw params of progress notifications, with the client's own token put back. */
  onProgress?: (params: string) => void;
  /** Aborting sends notifications/cancelled and rejects. */
  signal?: AbortSignal;
}

interface PendingCall {
  resolve: (result: string) => void;
  reject: (error: RpcError) => void;
  clientToken: string | undefined;
  onProgress: ((params: string) => void) | undefined;
}

export class Connection {
  readonly #transport: Transport;
  readonly #calls = new Map<number, PendingCall>();
  readonly #closeListeners: Array<() => void> = [];
  #nextId = 1;
  #closed: RpcError | undefined;
  capabilities: Record<string, unknown> = {};
  onListChanged: ((what: string) => void) | undefined;

  private constructor(transport: Transport) {
    this.#transport = transport;
    transport.onClose((reason) => this.#end(reason?.message ?? 'connection closed'));
    onLines(
      transport.input,
      (line) => this.#receive(line),
      () => this.#fail('a message over 16 MiB'),
    );
  }

  /** Connects and initializes. Messages of errors read like docker/mcp-gateway's. */
  static async open(endpoint: Endpoint, timeoutMs: number): Promise<Connection> {
    const connection = new Connection(await openTransport(endpoint));
    const params = {
      protocolVersion: UPSTREAM_REVISION,
      capabilities: {},
      clientInfo: { name: 'mcpk-gateway', version: __MCPK_VERSION__ },
    };
    try {
      const result = await connection.call('initialize', JSON.stringify(params), { timeoutMs });
      const { capabilities } = JSON.parse(result) as { capabilities?: unknown };
      if (rpc.isObject(capabilities)) connection.capabilities = capabilities;
    } catch (error) {
      connection.close();
      throw new Error(`calling "initialize": ${(error as Error).message}`);
    }
    connection.notify('notifications/initialized');
    return connection;
  }

  get isOpen(): boolean {
    return this.#closed === undefined;
  }

  onClose(listener: () => void): void {
    if (this.isOpen) this.#closeListeners.push(listener);
    else listener();
  }

  close(): void {
    this.#fail('connection closed');
  }

  notify(method: string, params?: string): void {
    this.#send(rpc.notification(method, params));
  }

  /** Resolves with the raw result. */
  call(method: string, params: string | undefined, options: CallOptions): Promise<string> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    const id = this.#nextId++;
    const token = progressToken(params);
    return new Promise<string>((resolve, reject) => {
      const settle = () => {
        clearTimeout(timer);
        options.signal?.removeEventListener('abort', onAbort);
        this.#calls.delete(id);
      };
      const giveUp = (error: RpcError) => {
        if (!this.#calls.has(id)) return;
        settle();
        // MCP forbids cancelling initialize; the caller closes the connection then.
        if (method !== 'initialize') this.#cancel(id, error.message);
        reject(error);
      };
      const onAbort = () => giveUp(new RpcError(ErrorCode.unavailable, 'cancelled by the client'));
      const seconds = options.timeoutMs / 1000;
      const timer = setTimeout(
        () => giveUp(new RpcError(ErrorCode.timeout, `no answer in ${seconds}s`)),
        options.timeoutMs,
      );
      options.signal?.addEventListener('abort', onAbort);
      this.#calls.set(id, {
        clientToken: token,
        onProgress: options.onProgress,
        resolve: (result) => {
          settle();
          resolve(result);
        },
        reject: (error) => {
          settle();
          reject(error);
        },
      });
      this.#send(rpc.request(String(id), method, withToken(params, token, id)));
      if (options.signal?.aborted) onAbort();
    });
  }

  #cancel(id: number, reason: string): void {
    this.notify('notifications/cancelled', JSON.stringify({ requestId: id, reason }));
  }

  #send(message: string): void {
    if (this.#closed === undefined) this.#transport.output.write(`${message}\n`);
  }

  #receive(line: string): void {
    let message: rpc.Message | undefined;
    try {
      message = rpc.parseMessage(line);
    } catch {
      // Noise on stdout, which docker's bridge lets through.
      return;
    }
    if (message === undefined) return;
    if (message.method === undefined) this.#settle(message);
    else if (message.id !== undefined) this.#answer(message.id, message.method);
    else this.#notice(message.method, message.params);
  }

  #settle(message: rpc.Message): void {
    const call = this.#calls.get(Number(message.id));
    if (call === undefined) {
      // An error without an id is about the connection: nobody else will be told.
      if (message.id === 'null' && message.error !== undefined) this.#fail(RpcError.fromRaw(message.error).message);
      return;
    }
    if (message.error !== undefined) call.reject(RpcError.fromRaw(message.error));
    else call.resolve(message.result as string);
  }

  /** What a server may ask of a client without any capability: only whether it is there. */
  #answer(id: string, method: string): void {
    const refusal = new RpcError(ErrorCode.methodNotFound, `the gateway does not offer ${method}`);
    this.#send(method === 'ping' ? rpc.resultMessage(id, '{}') : rpc.errorMessage(id, refusal));
  }

  #notice(method: string, params: string | undefined): void {
    const changed = /^notifications\/(\w+)\/list_changed$/.exec(method);
    if (changed !== null) this.onListChanged?.(changed[1] as string);
    if (method !== 'notifications/progress' || params === undefined) return;
    const call = this.#calls.get(Number(members(params).get('progressToken')));
    if (call?.clientToken === undefined) return;
    call.onProgress?.(replaceMember(params, 'progressToken', call.clientToken));
  }

  #fail(reason: string): void {
    this.#end(reason);
    this.#transport.close();
  }

  #end(reason: string): void {
    if (this.#closed !== undefined) return;
    this.#closed = new RpcError(ErrorCode.unavailable, reason);
    for (const call of [...this.#calls.values()]) call.reject(this.#closed);
    for (const listener of this.#closeListeners) listener();
  }
}

function progressToken(params: string | undefined): string | undefined {
  if (params?.includes('progressToken') !== true) return undefined;
  const meta = members(params).get('_meta');
  return meta?.startsWith('{') ? members(meta).get('progressToken') : undefined;
}

/** Two clients may use the same token, so each request goes out with one of the gateway's. */
function withToken(params: string | undefined, token: string | undefined, id: number): string | undefined {
  if (params === undefined || token === undefined) return params;
  const meta = members(params).get('_meta') as string;
  return replaceMember(params, '_meta', replaceMember(meta, 'progressToken', String(id)));
}
