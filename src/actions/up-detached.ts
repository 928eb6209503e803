import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Detached, startDetached } from '../adapters/local/detached.ts';
import { type ServerStatus, serverStatuses } from '../adapters/local/gateway-status.ts';
import { type LocalFolder, readState } from '../adapters/local/state.ts';
import type { UpResult } from '../contract.ts';
import { EXIT, type ExitCode, FailedError, TimeoutError } from '../errors.ts';
import { configPath } from './config-path.ts';
import { claim, type UpOptions, upResult } from './up.ts';

const POLL_MS = 100;

export interface DetachedOptions extends UpOptions {
  /** How long the servers may take. */
  waitMs: number;
}

/**
 * Starts `mcpk up` as a process of its own and returns when every server is ready or has failed.
 * @returns exit code 1 where one has failed, 4 where one is not ready in time; the app runs on
 * @throws UsageError, EnvironmentError, FailedError
 */
export async function upDetached(options: DetachedOptions): Promise<{ result: UpResult; exitCode: ExitCode }> {
  const claimed = await claim(options);
  const { folder, port } = claimed;
  const { env, cwd, onEvent } = options;
  const bin = join(options.root, 'bin/run.js');
  const child = await startDetached([bin, 'up', '--config', configPath(options), '--port', String(port)], {
    log: folder.upLog,
    cwd,
    env,
    onLine: (line) => onEvent({ type: 'printed', line }),
  });
  try {
    const { servers, exitCode } = await settled(folder, child, options);
    return { result: upResult(claimed, { running: true, servers }), exitCode };
  } catch (error) {
    child.stop();
    throw error;
  } finally {
    child.leave();
  }
}

/** Waits until every server is ready or has failed. @throws TimeoutError where not even the gateway was up in time */
async function settled(
  folder: LocalFolder,
  child: Detached,
  { waitMs, signal }: DetachedOptions,
): Promise<{ servers: ServerStatus[]; exitCode: ExitCode }> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    signal.throwIfAborted();
    const words = child.lastWords();
    if (words !== undefined) throw ended(words, folder);
    const state = await readState(folder);
    const own = state?.up.pid === child.pid ? state : undefined;
    const servers = own && (await serverStatuses(own.url, own.notHere));
    if (own && servers?.every(({ state }) => state !== 'progressing'))
      return { servers, exitCode: servers.every(({ state }) => state === 'ready') ? EXIT.ok : EXIT.failed };
    if (performance.now() > deadline) {
      if (own) return { servers: servers ?? [], exitCode: EXIT.timeout };
      throw new TimeoutError('local.slow', 'mcpk up has not started in time', { suggestions: ['--wait 5m'] });
    }
    await delay(POLL_MS);
  }
}

function ended(words: string, folder: LocalFolder): FailedError {
  return new FailedError('local.start', `mcpk up ended before its servers were ready: ${words}`, {
    suggestions: [`what it printed: ${folder.upLog}`, 'mcpk up shows the same in the terminal'],
  });
}
