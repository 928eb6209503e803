/** How to reach a server: over TCP where a bridge listens, or as a child process. */
import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { connect as connectTcp, type Socket } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { Endpoint } from './config.ts';
import { onLines } from './lines.ts';
import { log } from './log.ts';

export interface Transport {
  input: Readable;
  output: Writable;
  /** Called once, with the reason if there is one. */
  onClose(listener: (reason?: Error) => void): void;
  close(): void;
}

const CONNECT_MS = 5000;
const KEEP_ALIVE_MS = 15_000;
/** How long a child process may take to end after its stdin closed, and again after SIGTERM. */
const GRACE_MS = 2000;
const LAST_WORDS_MS = 500;
const MAX_LOG_LINE = 64 * 1024;

/** Resolves when bytes can flow; `name` stands before what a child process writes to its stderr. */
export function openTransport(endpoint: Endpoint, name: string): Promise<Transport> {
  return endpoint.kind === 'tcp' ? openTcp(endpoint.host, endpoint.port) : openCommand(endpoint, name);
}

function openTcp(host: string, port: number): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS });
    const tooSlow = () => socket.destroy(new Error(`connect ${host}:${port}: no answer in ${CONNECT_MS / 1000}s`));
    socket.setTimeout(CONNECT_MS, tooSlow);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.off('timeout', tooSlow);
      socket.off('error', reject);
      resolve(tcpTransport(socket));
    });
  });
}

function tcpTransport(socket: Socket): Transport {
  let reason: Error | undefined;
  socket.on('error', (error) => {
    reason = error;
  });
  // Node would half-close and wait; a server that has ended its side has ended.
  socket.once('end', () => socket.destroy());
  return {
    input: socket,
    output: socket,
    onClose: (listener) => socket.once('close', () => listener(reason)),
    close: () => socket.destroy(),
  };
}

type Command = Extract<Endpoint, { kind: 'command' }>;

function openCommand({ argv, env, cwd }: Command, name: string): Promise<Transport> {
  return new Promise((resolve, reject) => {
    // A group of its own, so that what npx or uvx start ends with them.
    const child = spawn(argv[0] as string, argv.slice(1), {
      stdio: ['pipe', 'pipe', 'pipe'],
      env: { ...process.env, ...env },
      detached: true,
      ...(cwd === undefined ? {} : { cwd }),
    });
    child.once('error', reject);
    // EPIPE: the end of the process says more.
    child.stdin.on('error', () => {});
    onLines(
      child.stderr,
      MAX_LOG_LINE,
      (line) => log(`[${name}] ${line}`),
      () => {},
    );
    child.once('spawn', () => resolve(commandTransport(child)));
  });
}

function commandTransport(child: ChildProcessByStdio<Writable, Readable, Readable>): Transport {
  const kill = (signal: NodeJS.Signals) => killGroup(child.pid as number, signal);
  const hasEnded = () => child.exitCode !== null || child.signalCode !== null;
  return {
    input: child.stdout,
    output: child.stdin,
    onClose: (listener) => onEnd(child, listener),
    close: () => {
      child.stdin.end();
      if (hasEnded()) return kill('SIGKILL');
      const timers = [setTimeout(kill, GRACE_MS, 'SIGTERM'), setTimeout(kill, 2 * GRACE_MS, 'SIGKILL')];
      child.once('exit', () => {
        timers.forEach(clearTimeout);
        // The rest of its group: with the leader gone nobody else would end them.
        kill('SIGKILL');
      });
    },
  };
}

/** Waits for the child's last words, but not for what it left running with its pipes open. */
function onEnd(child: ChildProcessByStdio<Writable, Readable, Readable>, listener: (reason: Error) => void): void {
  child.once('exit', (code, signal) => {
    const reason = new Error(ending(code, signal));
    const timer = setTimeout(() => {
      child.removeAllListeners('close');
      listener(reason);
    }, LAST_WORDS_MS);
    child.once('close', () => {
      clearTimeout(timer);
      listener(reason);
    });
  });
}

function ending(code: number | null, signal: string | null): string {
  return signal === null ? `process exited with code ${code}` : `process was ended by ${signal}`;
}

function killGroup(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(-pid, signal);
  } catch {
    // It has ended in the meantime.
  }
}
