import { type ChildProcessByStdio, spawn } from 'node:child_process';
import { once } from 'node:events';
import { Duplex, type Readable, type Writable } from 'node:stream';
import { McpFailure } from '../../core/checks/ports.ts';

/** How long a server may take to end after its standard input closed, and again after SIGTERM. */
const GRACE_MS = 2000;
const MAX_STDERR = 64 * 1024;

export interface ServerCommand {
  command: string[];
  env: Record<string, string>;
  cwd: string;
}

/** A server that was started to be asked directly. */
export interface ServerProcess {
  /** Its standard input and output. */
  stream: Duplex;
  /** What it has written to standard error, from the start. */
  stderr(): string;
  /** Ends it, and what it started. */
  end(): Promise<void>;
}

/** @throws McpFailure where the program cannot be executed */
export async function startServer({ command, env, cwd }: ServerCommand): Promise<ServerProcess> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'], env, cwd, detached: true });
  const exited = new Promise<void>((resolve) => child.once('close', () => resolve()));
  let text = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    if (text.length < MAX_STDERR) text += chunk;
  });
  child.stdin.on('error', () => {});
  await once(child, 'spawn').catch((error: NodeJS.ErrnoException) => {
    throw new McpFailure('refused', `cannot execute ${program}: ${error.code ?? error.message}`);
  });
  return {
    stream: streamOf(child),
    stderr: () => text,
    end: () => end(child, exited),
  };
}

/** Not Duplex.from: it makes an error of a process that ends without having read everything. */
function streamOf({ stdin, stdout }: ChildProcessByStdio<Writable, Readable, Readable>): Duplex {
  const stream = new Duplex({
    read: () => void stdout.resume(),
    write: (chunk, _encoding, done) => {
      // A process that has ended shows on the other side.
      if (stdin.writable) stdin.write(chunk);
      done();
    },
  });
  stdout.on('data', (chunk) => {
    if (!stream.push(chunk)) stdout.pause();
  });
  stdout.once('close', () => stream.push(null));
  return stream;
}

async function end(child: ChildProcessByStdio<Writable, Readable, Readable>, exited: Promise<void>): Promise<void> {
  child.stdin.end();
  const timers = [
    setTimeout(killGroup, GRACE_MS, child, 'SIGTERM'),
    setTimeout(killGroup, 2 * GRACE_MS, child, 'SIGKILL'),
  ];
  await exited;
  timers.forEach(clearTimeout);
  killGroup(child, 'SIGKILL');
}

function killGroup({ pid }: { pid?: number | undefined }, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // Nobody of the group is left.
  }
}
