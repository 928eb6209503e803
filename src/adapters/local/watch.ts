import { stat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const POLL_MS = 300;

/**
 * Yields each time that a file has changed, until the signal. It is looked at again and again: editors replace files,
 * and watching a folder misses that on network and container file systems.
 */
export async function* changes(path: string, signal: AbortSignal): AsyncGenerator<void> {
  let last = await mark(path);
  while (!signal.aborted) {
    await delay(POLL_MS, undefined, { signal }).catch(() => {});
    const now = await mark(path);
    // One that is just being replaced is not there for a moment.
    if (now === undefined || now === last) continue;
    last = now;
    if (!signal.aborted) yield;
  }
}

async function mark(path: string): Promise<string | undefined> {
  const found = await stat(path).catch(() => undefined);
  return found && `${found.ino} ${found.size} ${found.mtimeMs}`;
}
