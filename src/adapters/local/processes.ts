import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { promisify } from 'node:util';

/** A process, and when it started: a number alone may belong to another one by now. */
export interface ProcessId {
  pid: number;
  started: string;
}

const POLL_MS = 50;
const LAST_LINES = 5;

export async function identify(pid: number): Promise<ProcessId | undefined> {
  const started = await startOf(pid);
  return started === undefined ? undefined : { pid, started };
}

export async function isRunning({ pid, started }: ProcessId): Promise<boolean> {
  return (await startOf(pid)) === started;
}

/** False where it does not run any more. Never signals another process that has got its number. */
export async function signalProcess(id: ProcessId, signal: NodeJS.Signals): Promise<boolean> {
  if (!(await isRunning(id))) return false;
  try {
    return process.kill(id.pid, signal);
  } catch {
    return false;
  }
}

/** Whether all ended within the time. */
export async function haveEnded(ids: readonly ProcessId[], withinMs: number): Promise<boolean> {
  const deadline = performance.now() + withinMs;
  for (;;) {
    const running = await Promise.all(ids.map(isRunning));
    if (!running.includes(true)) return true;
    if (performance.now() > deadline) return false;
    await delay(POLL_MS);
  }
}

/** Undefined: there is no such process, or it has ended and only waits for its parent to notice. */
async function startOf(pid: number): Promise<string | undefined> {
  return process.platform === 'linux' ? startOnLinux(pid) : startByPs(pid);
}

/** proc(5): the fields after the name in brackets start with the third, the state; starttime is the 22nd. */
async function startOnLinux(pid: number): Promise<string | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  const fields = stat?.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields === undefined || fields[0] === 'Z' ? undefined : fields[19];
}

async function startByPs(pid: number): Promise<string | undefined> {
  const ps = await promisify(execFile)('ps', ['-o', 'lstart=,stat=', '-p', String(pid)]).catch(() => undefined);
  const line = ps?.stdout.trim() ?? '';
  return line === '' || /\sZ\S*$/.test(line) ? undefined : line.replace(/\s\S+$/, '');
}

/** What a process said last tells most of why it ended. */
export function lastWords(output: string): string {
  return output.trimEnd().split('\n').slice(-LAST_LINES).join('\n');
}
