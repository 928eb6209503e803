/** How to reach a server: over TCP where a bridge listens, or as a child process. */
import { spawn } from 'node:child_process';
import { connect as connectTcp } from 'node:net';
import type { Readable, Writable } from 'node:stream';
import type { Endpoint } from './config.ts';

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

/** Resolves when bytes can flow. */
export function openTransport(endpoint: Endpoint): Promise<Transport> {
  return endpoint.kind === 'tcp' ? openTcp(endpoint.host, endpoint.port) : openCommand(endpoint.argv, endpoint.env);
}

function openTcp(host: string, port: number): Promise<Transport> {
  return new Promise((resolve, reject) => {
    const socket = connectTcp({ host, port, noDelay: true, keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE_MS });
    const tooSlow = () => socket.destroy(new Error(`connect ${host}:${port}: no answer in ${CONNECT_MS / 1000}s`));
    socket.setTimeout(CONNECT_MS, tooSlow);
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.setTimeout(0);
      socket.off('error', reject);
      let reason: Error | undefined;
      socket.on('error', (error) => {
        reason = error;
      });
      // Node would half-close and wait; a server that has ended its side has ended.
      socket.once('end', () => socket.destroy());
      resolve({
        input: socket,
        output: socket,
        onClose: (listener) => socket.once('close', () => listener(reason)),
        close: () => socket.destroy(),
      });
    });
  });
}

function openCommand(argv: string[], env: Record<string, string>): Promise<Transport> {
  return new Promise((resolve, reject) => {
    // A group of its own, so that what npx or uvx start ends with them.
    const child = spawn(argv[0] as string, argv.slice(1), {
      stdio: ['pipe', 'pipe', 'inherit'],
      env: { ...process.env, ...env },
      detached: true,
    });
    child.once('error', reject);
    // EPIPE: the end of the process says more.
    child.stdin.on('error', () => {});
    child.once('spawn', () => {
      const kill = (signal: NodeJS.Signals) => killGroup(child.pid as number, signal);
      resolve({
        input: child.stdout,
        output: child.stdin,
        onClose: (listener) => child.once('close', (code, signal) => listener(new Error(ending(code, signal)))),
        close: () => {
          child.stdin.end();
          const timers = [setTimeout(kill, GRACE_MS, 'SIGTERM'), setTimeout(kill, 2 * GRACE_MS, 'SIGKILL')];
          child.once('exit', () => timers.forEach(clearTimeout));
        },
      });
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
