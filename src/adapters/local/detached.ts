import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { open } from 'node:fs/promises';

const LAST_LINES = 5;

/** A process that goes on when this one ends. */
export interface Detached {
  pid: number;
  /** What it printed last; undefined while it runs. */
  lastWords(): string | undefined;
  stop(): void;
}

/** Runs this Node.js with other arguments, its output in a file. */
export async function startDetached(
  args: string[],
  { log, cwd, env }: { log: string; cwd: string; env: NodeJS.ProcessEnv },
): Promise<Detached> {
  const file = await open(log, 'w', 0o600);
  const child = spawn(process.execPath, args, { stdio: ['ignore', file.fd, file.fd], cwd, env, detached: true });
  await once(child, 'spawn').finally(() => file.close());
  child.unref();
  return {
    pid: child.pid as number,
    lastWords: () => {
      if (child.exitCode === null && child.signalCode === null) return undefined;
      return readFileSync(log, 'utf8').trimEnd().split('\n').slice(-LAST_LINES).join('\n');
    },
    stop: () => void child.kill('SIGTERM'),
  };
}
