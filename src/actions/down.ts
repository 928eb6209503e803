import { haveEnded, signalProcess } from '../adapters/local/processes.ts';
import { type LocalState, localFolders, readState, removeState } from '../adapters/local/state.ts';
import type { DownResult } from '../contract.ts';
import { EnvironmentError } from '../errors.ts';
import { configPath, shownPath } from './config-path.ts';
import type { LoadOptions } from './load-app.ts';

/** `mcpk up` ends its gateway, which lets requests finish and gives its servers time. */
const END_MS = 25_000;
const KILL_MS = 5_000;

export interface DownOptions extends LoadOptions {
  env: NodeJS.ProcessEnv;
}

/**
 * Ends what `mcpk up` runs of this config file, and waits until it is gone. The file is not read: it may be broken by
 * now. What servers stored stays.
 * @throws EnvironmentError
 */
export async function down(options: DownOptions): Promise<DownResult> {
  const config = configPath(options);
  const stopped: DownResult['stopped'] = [];
  for (const folder of await localFolders(options.env, config)) {
    const state = await readState(folder);
    if (!state) continue;
    await end(state);
    await removeState(folder);
    stopped.push({ app: state.app, folder: folder.path });
  }
  return { config: shownPath(options.cwd, config), stopped };
}

async function end({ up, gateway }: LocalState): Promise<void> {
  await signalProcess(up, 'SIGTERM');
  // Where `up` was killed, its gateway is on its way out by itself.
  if (await haveEnded([up, gateway], END_MS)) return;
  for (const id of [up, gateway]) await signalProcess(id, 'SIGKILL');
  if (await haveEnded([up, gateway], KILL_MS)) return;
  throw new EnvironmentError('local.stuck', `process ${up.pid} does not end, even by SIGKILL`);
}
