/** Sessions of clients of the initialize era (2024-11-05 to 2025-11-25). */
import { randomUUID } from 'node:crypto';
import type { Connection } from './connection.ts';
import type { Upstream } from './upstream.ts';

/** Clients almost never say goodbye, so sessions that nobody uses have to end by themselves. */
const SESSION_TTL_MS = 30 * 60_000;
const MAX_SESSIONS = 256;
const SWEEP_MS = 60_000;

export class Session {
  readonly id = randomUUID();
  readonly revision: string;
  /** Requests being served, by raw id, for notifications/cancelled. */
  readonly running = new Map<string, AbortController>();
  readonly #connections = new Map<Upstream, Promise<Connection>>();
  #closed = false;
  lastUsed = 0;
  /** HTTP requests being served: more than zero, and the session is not idle. */
  active = 0;

  constructor(revision: string) {
    this.revision = revision;
  }

  /** The session's own connection to a server, opened when first needed and again after it was lost. */
  connection(upstream: Upstream): Promise<Connection> {
    const known = this.#connections.get(upstream);
    if (known !== undefined) return known;
    const opening = this.#open(upstream);
    this.#connections.set(upstream, opening);
    opening.catch(() => this.#forget(upstream, opening));
    return opening;
  }

  async #open(upstream: Upstream): Promise<Connection> {
    const connection = await upstream.take();
    if (this.#closed) {
      upstream.release(connection);
      throw new Error('the session has ended');
    }
    const opening = this.#connections.get(upstream);
    connection.onClose(() => this.#forget(upstream, opening));
    return connection;
  }

  #forget(upstream: Upstream, opening: Promise<Connection> | undefined): void {
    if (this.#connections.get(upstream) === opening) this.#connections.delete(upstream);
  }

  close(): void {
    this.#closed = true;
    for (const controller of this.running.values()) controller.abort();
    for (const [upstream, opening] of this.#connections) {
      opening.then((connection) => upstream.release(connection)).catch(() => {});
    }
    this.#connections.clear();
  }
}

export class Sessions {
  readonly #sessions = new Map<string, Session>();
  readonly #now: () => number;
  readonly #sweeper: NodeJS.Timeout;

  constructor(now: () => number = Date.now) {
    this.#now = now;
    this.#sweeper = setInterval(() => this.sweep(), SWEEP_MS).unref();
  }

  get size(): number {
    return this.#sessions.size;
  }

  /** Undefined when all places are taken by sessions at work; otherwise the longest idle one makes room. */
  create(revision: string): Session | undefined {
    if (this.#sessions.size >= MAX_SESSIONS && !this.#evict()) return undefined;
    const session = new Session(revision);
    session.lastUsed = this.#now();
    this.#sessions.set(session.id, session);
    return session;
  }

  /** Finds a session and counts that as use. */
  use(id: string): Session | undefined {
    const session = this.#sessions.get(id);
    if (session === undefined) return undefined;
    session.lastUsed = this.#now();
    return session;
  }

  end(session: Session): void {
    this.#sessions.delete(session.id);
    session.close();
  }

  /** Ends what nobody has used for the time to live. */
  sweep(): void {
    for (const session of [...this.#sessions.values()]) {
      if (session.active === 0 && this.#now() - session.lastUsed >= SESSION_TTL_MS) this.end(session);
    }
  }

  closeAll(): void {
    clearInterval(this.#sweeper);
    for (const session of [...this.#sessions.values()]) this.end(session);
  }

  #evict(): boolean {
    let oldest: Session | undefined;
    for (const session of this.#sessions.values()) {
      if (session.active === 0 && session.lastUsed < (oldest?.lastUsed ?? Number.POSITIVE_INFINITY)) oldest = session;
    }
    if (oldest !== undefined) this.end(oldest);
    return oldest !== undefined;
  }
}
