import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, unwatchFile, watchFile } from 'node:fs';
import { open } from 'node:fs/promises';
import { lastWords } from './processes.ts';

const POLL_MS = 100;

/** A process that goes on when this one ends. */
export interface Detached {
  pid: number;
  /** What it printed last; undefined while it runs. */
  lastWords(): string | undefined;
  stop(): void;
  /** Stops looking at what it prints. */
  leave(): void;
}

export interface DetachedOptions {
  /** File for what it prints. */
  log: string;
  cwd: string;
  env: NodeJS.ProcessEnv;
  /** Called for each whole line that it prints. */
  onLine: (line: string) => void;
}

/** Runs this Node.js with other arguments, its output in a file. */
export async function startDetached(args: string[], { log, cwd, env, onLine }: DetachedOptions): Promise<Detached> {
  const file = await open(log, 'w', 0o600);
  const child = spawn(process.execPath, args, { stdio: ['ignore', file.fd, file.fd], cwd, env, detached: true });
  await once(child, 'spawn').finally(() => file.close());
  child.unref();
  let shown = 0;
  const lines = () => readFileSync(log, 'utf8').split('\n').slice(0, -1);
  const show = () => {
    const all = lines();
    for (const line of all.slice(shown)) onLine(line);
    shown = all.length;
  };
  watchFile(log, { interval: POLL_MS }, show);
  return {
    pid: child.pid as number,
    lastWords: () => {
      const runs = child.exitCode === null && child.signalCode === null;
      return runs ? undefined : lastWords(readFileSync(log, 'utf8'));
    },
    stop: () => void child.kill('SIGTERM'),
    leave: () => {
      show();
      unwatchFile(log, show);
    },
  };
}
