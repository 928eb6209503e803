/** One server as the gateway sees it: whether it is there and what it offers. It is tried again for ever. */
import type { Limits, ServerConfig } from './config.ts';
import { type Connection, FOR_EVER_MS } from './connection.ts';
import { OWN_ENVELOPE } from './envelope.ts';
import { type Features, KINDS, type Kind, listAll, listKind, NO_FEATURES } from './listing.ts';
import { goDuration, log } from './log.ts';
import { Pool } from './pool.ts';
import { isOffered } from './tool-filter.ts';

export type UpstreamState =
  | { state: 'connecting' }
  | { state: 'ready'; tools: number; initMs: number }
  | { state: 'failed'; error: string };

const MIN_BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 10_000;
/** A server that was usable for this long starts a new row of failures. */
const HEALTHY_MS = 10_000;
const CHECK_MS = 5000;
/** Kinds of clients whose capabilities a server was shown to see whether it offers them more. */
const MAX_KNOWN_CLIENTS = 8;

/** Told when a list changed; `announced` when the server itself says so. */
export type OnChanged = (kinds: Kind[], announced: boolean) => void;

/**
 * Keeps at least one connection to the server. The one that was opened to list its features goes to the first session
 * that needs it: it has been initialized and knows nothing of any client, and a bridge has one process started ahead.
 */
export class Upstream {
  readonly name: string;
  readonly config: ServerConfig;
  readonly pool: Pool;
  readonly #refreshing = new Map<Kind, { again: boolean }>();
  readonly #knownClients = new Set(['{}']);
  #readyListeners: Array<() => void> = [];
  #isConnecting = false;
  #failures = 0;
  /** When the server was last found usable; infinity once that has been weighed. */
  #readyAt = Number.POSITIVE_INFINITY;
  #retry: NodeJS.Timeout | undefined;
  #checking: NodeJS.Timeout | undefined;
  #stopped = false;
  #markSettled: () => void = () => {};
  state: UpstreamState = { state: 'connecting' };
  /** Kept while the server is away, so that its names stay taken. */
  features: Features = NO_FEATURES;
  /** Undefined until the server has been seen. */
  capabilities: Record<string, unknown> | undefined;
  instructions: string | undefined;
  onChanged: OnChanged = () => {};
  /** A notification on a connection that no single client owns. */
  onNotice: (method: string, params: string | undefined) => void = () => {};
  /** How often it was tried, and how often it was lost after it had been ready. */
  readonly counts = { tries: 0, losses: 0 };
  /** Resolves when it is known for the first time whether the server can be used. */
  readonly settled: Promise<void>;
  hasSettled = false;
  /** Resolves when what the server offers to the newest kind of client is known. */
  learned: Promise<void> = Promise.resolve();

  constructor(name: string, config: ServerConfig, limits: Limits) {
    this.name = name;
    this.config = config;
    const address = { name, endpoint: config.endpoint, maxLine: limits.line };
    const { initializeMs, requestMs } = config;
    const options = { initializeMs, requestMs, max: limits.connections };
    this.pool = new Pool(address, options, {
      opened: (connection) => {
        connection.onListChanged = (what) => this.#onListChanged(connection, what);
      },
      closed: (connection) => this.#onClosed(connection),
      shared: (connection) => this.#onShared(connection),
    });
    this.settled = new Promise((resolve) => {
      this.#markSettled = () => {
        this.hasSettled = true;
        resolve();
      };
    });
  }

  start(): void {
    if (this.config.endpoint.kind === 'tcp') {
      this.#checking = setInterval(() => this.pool.checkSilent(), CHECK_MS).unref();
    }
    void this.#connect();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#retry);
    clearInterval(this.#checking);
    this.pool.stop();
    this.#markSettled();
  }

  /** Some servers offer more to clients that can do more: the first client of each kind has them listed again. */
  learn(capabilities: string): void {
    const { size } = this.#knownClients;
    if (this.state.state !== 'ready' || size > MAX_KNOWN_CLIENTS || this.#knownClients.has(capabilities)) return;
    this.#knownClients.add(capabilities);
    this.learned = this.#list(capabilities).catch((error) => {
      log(`  > Can't list ${this.name} for another kind of client: ${(error as Error).message}`);
    });
  }

  /** Calls back as soon as the server is ready: in a moment, if it is so now. */
  onceReady(listener: () => void): void {
    if (this.state.state === 'ready') setImmediate(listener);
    else this.#readyListeners.push(listener);
  }

  async #connect(): Promise<void> {
    if (this.#isConnecting || this.#stopped) return;
    this.#isConnecting = true;
    clearTimeout(this.#retry);
    this.counts.tries++;
    try {
      await this.#list(this.pool.wanted);
    } catch (error) {
      this.#failed((error as Error).message);
    }
    this.#isConnecting = false;
    if (this.state.state === 'failed') this.#connectLater();
  }

  /** Opens a connection, lists through it what there is, and keeps it for the next session. */
  async #list(capabilities: string): Promise<void> {
    const begin = performance.now();
    const connection = await this.pool.open(capabilities);
    try {
      const features = await listAll(connection, this.config.initializeMs);
      if (!connection.isOpen) throw new Error('connection closed');
      this.pool.park(connection);
      this.#ready(connection, features, performance.now() - begin);
    } catch (error) {
      connection.close();
      throw error;
    }
  }

  #ready(connection: Connection, features: Features, initMs: number): void {
    const wasReady = this.state.state === 'ready';
    this.#readyAt = Date.now();
    this.capabilities = connection.capabilities;
    this.instructions = connection.instructions;
    this.#setFeatures(features, wasReady ? undefined : initMs);
    if (!wasReady) log(`  > ${this.name}: ${summary(this.features)}`);
    this.#markSettled();
    this.onChanged([...KINDS], false);
    for (const listener of this.#readyListeners.splice(0)) listener();
  }

  #setFeatures(features: Features, initMs: number | undefined): void {
    const tools = features.tools.filter(({ key }) => isOffered(key, this.config.tools));
    this.features = { ...features, tools };
    const known = this.state.state === 'ready' ? this.state.initMs : 0;
    this.state = { state: 'ready', tools: tools.length, initMs: Math.round(initMs ?? known) };
  }

  #failed(cause: string): void {
    if (this.#stopped) return;
    const error = `failed to connect: ${cause}`;
    // Said once, not with every try.
    if (this.state.state !== 'failed' || this.state.error !== error) log(`  > Can't start ${this.name}: ${error}`);
    this.state = { state: 'failed', error };
    this.#markSettled();
    this.onChanged([...KINDS], false);
  }

  #onClosed({ lostBy }: Connection): void {
    if (this.#stopped || this.state.state !== 'ready') return;
    if (lostBy !== undefined) {
      this.counts.losses++;
      log(`  > ${this.name}: connection lost: ${lostBy}`);
    }
    if (this.pool.size > 0) return;
    // After the last session's end nothing is wrong: the next one just needs a connection that waits for it.
    if (lostBy === undefined) return void this.#connect();
    this.state = { state: 'connecting' };
    this.#connectLater();
  }

  #connectLater(): void {
    if (this.#stopped) return;
    if (Date.now() - this.#readyAt > HEALTHY_MS) this.#failures = 0;
    this.#readyAt = Number.POSITIVE_INFINITY;
    const delay = Math.min(MIN_BACKOFF_MS * 2 ** Math.min(this.#failures, 10), MAX_BACKOFF_MS);
    this.#failures++;
    clearTimeout(this.#retry);
    this.#retry = setTimeout(() => void this.#connect(), delay);
  }

  /** Nobody in particular uses it, so nobody can be asked; what it says of changes concerns all. */
  #onShared(connection: Connection): void {
    connection.own({
      onNotice: (_, method, params) => this.onNotice(method, params),
      idleSince: () => (connection.isBusy ? undefined : connection.heardAt),
    });
    if (connection.era !== 'modern') return;
    const all = { toolsListChanged: true, promptsListChanged: true, resourcesListChanged: true };
    const params = `{"notifications":${JSON.stringify(all)},"_meta":${OWN_ENVELOPE}}`;
    // A server whose lists never change need not know the method.
    connection.call('subscriptions/listen', params, { timeoutMs: FOR_EVER_MS }).catch(() => {});
  }

  #onListChanged(connection: Connection, what: string): void {
    const kinds: Kind[] = what === 'resources' ? ['resources', 'templates'] : [what as Kind];
    for (const kind of kinds) void this.#refresh(connection, kind);
  }

  /** Lists one kind again; changes during that time cause one more round, not many. */
  async #refresh(connection: Connection, kind: Kind): Promise<void> {
    const running = this.#refreshing.get(kind);
    if (running !== undefined) {
      running.again = true;
      return;
    }
    const round = { again: false };
    this.#refreshing.set(kind, round);
    try {
      const items = await listKind(connection, kind, this.config.initializeMs);
      if (this.state.state === 'ready') this.#setFeatures({ ...this.features, [kind]: items }, undefined);
    } catch (error) {
      log(`  > Can't list ${kind} of ${this.name}: ${(error as Error).message}`);
    }
    this.#refreshing.delete(kind);
    this.onChanged([kind], true);
    if (round.again && connection.isOpen) void this.#refresh(connection, kind);
  }
}

/** As docker/mcp-gateway words it. */
function summary({ tools, prompts, resources, templates }: Features): string {
  const others = [
    [prompts.length, 'prompts'],
    [resources.length, 'resources'],
    [templates.length, 'resourceTemplates'],
  ] as const;
  const shown = others.filter(([count]) => count > 0).map(([count, what]) => ` (${count} ${what})`);
  return `(${tools.length} tools)${shown.join('')}`;
}

/** Logs what a start amounts to once every server has been tried. */
export async function reportStart(upstreams: Upstream[], begin: number): Promise<void> {
  await Promise.all(upstreams.map((upstream) => upstream.settled));
  const tools = upstreams.reduce((sum, { state }) => sum + (state.state === 'ready' ? state.tools : 0), 0);
  const took = goDuration(performance.now() - begin);
  log(`> ${tools} tools listed in ${took}`);
  log(`> Initialized in ${took}`);
}
