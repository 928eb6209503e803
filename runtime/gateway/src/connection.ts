/** One connection to a server that has been introduced: requests in both directions, notifications in both. */
import type { Endpoint } from './config.ts';
import { IDENTITY, OWN_ENVELOPE } from './envelope.ts';
import { members, replaceMember } from './json-text.ts';
import * as rpc from './jsonrpc.ts';
import { ErrorCode, RpcError } from './jsonrpc.ts';
import { onLines } from './lines.ts';
import { log } from './log.ts';
import { PendingCall } from './pending-call.ts';
import { openTransport, type Transport } from './transport.ts';

/** The newest revision with a handshake. */
const LEGACY_REVISION = '2025-11-25';
/** Bytes that a server may leave unread before it counts as dead. */
const MAX_UNREAD = 64 * 1024 * 1024;

/** The longest time that a timer takes: for requests that are answered when the server ends, as subscriptions are. */
export const FOR_EVER_MS = 2 ** 31 - 1;

export interface CallOptions {
  timeoutMs: number;
  /** Gets the raw params of progress notifications, with the client's own token put back. */
  onProgress?: ((params: string) => void) | undefined;
  /** Aborting sends notifications/cancelled and rejects. */
  signal?: AbortSignal | undefined;
}

/** Who uses a connection, and so is the client to whom the server speaks. */
export interface Owner {
  /** A request of the server's; it is answered by `connection.answer`, now or later. Missing: nobody can be asked. */
  onAsk?(connection: Connection, ask: rpc.Request): void;
  onNotice(connection: Connection, method: string, params: string | undefined): void;
  /** Since when, by performance.now(), nothing is under way; undefined while something is. */
  idleSince(connection: Connection): number | undefined;
}

export interface Address {
  name: string;
  endpoint: Endpoint;
  maxLine: number;
}

export class Connection {
  readonly #transport: Transport;
  readonly #name: string;
  readonly #calls = new Map<number, PendingCall>();
  /** Raw ids of the server's requests that nobody has answered yet. */
  readonly #asks = new Set<string>();
  readonly #closeListeners: Array<() => void> = [];
  #nextId = 1;
  #closed: RpcError | undefined;
  /** Why the connection ended, if not because the gateway wanted it to. */
  lostBy: string | undefined;
  #wroteNoise = false;
  #owner: Owner | undefined;
  #timedOutAt: number | undefined;
  #heardAt = performance.now();
  era: 'legacy' | 'modern' = 'legacy';
  capabilities: Record<string, unknown> = {};
  instructions: string | undefined;
  /** Raw client capabilities that the server was told. */
  told = '{}';
  onListChanged: ((what: string) => void) | undefined;

  private constructor(transport: Transport, address: Address) {
    this.#transport = transport;
    this.#name = address.name;
    transport.onClose((reason) => this.fail(reason?.message ?? 'the server closed the connection'));
    onLines(
      transport.input,
      address.maxLine,
      (line) => this.#receive(line),
      () => this.fail(`a message over ${address.maxLine} bytes`),
    );
  }

  /** Connects, without a word yet. */
  static async reach(address: Address): Promise<Connection> {
    return new Connection(await openTransport(address.endpoint, address.name), address);
  }

  /** Connects and initializes. Messages of errors read like docker/mcp-gateway's. */
  static async open(address: Address, capabilities: string, timeoutMs: number): Promise<Connection> {
    const connection = await Connection.reach(address);
    await connection.initialize(capabilities, timeoutMs);
    return connection;
  }

  /** The handshake of the revisions up to 2025-11-25; closes the connection when it fails. */
  async initialize(capabilities: string, timeoutMs: number): Promise<void> {
    const params = `{"protocolVersion":"${LEGACY_REVISION}","capabilities":${capabilities},"clientInfo":${JSON.stringify(IDENTITY)}}`;
    try {
      this.#introduced(await this.call('initialize', params, { timeoutMs }));
    } catch (error) {
      this.close();
      throw new Error(`calling "initialize": ${(error as Error).message}`);
    }
    this.told = capabilities;
    this.notify('notifications/initialized');
  }

  /** Asks whether the server speaks 2026-07-28, which knows no handshake. Rejects if it does not. */
  async discover(timeoutMs: number): Promise<void> {
    this.#introduced(await this.call('server/discover', `{"_meta":${OWN_ENVELOPE}}`, { timeoutMs }));
    this.era = 'modern';
  }

  #introduced(result: string): void {
    const { capabilities, instructions } = JSON.parse(result) as Record<string, unknown>;
    if (rpc.isObject(capabilities)) this.capabilities = capabilities;
    if (typeof instructions === 'string') this.instructions = instructions;
  }

  get isOpen(): boolean {
    return this.#closed === undefined;
  }

  get isBusy(): boolean {
    return this.#calls.size > 0 || this.#asks.size > 0;
  }

  get owner(): Owner | undefined {
    return this.#owner;
  }

  /** When bytes last came from the server, by performance.now(). */
  get heardAt(): number {
    return this.#heardAt;
  }

  /** True if a request timed out and nothing has come since. */
  get isSuspect(): boolean {
    return this.#timedOutAt !== undefined && this.#heardAt <= this.#timedOutAt;
  }

  /** From now on the server speaks to this one. What it asked of the last owner is refused. */
  own(owner: Owner | undefined): void {
    this.#owner = owner;
    for (const id of [...this.#asks]) this.answer(id, new RpcError(ErrorCode.unavailable, 'the client has gone'));
  }

  onClose(listener: () => void): void {
    if (this.isOpen) this.#closeListeners.push(listener);
    else listener();
  }

  close(reason = 'connection closed'): void {
    this.#end(reason);
    this.#transport.close();
  }

  /** Closes a connection that is of no more use. */
  fail(reason: string): void {
    if (this.isOpen) this.lostBy = reason;
    this.close(reason);
  }

  notify(method: string, params?: string): void {
    this.#send(rpc.notification(method, params));
  }

  /** Answers a request of the server's by its raw id; a second answer is dropped. */
  answer(id: string, answer: { result: string } | RpcError): void {
    if (!this.#asks.delete(id)) return;
    // A person may have thought about it: the time starts anew.
    for (const call of this.#calls.values()) call.extend();
    this.#send(answer instanceof RpcError ? rpc.errorMessage(id, answer) : rpc.resultMessage(id, answer.result));
  }

  /** Resolves with the raw result. */
  call(method: string, params: string | undefined, options: CallOptions): Promise<string> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    const id = this.#nextId++;
    const token = progressToken(params);
    const call = new PendingCall(token, options, {
      isWaitingForClient: () => this.#asks.size > 0,
      giveUp: (reason) => {
        this.#timedOutAt = performance.now();
        // MCP forbids cancelling initialize; the caller closes the connection then.
        if (method !== 'initialize') this.notify('notifications/cancelled', JSON.stringify({ requestId: id, reason }));
      },
      settled: () => this.#calls.delete(id),
    });
    this.#calls.set(id, call);
    this.#send(rpc.request(String(id), method, withToken(params, token, id)));
    call.watch();
    return call.outcome;
  }

  #send(message: string): void {
    if (this.#closed !== undefined) return;
    const { output } = this.#transport;
    output.write(`${message}\n`);
    if (output.writableLength > MAX_UNREAD) this.fail('the server does not read what it is sent');
  }

  #receive(line: string): void {
    if (this.#closed !== undefined) return;
    this.#heardAt = performance.now();
    let message: rpc.Message | undefined;
    try {
      message = rpc.parseMessage(line);
    } catch {
      this.#noise(line);
      return;
    }
    if (message === undefined) return;
    if (message.method === undefined) this.#settle(message);
    else if (rpc.isRequest(message)) this.#ask(message);
    else this.#notice(message.method, message.params);
  }

  /** A bridge diverts it to the pod's log; of a child process, or docker's bridge, one line says enough. */
  #noise(line: string): void {
    if (!this.#wroteNoise) log(`  > ${this.#name}: not JSON on its stdout: ${JSON.stringify(line.slice(0, 200))}`);
    this.#wroteNoise = true;
  }

  #settle(message: rpc.Message): void {
    const call = this.#calls.get(Number(message.id));
    if (call === undefined) {
      // An error without an id is about the connection: nobody else will be told.
      if (message.id === 'null' && message.error !== undefined) this.fail(RpcError.fromRaw(message.error).message);
      return;
    }
    if (message.error !== undefined) call.reject(RpcError.fromRaw(message.error));
    else call.resolve(message.result as string);
  }

  #ask(ask: rpc.Request): void {
    this.#asks.add(ask.id);
    if (ask.method === 'ping') {
      this.answer(ask.id, { result: '{}' });
      return;
    }
    if (this.#owner?.onAsk !== undefined) {
      this.#owner.onAsk(this, ask);
      return;
    }
    this.answer(ask.id, new RpcError(ErrorCode.methodNotFound, `no client is there for ${ask.method}`));
  }

  #notice(method: string, params: string | undefined): void {
    const changed = /^notifications\/(tools|prompts|resources)\/list_changed$/.exec(method);
    if (changed !== null) {
      this.onListChanged?.(changed[1] as string);
      return;
    }
    if (method !== 'notifications/progress') {
      this.#owner?.onNotice(this, method, params);
      return;
    }
    if (params === undefined) return;
    const call = this.#calls.get(Number(members(params).get('progressToken')));
    if (call?.clientToken === undefined) return;
    call.progress(replaceMember(params, 'progressToken', call.clientToken));
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
