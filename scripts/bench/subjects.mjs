// The ways to a stdio server that are measured: how each is started, and how a client gets a session through it.
import { spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { overHttp, overStdio, overTcp } from './clients.mjs';
import { npmProgram, pythonProxy } from './install.mjs';

const root = fileURLToPath(new URL('../../', import.meta.url));
const arch = process.arch === 'arm64' ? 'arm64' : 'amd64';
const bridgeFile = `${root}runtime/bridge/dist/mcpk-bridge-linux-${arch}`;
const gatewayFile = `${root}runtime/gateway/dist/gateway.mjs`;
const READY_MS = 30_000;
const RETRY_MS = 10;

/** The server behind all of them: the reference server of the MCP project. */
export const serverArgv = () => [process.execPath, npmProgram('mcp-server-everything'), 'stdio'];

export async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address();
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Processes that end with the bench, and their groups with them. */
export class Programs {
  #children = [];
  #folder = mkdtempSync(join(tmpdir(), 'mcpk-bench-'));

  start(argv) {
    const child = spawn(argv[0], argv.slice(1), { stdio: ['ignore', 'ignore', 'ignore'], detached: true, cwd: root });
    this.#children.push(child);
    return child.pid;
  }

  file(name, value) {
    const path = join(this.#folder, name);
    writeFileSync(path, JSON.stringify(value));
    return path;
  }

  /** Asks each to end, then makes it. */
  async stop() {
    const signal = (name) => {
      for (const { pid } of this.#children) {
        try {
          process.kill(-pid, name);
        } catch {
          // Its group is gone.
        }
      }
    };
    signal('SIGTERM');
    await Promise.race([Promise.all(this.#children.map(ended)), delay(5000)]);
    signal('SIGKILL');
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function ended(child) {
  if (child.exitCode !== null || child.signalCode !== null) return undefined;
  return new Promise((resolve) => child.once('exit', resolve));
}

/** Tries until it works: the programs are only just starting. */
export async function once(what, work) {
  const deadline = performance.now() + READY_MS;
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (performance.now() > deadline) throw new Error(`${what}: ${error.message}`);
      await delay(RETRY_MS);
    }
  }
}

async function startForwarder(programs) {
  const port = await freePort();
  const forwarder = [process.execPath, `${root}scripts/bench/forwarder.mjs`, String(port)];
  return { port, pid: programs.start([...forwarder, ...serverArgv()]) };
}

export async function startBridge(programs, argv, flags = []) {
  const port = await freePort();
  const where = ['--listen', `127.0.0.1:${port}`, '--health', `127.0.0.1:${await freePort()}`];
  const pid = programs.start([bridgeFile, 'serve', ...where, '--max-sessions', '200', ...flags, '--', ...argv]);
  return { port, pid };
}

export async function startGateway(programs, servers) {
  const port = await freePort();
  const limits = { connections: 256 };
  const config = programs.file('gateway.json', { listen: `127.0.0.1:${port}`, auth: { none: true }, limits, servers });
  return { port, pid: programs.start([process.execPath, gatewayFile, '--config', config]) };
}

const tcp = (port) => () => overTcp(port);
const http = (port) => () => overHttp(port);

/** A connection of its own for each call, as docker/mcp-gateway makes them without --long-lived. */
function perCall(port) {
  return async () => ({
    call: async () => {
      const one = await overTcp(port);
      await one.call().finally(one.close);
    },
    close: () => {},
  });
}

/**
 * Each starts itself and says how a session is opened, and which processes are its own (not the server's).
 * `slow`: every call starts a process, so it is measured with fewer of them.
 */
export const SUBJECTS = [
  { name: 'direct, stdio', start: async () => ({ pids: [], connect: () => overStdio(serverArgv()) }) },
  {
    name: 'TCP, bytes forwarded',
    start: async (programs) => {
      const { port, pid } = await startForwarder(programs);
      return { pids: [pid], connect: tcp(port) };
    },
  },
  {
    name: 'mcpk bridge',
    start: async (programs) => {
      const { port, pid } = await startBridge(programs, serverArgv());
      return { pids: [pid], connect: tcp(port) };
    },
  },
  {
    name: 'mcpk bridge --shared',
    start: async (programs) => {
      const { port, pid } = await startBridge(programs, serverArgv(), ['--shared']);
      return { pids: [pid], connect: tcp(port) };
    },
  },
  {
    name: 'mcpk bridge + gateway',
    start: async (programs) => {
      const bridge = await startBridge(programs, serverArgv());
      const gateway = await startGateway(programs, { everything: { tcp: `127.0.0.1:${bridge.port}` } });
      return { pids: [bridge.pid, gateway.pid], connect: http(gateway.port) };
    },
  },
  {
    name: 'docker’s bridge (emulated), a connection per call',
    slow: true,
    start: async (programs) => {
      const { port, pid } = await startForwarder(programs);
      return { pids: [pid], connect: perCall(port) };
    },
  },
  {
    name: 'supergateway 4.0.0 (npm)',
    start: async (programs) => {
      const port = await freePort();
      const flags = ['--outputTransport', 'streamableHttp', '--stateful', '--logLevel', 'none', '--port', String(port)];
      const pid = programs.start([
        process.execPath,
        npmProgram('supergateway'),
        '--stdio',
        serverArgv().join(' '),
        ...flags,
      ]);
      return { pids: [pid], connect: http(port) };
    },
  },
  {
    name: 'mcp-proxy 6.7.19 (npm)',
    start: async (programs) => {
      const port = await freePort();
      const flags = ['--host', '127.0.0.1', '--port', String(port), '--server', 'stream'];
      const pid = programs.start([process.execPath, npmProgram('mcp-proxy'), ...flags, '--', ...serverArgv()]);
      return { pids: [pid], connect: http(port) };
    },
  },
  {
    name: 'mcp-proxy 0.13.0 (PyPI)',
    missing: () => (pythonProxy() ? undefined : 'there is no Python 3.10 or newer'),
    start: async (programs) => {
      const port = await freePort();
      const [program, ...args] = serverArgv();
      const pid = programs.start([
        pythonProxy(),
        '--log-level',
        'ERROR',
        '--port',
        String(port),
        program,
        '--',
        ...args,
      ]);
      return { pids: [pid], connect: http(port) };
    },
  },
];

/** Why nothing can be measured. */
export const missing = () =>
  [bridgeFile, gatewayFile].filter((file) => !existsSync(file)).length > 0
    ? 'run first: npm run build:runtime'
    : undefined;
