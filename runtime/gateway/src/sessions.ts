/** All sessions of clients of the handshake era. Clients almost never say goodbye, so sessions end by themselves. */
import type { Limits } from './config.ts';
import { Session } from './session.ts';

const MAX_SWEEP_MS = 10_000;

export class Sessions {
  readonly #sessions = new Map<string, Session>();
  readonly #now: () => number;
  readonly #sweeper: NodeJS.Timeout;
  limits: Pick<Limits, 'sessions' | 'sessionIdleMs'>;
  /** Since the start: opened, ended for being idle, ended to make room. */
  readonly counts = { opened: 0, expired: 0, evicted: 0 };

  constructor(limits: Pick<Limits, 'sessions' | 'sessionIdleMs'>, now: () => number = Date.now) {
    this.limits = limits;
    this.#now = now;
    const everyMs = Math.min(MAX_SWEEP_MS, limits.sessionIdleMs / 2);
    this.#sweeper = setInterval(() => this.sweep(), everyMs).unref();
  }

  get size(): number {
    return this.#sessions.size;
  }

  all(): IterableIterator<Session> {
    return this.#sessions.values();
  }

  /** Undefined when all places are taken by sessions at work; otherwise the longest idle one makes room. */
  create(revision: string, capabilities: string): Session | undefined {
    if (this.#sessions.size >= this.limits.sessions && !this.#evict()) return undefined;
    const session = new Session(revision, capabilities);
    session.lastUsed = this.#now();
    this.#sessions.set(session.id, session);
    this.counts.opened++;
    return session;
  }

  /** Finds a session and counts that as use. */
  use(id: string): Session | undefined {
    const session = this.#sessions.get(id);
    if (session === undefined) return undefined;
    session.lastUsed = this.#now();
    // Keeps the map in the order of use.
    this.#sessions.delete(id);
    this.#sessions.set(id, session);
    return session;
  }

  /** Keeps a session from counting as idle while it is at work. */
  async during<T>(session: Session, work: () => Promise<T>): Promise<T> {
    session.active++;
    try {
      return await work();
    } finally {
      session.active--;
      this.use(session.id);
    }
  }

  end(session: Session): void {
    this.#sessions.delete(session.id);
    session.close();
  }

  /** Ends what nobody has used for the time to live. */
  sweep(): void {
    for (const session of [...this.#sessions.values()]) {
      if (session.active > 0 || this.#now() - session.lastUsed < this.limits.sessionIdleMs) continue;
      this.counts.expired++;
      this.end(session);
    }
  }

  closeAll(): void {
    clearInterval(this.#sweeper);
    for (const session of [...this.#sessions.values()]) this.end(session);
  }

  #evict(): boolean {
    for (const session of this.#sessions.values()) {
      if (session.active > 0) continue;
      this.counts.evicted++;
      this.end(session);
      return true;
    }
    return false;
  }
}
