import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { vi } from 'vitest';

// Processes start slowly on a machine that is busy with other things; waits have deadlines of their own.
vi.setConfig({ testTimeout: 30_000 });

const root = fileURLToPath(new URL('../../../', import.meta.url));
export const gatewayFile = join(root, 'runtime/gateway/dist/gateway.mjs');
const bridgeFile = join(
  root,
  `runtime/bridge/dist/mcpk-bridge-linux-${process.arch === 'x64' ? 'amd64' : process.arch}`,
);
export const stdioServer = [process.execPath, join(root, 'test/runtime/fixtures/stdio-server.mjs')];
export const badServer = [process.execPath, join(root, 'test/runtime/fixtures/bad-server.mjs')];
export const featureServer = [process.execPath, join(root, 'test/runtime/fixtures/feature-server.mjs')];

/** Why tests that need the bridge cannot run; undefined when they can. */
export const whyNoBridge = existsSync(bridgeFile)
  ? undefined
  : `${bridgeFile} is missing: run \`npm run build:runtime\` on Linux with Go`;

type Awaitable<T> = T | Promise<T>;

/** Waits for a condition. A value that is neither undefined nor false ends the wait. */
export async function until<T>(
  what: string,
  condition: () => Awaitable<T | undefined | false>,
  limitMs = 10_000,
): Promise<T> {
  const deadline = Date.now() + limitMs;
  for (;;) {
    const value = await condition();
    if (value !== undefined && value !== false) return value;
    if (Date.now() > deadline) throw new Error(`waited ${limitMs} ms in vain for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** A process under test and what it wrote on stderr. */
export class Program {
  readonly child: ChildProcess;
  stderr = '';
  #stdout = '';
  readonly exited: Promise<number | null>;

  constructor(command: string, args: string[]) {
    this.child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    this.child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.stderr += text;
    });
    this.child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
    });
    this.exited = new Promise((resolve) => this.child.once('close', resolve));
  }

  /** All that it wrote on stdout, once it has ended. */
  async output(): Promise<string> {
    const code = await this.exited;
    if (code !== 0) throw new Error(`ended with ${code}:\n${this.stderr}`);
    return this.#stdout;
  }

  logged(pattern: RegExp): Promise<RegExpExecArray> {
    return until(`${pattern} in:\n${this.stderr}`, () => pattern.exec(this.stderr) ?? undefined);
  }

  async stop(): Promise<void> {
    this.child.kill('SIGTERM');
    const timer = setTimeout(() => this.child.kill('SIGKILL'), 5000);
    await this.exited;
    clearTimeout(timer);
  }
}

export interface Gateway {
  program: Program;
  url: URL;
  /** From the start of the process to the open port. */
  startMs: number;
  get(path: string, headers?: Record<string, string>): Promise<Response>;
  ready(): Promise<{ status: number; servers: Record<string, { state: string; tools?: number; error?: string }> }>;
  client(token?: string): Promise<Client>;
}

/** How long Node itself takes to start, here and now. */
export async function bareNodeMs(): Promise<number> {
  const begin = performance.now();
  await new Program(process.execPath, ['-e', '0']).exited;
  return performance.now() - begin;
}

/** Everything that a test starts, ended in reverse order. */
export class Lab {
  readonly #cleanUps: Array<() => unknown> = [];
  readonly dir = mkdtempSync(join(tmpdir(), 'mcpk-runtime-'));

  defer(cleanUp: () => unknown): void {
    this.#cleanUps.push(cleanUp);
  }

  async end(): Promise<void> {
    for (const cleanUp of this.#cleanUps.splice(0).reverse()) await cleanUp();
    rmSync(this.dir, { recursive: true, force: true });
  }

  program(command: string, args: string[]): Program {
    const program = new Program(command, args);
    this.defer(() => program.stop());
    return program;
  }

  /** Processes that a process started, and those that these started. */
  descendants(ancestor: number): number[] {
    const parents = new Map<number, number>();
    for (const name of readdirSync('/proc')) {
      const stat = /^\d+$/.test(name) ? tryRead(`/proc/${name}/stat`) : undefined;
      // After the name, which may hold anything, come the state and the parent.
      if (stat !== undefined) parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')')).split(' ')[2]));
    }
    const found = [ancestor];
    for (const pid of found) found.push(...[...parents].filter(([, parent]) => parent === pid).map(([own]) => own));
    return found.slice(1);
  }

  isAlive(pid: number): boolean {
    const stat = tryRead(`/proc/${pid}/stat`);
    return stat !== undefined && !/\) [ZX] /.test(stat);
  }

  gatewayProgram(config: unknown): Program {
    const file = join(this.dir, 'gateway.json');
    writeFileSync(file, typeof config === 'string' ? config : JSON.stringify(config));
    return this.program(process.execPath, [gatewayFile, '--config', file]);
  }

  async gateway(config: { servers: object; [key: string]: unknown }): Promise<Gateway> {
    const begin = performance.now();
    const program = this.gatewayProgram({ listen: '127.0.0.1:0', auth: { none: true }, ...config });
    const [, port] = await program.logged(/Start streaming server on port (\d+)/);
    const url = new URL(`http://127.0.0.1:${port}/mcp`);
    return {
      program,
      url,
      startMs: performance.now() - begin,
      get: (path, headers = {}) => fetch(new URL(path, url), { headers }),
      ready: async () => {
        const response = await fetch(new URL('/ready', url));
        return {
          status: response.status,
          ...((await response.json()) as { servers: Record<string, { state: string }> }),
        };
      },
      client: (token) => this.#client(url, token),
    };
  }

  async #client(url: URL, token?: string): Promise<Client> {
    const headers = token === undefined ? {} : { authorization: `Bearer ${token}` };
    const transport = new StreamableHTTPClientTransport(url, { requestInit: { headers } });
    const client = new Client({ name: 'test', version: '1' });
    this.defer(() => client.close());
    // The SDK's own types disagree under exactOptionalPropertyTypes.
    await client.connect(transport as Parameters<Client['connect']>[0]);
    return client;
  }

  /** A bridge in front of a command; resolves when it listens. */
  async bridge(argv: string[]): Promise<{ program: Program; address: string; health: string }> {
    const flags = ['--listen', '127.0.0.1:0', '--health', '127.0.0.1:0'];
    const program = new Program(bridgeFile, ['serve', ...flags, '--', ...argv]);
    this.defer(() => program.stop());
    const [, address, health] = await program.logged(/ on (127\.0\.0\.1:\d+), health on (127\.0\.0\.1:\d+)/);
    return { program, address: address as string, health: health as string };
  }
}

function tryRead(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}

/** Posts one raw body to the endpoint. */
export function post(url: URL, body: string, headers: Record<string, string> = {}): Promise<Response> {
  const accept = 'application/json, text/event-stream';
  return fetch(url, { method: 'POST', headers: { 'content-type': 'application/json', accept, ...headers }, body });
}

export function initializeBody(version = '2025-11-25'): string {
  const params = { protocolVersion: version, capabilities: {}, clientInfo: { name: 'test', version: '1' } };
  return JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'initialize', params });
}
