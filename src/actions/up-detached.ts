import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { startDetached } from '../adapters/local/detached.ts';
import { usablePort } from '../adapters/local/gateway-process.ts';
import { type ServerStatus, serverStatuses } from '../adapters/local/gateway-status.ts';
import { ensureTokenFile, type LocalFolder, type LocalState, localFolder, readState } from '../adapters/local/state.ts';
import type { UpResult } from '../contract.ts';
import { EXIT, type ExitCode, FailedError, TimeoutError } from '../errors.ts';
import { configPath, loadApp } from './load-app.ts';
import { prepare } from './prepare-local.ts';
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
  // Here, where people see what is fetched; the other process finds it there.
  const { env, signal, onEvent } = options;
  const onFetch = (server: string, what: string) => onEvent({ type: 'fetching', server, what });
  await prepare({ app, folder, config, env, signal, onFetch });
  signal.throwIfAborted();
  const bin = join(options.root, 'bin/run.js');
  const child = await startDetached([bin, 'up', '--config', config, '--port', String(port)], {
    log: folder.upLog,
    cwd: options.cwd,
    env,
  });
  try {
    const state = await started(folder, child, options);
    onEvent({ type: 'listening', app: app.name, url: state.url, tokenFile: folder.tokenFile });
    const { servers, exitCode } = await settled(folder, options);
    const { url } = state;
    return {
      result: { app: app.name, url, tokenFile: folder.tokenFile, folder: folder.path, running: true, servers },
      exitCode,
    };
  } catch (error) {
    child.stop();
    throw error;
  }
}

async function started(
  folder: LocalFolder,
  child: Awaited<ReturnType<typeof startDetached>>,
  { waitMs, signal }: DetachedOptions,
): Promise<LocalState> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    signal.throwIfAborted();
    const state = await readState(folder);
    if (state?.up.pid === child.pid) return state;
    const words = child.lastWords();
    if (words !== undefined) {
      throw new FailedError('local.start', `mcpk up ended before it listened: ${words}`, {
        suggestions: [`what it printed: ${folder.upLog}`, 'mcpk up shows the same in the terminal'],
      });
    }
    if (performance.now() > deadline) throw new TimeoutError('local.slow', 'mcpk up has not started in time');
    await delay(POLL_MS);
  }
}

async function settled(
  folder: LocalFolder,
  { waitMs, signal, onEvent }: DetachedOptions,
): Promise<{ servers: ServerStatus[]; exitCode: ExitCode }> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    signal.throwIfAborted();
    const state = await readState(folder);
    if (!state)
      throw new FailedError('local.start', 'mcpk up has ended', { suggestions: [`what it printed: ${folder.upLog}`] });
    const servers = await serverStatuses(state.url, state.notHere);
    if (servers) onEvent({ type: 'status', servers });
    if (servers?.every(({ state }) => state !== 'progressing')) {
      return { servers, exitCode: servers.every(({ state }) => state === 'ready') ? EXIT.ok : EXIT.failed };
    }
    if (performance.now() > deadline) return { servers: servers ?? [], exitCode: EXIT.timeout };
    await delay(POLL_MS);
  }
}
