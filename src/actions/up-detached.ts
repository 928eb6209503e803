import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type Detached, startDetached } from '../adapters/local/detached.ts';
import { usablePort } from '../adapters/local/gateway-process.ts';
import { type ServerStatus, serverStatuses } from '../adapters/local/gateway-status.ts';
import { ensureTokenFile, type LocalFolder, type LocalState, localFolder, readState } from '../adapters/local/state.ts';
import type { UpResult } from '../contract.ts';
import { EXIT, type ExitCode, FailedError, TimeoutError } from '../errors.ts';
import { configPath, loadApp } from './load-app.ts';
import { refuseSecond, type UpOptions } from './up.ts';

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
  const { app } = await loadApp({ ...options, target: 'local' });
  const config = configPath(options);
  const folder = localFolder(options.env, app.name, config);
  await refuseSecond(folder);
  const port = await usablePort(options.port);
  await ensureTokenFile(folder);
  const { env, cwd, onEvent } = options;
  const bin = join(options.root, 'bin/run.js');
  const child = await startDetached([bin, 'up', '--config', config, '--port', String(port)], {
    log: folder.upLog,
    cwd,
    env,
    onLine: (line) => onEvent({ type: 'printed', line }),
  });
  try {
    const { state, servers, exitCode } = await settled(folder, child, options);
    const { url } = state;
    return {
      result: { app: app.name, url, tokenFile: folder.tokenFile, folder: folder.path, running: true, servers },
      exitCode,
    };
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
): Promise<{ state: LocalState; servers: ServerStatus[]; exitCode: ExitCode }> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    signal.throwIfAborted();
    const words = child.lastWords();
    if (words !== undefined) throw ended(words, folder);
    const state = await readState(folder);
    const own = state?.up.pid === child.pid ? state : undefined;
    const servers = own && (await serverStatuses(own.url, own.notHere));
    if (own && servers?.every(({ state }) => state !== 'progressing'))
      return { state: own, servers, exitCode: servers.every(({ state }) => state === 'ready') ? EXIT.ok : EXIT.failed };
    if (performance.now() > deadline) {
      if (own) return { state: own, servers: servers ?? [], exitCode: EXIT.timeout };
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
