import { haveEnded, signalProcess } from '../adapters/local/processes.ts';
import { localFolder, readState, removeState } from '../adapters/local/state.ts';
import type { DownResult } from '../contract.ts';
import { EnvironmentError } from '../errors.ts';
import { configPath, type LoadOptions, loadApp } from './load-app.ts';

/** It ends the gateway, which lets requests finish and gives its servers time. */
const END_MS = 25_000;
const KILL_MS = 5_000;

export interface DownOptions extends LoadOptions {
  version: string;
  env: NodeJS.ProcessEnv;
}

/**
 * Ends what `mcpk up` runs of this config, and waits until it is gone. What servers stored stays.
 * @throws UsageError, EnvironmentError
 */
export async function down(options: DownOptions): Promise<DownResult> {
  const { app } = await loadApp({ ...options, target: 'local' });
  const folder = localFolder(options.env, app.name, configPath(options));
  const result = { app: app.name, folder: folder.path };
  const state = await readState(folder);
  if (!state) return { ...result, stopped: false };
  const ids = [state.up, state.gateway];
  await signalProcess(state.up, 'SIGTERM');
  // Where `up` was killed, the gateway is on its way out by itself.
  if (!(await haveEnded(ids, END_MS))) {
    for (const id of ids) await signalProcess(id, 'SIGKILL');
    if (!(await haveEnded(ids, KILL_MS)))
      throw new EnvironmentError('local.stuck', `process ${state.up.pid} does not end, even by SIGKILL`);
  }
  await removeState(folder);
  return { ...result, stopped: true };
}
