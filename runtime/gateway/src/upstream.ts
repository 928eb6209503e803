/** One server as the gateway sees it: is it there, what tools has it, and connections to it. */
import type { Config, Endpoint } from './config.ts';
import { type CallOptions, Connection } from './connection.ts';
import { elements, members } from './json-text.ts';
import { isObject } from './jsonrpc.ts';
import { goDuration, log } from './log.ts';

export interface Tool {
  name: string;
  raw: string;
}

export type UpstreamState =
  | { state: 'connecting' }
  | { state: 'ready'; tools: number; initMs: number }
  | { state: 'failed'; error: string };

const MIN_BACKOFF_MS = 250;
const MAX_BACKOFF_MS = 10_000;
/** A server that was usable for this long starts a new row of failures. */
const HEALTHY_MS = 10_000;
/** A list that does not end is a bug of the server, seen in the wild as a cursor that is ignored. */
const MAX_PAGES = 1000;

/**
 * Keeps at least one connection to the server. The one that was opened to list tools goes to the first session that
 * needs it: it has been initialized and knows nothing of any client, and a bridge has only one process started ahead.
 */
export class Upstream {
  readonly name: string;
  readonly #endpoint: Endpoint;
  readonly #timeouts: Config['timeouts'];
  readonly #connections = new Set<Connection>();
  #idle: Connection | undefined;
  #connecting = false;
  #failures = 0;
  /** When the server was last found usable; infinity once that has been weighed. */
  #readyAt = Number.POSITIVE_INFINITY;
  #retry: NodeJS.Timeout | undefined;
  #stopped = false;
  #markSettled: () => void = () => {};
  state: UpstreamState = { state: 'connecting' };
  /** Kept while the server is away, so that its names stay taken. */
  tools: Tool[] = [];
  onToolsChanged: () => void = () => {};
  /** Resolves when it is known for the first time whether the server can be used. */
  readonly settled: Promise<void>;
  hasSettled = false;

  constructor(name: string, endpoint: Endpoint, timeouts: Config['timeouts']) {
    this.name = name;
    this.#endpoint = endpoint;
    this.#timeouts = timeouts;
    this.settled = new Promise((resolve) => {
      this.#markSettled = () => {
        this.hasSettled = true;
        resolve();
      };
    });
  }

  get requestMs(): number {
    return this.#timeouts.requestMs;
  }

  start(): void {
    void this.#connect();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#retry);
    for (const connection of [...this.#connections]) connection.close();
  }

  /** A connection that nobody else uses. */
  async take(): Promise<Connection> {
    const idle = this.#idle;
    this.#idle = undefined;
    return idle ?? (await this.#open());
  }

  /** Ends a connection that was taken: whatever state the server keeps for it is the session's alone. */
  release(connection: Connection): void {
    this.#connections.delete(connection);
    connection.close();
    if (this.#connections.size === 0 && this.state.state === 'ready') void this.#connect();
  }

  async #open(): Promise<Connection> {
    const connection = await Connection.open(this.#endpoint, this.#timeouts.initializeMs);
    this.#connections.add(connection);
    connection.onClose(() => this.#lost(connection));
    connection.onListChanged = (what) => {
      if (what === 'tools') void this.#refresh(connection);
    };
    if (this.#stopped) connection.close();
    return connection;
  }

  async #connect(): Promise<void> {
    if (this.#connecting || this.#stopped) return;
    this.#connecting = true;
    clearTimeout(this.#retry);
    await this.#tryConnect();
    this.#connecting = false;
    if (this.state.state === 'failed') this.#connectLater();
  }

  async #tryConnect(): Promise<void> {
    const begin = performance.now();
    let connection: Connection | undefined;
    try {
      connection = await this.#open();
      const tools = await this.#listTools(connection);
      if (!connection.isOpen) throw new Error('connection closed');
      this.#idle = connection;
      this.#ready(tools, performance.now() - begin);
    } catch (error) {
      if (connection !== undefined) this.#connections.delete(connection);
      connection?.close();
      this.#failed((error as Error).message);
    }
  }

  #ready(tools: Tool[], initMs: number): void {
    if (this.state.state !== 'ready') log(`  > ${this.name}: (${tools.length} tools)`);
    this.#readyAt = Date.now();
    this.#setTools(tools, initMs);
    this.#markSettled();
  }

  #setTools(tools: Tool[], initMs: number): void {
    this.tools = tools;
    this.state = { state: 'ready', tools: tools.length, initMs: Math.round(initMs) };
    this.onToolsChanged();
  }

  #failed(cause: string): void {
    if (this.#stopped) return;
    const error = `failed to connect: ${cause}`;
    // Said once, not with every try.
    if (this.state.state !== 'failed' || this.state.error !== error) log(`  > Can't start ${this.name}: ${error}`);
    this.state = { state: 'failed', error };
    this.onToolsChanged();
    this.#markSettled();
  }

  #lost(connection: Connection): void {
    const wasKnown = this.#connections.delete(connection);
    if (this.#idle === connection) this.#idle = undefined;
    if (!wasKnown || this.#stopped || this.#connections.size > 0 || this.state.state !== 'ready') return;
    log(`  > ${this.name}: connection lost, connecting again`);
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

  async #refresh(connection: Connection): Promise<void> {
    try {
      const tools = await this.#listTools(connection);
      if (this.state.state === 'ready') this.#setTools(tools, this.state.initMs);
    } catch (error) {
      log(`  > Can't list tools ${this.name}: ${(error as Error).message}`);
    }
  }

  async #listTools(connection: Connection): Promise<Tool[]> {
    if (!isObject(connection.capabilities.tools)) return [];
    const options: CallOptions = { timeoutMs: this.#timeouts.initializeMs };
    const tools: Tool[] = [];
    const seen = new Set<string>();
    let params: string | undefined;
    for (;;) {
      const page = members(await connection.call('tools/list', params, options));
      tools.push(...readTools(page.get('tools')));
      // An empty string is a cursor too.
      const cursor = page.get('nextCursor');
      if (cursor === undefined || cursor === 'null') return tools;
      if (seen.has(cursor) || seen.size >= MAX_PAGES) throw new Error('listing tools: the pages do not end');
      seen.add(cursor);
      params = `{"cursor":${cursor}}`;
    }
  }
}

function readTools(raw: string | undefined): Tool[] {
  if (!raw?.startsWith('[')) throw new Error('listing tools: the answer has no list of tools');
  return elements(raw).flatMap((text) => {
    const tool: unknown = JSON.parse(text);
    return isObject(tool) && typeof tool.name === 'string' ? [{ name: tool.name, raw: text }] : [];
  });
}

/** Logs what a start amounts to once every server has been tried. */
export async function reportStart(upstreams: Upstream[], begin: number): Promise<void> {
  await Promise.all(upstreams.map((upstream) => upstream.settled));
  const tools = upstreams.reduce((sum, { state }) => sum + (state.state === 'ready' ? state.tools : 0), 0);
  const took = goDuration(performance.now() - begin);
  log(`> ${tools} tools listed in ${took}`);
  log(`> Initialized in ${took}`);
}
