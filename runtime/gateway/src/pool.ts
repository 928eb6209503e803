/**
 * The connections to one server. Behind a bridge each is a process of its own, so what a client leaves in one is
 * never seen by another: a session of the handshake era keeps its connection for itself; stateless clients share
 * one, and borrow one alone for as long as the server must be able to ask them back.
 */
import { type Address, Connection } from './connection.ts';
import { OWN_ENVELOPE } from './envelope.ts';
import { ErrorCode, RpcError } from './jsonrpc.ts';

/** How long a server may think about server/discover, which the older ones do not know. */
const PROBE_MS = 3000;
const MAX_PING_MS = 10_000;
/** A connection that was silent for so long is asked whether it still is one. */
const SILENT_MS = 60_000;
/** Borrowed connections kept for the next borrower. */
const MAX_SPARE = 2;

export interface PoolHooks {
  opened(connection: Connection): void;
  closed(connection: Connection): void;
  /** From now on stateless clients share it. */
  shared(connection: Connection): void;
}

export class Pool {
  readonly #address: Address;
  readonly #initializeMs: number;
  readonly #max: number;
  readonly #pingMs: number;
  readonly #hooks: PoolHooks;
  readonly #all = new Set<Connection>();
  #opening = 0;
  /** Initialized, and no client has used it. */
  #parked: Connection | undefined;
  #shared: Promise<Connection> | undefined;
  #spare: Connection[] = [];
  #stopped = false;
  /** The protocol era that stateless clients get; undefined until one has come. */
  era: 'legacy' | 'modern' | undefined;
  /** Raw client capabilities of the session that came last: the next will probably have the same. */
  wanted = '{}';

  constructor(address: Address, options: { initializeMs: number; requestMs: number; max: number }, hooks: PoolHooks) {
    this.#address = address;
    this.#initializeMs = options.initializeMs;
    this.#max = options.max;
    this.#pingMs = Math.min(MAX_PING_MS, options.requestMs);
    this.#hooks = hooks;
  }

  get size(): number {
    return this.#all.size;
  }

  /** A connection that has been initialized with these raw client capabilities. */
  open(capabilities: string): Promise<Connection> {
    return this.#add(() => Connection.open(this.#address, capabilities, this.#initializeMs));
  }

  /** Keeps a fresh connection for the next session; the one that waited until now is closed. */
  park(connection: Connection): void {
    if (!connection.isOpen) return;
    const last = this.#parked;
    this.#parked = connection;
    last?.close();
  }

  /** A connection for one session alone. */
  async take(capabilities: string): Promise<Connection> {
    this.wanted = capabilities;
    if (this.#parked?.told === capabilities) return this.#unpark(this.#parked);
    const connection = await this.open(capabilities);
    // One is enough to see that the server is there, and the next session will rather want another one.
    if (this.#parked?.told !== this.wanted) this.#parked?.close();
    return connection;
  }

  #unpark(connection: Connection): Connection {
    this.#parked = undefined;
    return connection;
  }

  /** The connection that stateless requests share. */
  shared(): Promise<Connection> {
    this.#shared ??= this.#share();
    return this.#shared;
  }

  async #share(): Promise<Connection> {
    try {
      const connection = await (this.era === undefined ? this.#probe() : this.#forSharing());
      connection.onClose(() => {
        this.#shared = undefined;
      });
      this.#hooks.shared(connection);
      return connection;
    } catch (error) {
      this.#shared = undefined;
      throw error;
    }
  }

  #forSharing(): Promise<Connection> {
    if (this.era === 'modern') return this.#openModern();
    return this.#parked?.told === '{}' ? Promise.resolve(this.#unpark(this.#parked)) : this.open('{}');
  }

  /** A server of the older era answers with some error, keeps silent or exits. */
  async #probe(): Promise<Connection> {
    try {
      const connection = await this.#openModern();
      this.era = 'modern';
      return connection;
    } catch {
      const connection = await this.#forSharing();
      this.era = 'legacy';
      return connection;
    }
  }

  #openModern(): Promise<Connection> {
    return this.#add(async () => {
      const connection = await Connection.reach(this.#address);
      try {
        await connection.discover(this.era === undefined ? PROBE_MS : this.#initializeMs);
      } catch (error) {
        connection.close();
        throw error;
      }
      return connection;
    });
  }

  /** A connection for one stateless request alone, in the era that the server speaks. */
  async borrow(capabilities: string): Promise<Connection> {
    if (this.era === undefined) await this.shared();
    const told = this.era === 'modern' ? '{}' : capabilities;
    const spare = this.#spare.findIndex((connection) => connection.told === told);
    if (spare !== -1) return this.#spare.splice(spare, 1)[0] as Connection;
    return this.era === 'modern' ? this.#openModern() : this.open(capabilities);
  }

  giveBack(connection: Connection): void {
    connection.own(undefined);
    if (!connection.isOpen || connection.isBusy || this.#spare.length >= MAX_SPARE) connection.close();
    else this.#spare.push(connection);
  }

  stop(): void {
    this.#stopped = true;
    for (const connection of [...this.#all]) connection.close('the gateway is stopping');
  }

  /** Finds out about connections that are dead without a sign: a node that is gone sends no reset. */
  checkSilent(): void {
    const now = performance.now();
    for (const connection of this.#all) {
      const silent = now - connection.heardAt;
      if (silent > SILENT_MS || (connection.isSuspect && silent > this.#pingMs)) void this.#ping(connection);
    }
  }

  async #ping(connection: Connection): Promise<void> {
    const modern = connection.era === 'modern';
    const method = modern ? 'server/discover' : 'ping';
    try {
      await connection.call(method, modern ? `{"_meta":${OWN_ENVELOPE}}` : undefined, { timeoutMs: this.#pingMs });
    } catch (error) {
      // Any answer is a sign of life, an error too.
      if ((error as RpcError).code === ErrorCode.timeout) connection.fail('no answer to a ping');
    }
  }

  async #add(open: () => Promise<Connection>): Promise<Connection> {
    this.#makeRoom();
    this.#opening++;
    try {
      const connection = await open();
      this.#all.add(connection);
      connection.onClose(() => this.#remove(connection));
      this.#hooks.opened(connection);
      if (this.#stopped) connection.close();
      return connection;
    } finally {
      this.#opening--;
    }
  }

  #remove(connection: Connection): void {
    this.#all.delete(connection);
    this.#spare = this.#spare.filter((spare) => spare !== connection);
    if (this.#parked === connection) this.#parked = undefined;
    this.#hooks.closed(connection);
  }

  /** Over the limit, the connection that has been idle longest goes; its session will open another one if it comes back. */
  #makeRoom(): void {
    if (this.#all.size + this.#opening < this.#max) return;
    let oldest: Connection | undefined = this.#spare[0] ?? this.#parked;
    let since = oldest === undefined ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
    for (const connection of this.#all) {
      const idleSince = connection.owner?.idleSince(connection) ?? Number.POSITIVE_INFINITY;
      if (idleSince < since) [oldest, since] = [connection, idleSince];
    }
    if (oldest === undefined) throw new RpcError(ErrorCode.unavailable, `all ${this.#max} connections are at work`);
    oldest.close('its place was needed by another client');
  }
}
