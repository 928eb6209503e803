import { stat } from 'node:fs/promises';
import { connect } from 'node:net';
import { localPlace } from '../../core/checks/place.ts';
import {
  type CallOptions,
  CannotCheck,
  type GatewayPort,
  type LocalPort,
  type LocalPorts,
  type McpPort,
  type McpSession,
  type OutputPort,
  type TokenPort,
} from '../../core/checks/ports.ts';
import { readFileIfThere } from '../files.ts';
import { connectOverHttp, connectOverStream } from '../mcp/client.ts';
import { baseEnvironment } from './environment.ts';
import { type ServerCommand, type ServerProcess, startServer } from './server-process.ts';
import { type LocalFolder, type LocalState, readState } from './state.ts';

const HTTP_TIMEOUT_MS = 10_000;
const OTHERS = 0o077;

/** The checks' ports over what `mcpk up` runs. Reads only; the servers that it starts to ask them end with `close`. */
export class LocalProbe implements Omit<LocalPorts, 'clock'> {
  readonly local: LocalPort;
  readonly token: TokenPort;
  readonly gateway: GatewayPort;
  readonly mcp: McpPort;
  readonly output: OutputPort;
  readonly place;
  readonly #folder: LocalFolder;
  readonly #env: NodeJS.ProcessEnv;
  readonly #processes = new Map<string, ServerProcess>();
  readonly #sessions: McpSession[] = [];

  constructor(folder: LocalFolder, env: NodeJS.ProcessEnv) {
    this.#folder = folder;
    this.#env = env;
    this.place = localPlace({ log: folder.log, tokenFile: folder.tokenFile });
    this.local = {
      running: () => readState(folder),
      notStarted: async (server) => (await this.#state()).notHere.find(({ name }) => name === server),
      argv: async (server) => (await this.#commands())[server]?.command,
      privateFiles: () => this.#privateFiles(),
    };
    this.token = {
      inspect: async () => {
        const token = await this.#token();
        return token === undefined ? undefined : { keys: ['token'], length: token.length };
      },
      appearsIn: async (text) => {
        const token = await this.#token();
        return token !== undefined && token !== '' && text.includes(token);
      },
    };
    this.gateway = { status: (request) => this.#status(request) };
    this.mcp = { server: (name, call) => this.#server(name, call), gateway: (call) => this.#gateway(call) };
    this.output = {
      gateway: () => this.#read(folder.log),
      server: async (name) => this.#processes.get(name)?.stderr(),
    };
  }

  async close(): Promise<void> {
    await Promise.all(this.#sessions.map((session) => session.close().catch(() => {})));
    await Promise.all([...this.#processes.values()].map((server) => server.end()));
  }

  async #state(): Promise<LocalState> {
    const state = await readState(this.#folder);
    if (!state) throw new CannotCheck('mcpk up has ended in the meantime');
    return state;
  }

  async #read(path: string): Promise<string | undefined> {
    const bytes = await readFileIfThere(path);
    return bytes && new TextDecoder().decode(bytes);
  }

  async #token(): Promise<string | undefined> {
    return (await this.#read(this.#folder.tokenFile))?.trim();
  }

  async #commands(): Promise<Record<string, ServerCommand>> {
    const text = await this.#read(this.#folder.gatewayConfig);
    return text === undefined ? {} : (JSON.parse(text) as { servers: Record<string, ServerCommand> }).servers;
  }

  async #privateFiles(): Promise<{ all: string[]; open: string[] }> {
    const all = [this.#folder.tokenFile, this.#folder.gatewayConfig];
    const modes = await Promise.all(all.map(async (path) => ({ path, mode: (await stat(path)).mode })));
    return { all, open: modes.filter(({ mode }) => (mode & OTHERS) !== 0).map(({ path }) => path) };
  }

  async #status({ method, path, token, body }: Parameters<GatewayPort['status']>[0]): Promise<number> {
    const headers: Record<string, string> = { 'content-type': 'application/json' };
    if (token) headers['authorization'] = `Bearer ${await this.#token()}`;
    const signal = AbortSignal.timeout(HTTP_TIMEOUT_MS);
    const url = new URL(path, (await this.#state()).url);
    try {
      const response = await fetch(url, { method, headers, signal, ...(body !== undefined && { body }) });
      await response.body?.cancel();
      return response.status;
    } catch (error) {
      throw new CannotCheck(`the gateway does not answer ${method} ${path}: ${reason(error)}`, { transient: true });
    }
  }

  /** A process of its own, started as the gateway starts it. */
  async #server(name: string, call: CallOptions): Promise<McpSession> {
    const server = (await this.#commands())[name];
    if (!server) throw new CannotCheck('mcpk up does not run this server', { transient: true });
    await this.#processes.get(name)?.end();
    const started = await startServer({ ...server, env: { ...baseEnvironment(this.#env), ...server.env } });
    this.#processes.set(name, started);
    return this.#kept(await connectOverStream(started.stream, call));
  }

  async #gateway(call: CallOptions): Promise<McpSession> {
    const url = new URL((await this.#state()).url);
    const dial = async () => connect({ host: '127.0.0.1', port: Number(url.port) });
    const token = await this.#token();
    return this.#kept(await connectOverHttp({ url, dial, ...(token !== undefined && { token }) }, call));
  }

  #kept(session: McpSession): McpSession {
    this.#sessions.push(session);
    return session;
  }
}

function reason(error: unknown): string {
  const { cause, message } = error as Error;
  return cause instanceof Error ? cause.message : message;
}
