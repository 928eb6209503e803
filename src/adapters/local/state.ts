import { createHash, randomBytes } from 'node:crypto';
import { chmod, readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import type { NotHere } from '../../core/local/plan.ts';
import { makePrivateFolder, readFileIfThere, removeFile, writeFileAtomically } from '../files.ts';
import { isRunning, type ProcessId } from './processes.ts';

const PRIVATE = 0o600;
const TOKEN_BYTES = 32;

/** Where an app of this machine keeps what belongs to it. */
export interface LocalFolder {
  path: string;
  gatewayConfig: string;
  tokenFile: string;
  state: string;
  /** What the gateway and its servers print. */
  log: string;
  /** What `mcpk up --detach` prints. */
  upLog: string;
  /** A server's own folder. */
  server(name: string): string;
  volume(server: string, volume: string): string;
}

/** One folder a config file: two checkouts of one app do not meet. XDG Base Directory Specification 0.8. */
export function localFolder(env: NodeJS.ProcessEnv, app: string, config: string): LocalFolder {
  return folderAt(join(stateHome(env), app + suffix(config)));
}

/** The folders of a config file, whatever its app was called and whether the file is still there. */
export async function localFolders(env: NodeJS.ProcessEnv, config: string): Promise<LocalFolder[]> {
  const names = await readdir(stateHome(env)).catch(() => []);
  return names.filter((name) => name.endsWith(suffix(config))).map((name) => folderAt(join(stateHome(env), name)));
}

function stateHome(env: NodeJS.ProcessEnv): string {
  return join(env['XDG_STATE_HOME'] || join(home(env), '.local/state'), 'mcpk');
}

function suffix(config: string): string {
  return `-${createHash('sha256').update(config).digest('hex').slice(0, 8)}`;
}

function folderAt(path: string): LocalFolder {
  const server = (name: string) => join(path, 'servers', name);
  return {
    path,
    gatewayConfig: join(path, 'gateway.json'),
    tokenFile: join(path, 'token'),
    state: join(path, 'state.json'),
    log: join(path, 'gateway.log'),
    upLog: join(path, 'up.log'),
    server,
    volume: (name, volume) => join(server(name), 'volumes', volume),
  };
}

export function home(env: NodeJS.ProcessEnv): string {
  return env['HOME'] || homedir();
}

/** What runs, as `mcpk up` wrote it down. */
export interface LocalState {
  app: string;
  up: ProcessId;
  gateway: ProcessId;
  url: string;
  config: string;
  notHere: NotHere[];
}

/** Undefined: nothing runs. What a killed one left behind is not believed. */
export async function readState(folder: LocalFolder): Promise<LocalState | undefined> {
  const bytes = await readFileIfThere(folder.state);
  if (!bytes) return undefined;
  const state = parse(bytes);
  return state && ((await isRunning(state.up)) || (await isRunning(state.gateway))) ? state : undefined;
}

function parse(bytes: Uint8Array): LocalState | undefined {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as LocalState;
  } catch {
    return undefined;
  }
}

export async function writeState(folder: LocalFolder, state: LocalState): Promise<void> {
  await writeFileAtomically(folder.state, `${JSON.stringify(state, null, 2)}\n`, { mode: PRIVATE });
}

export async function removeState(folder: LocalFolder): Promise<void> {
  await removeFile(folder.state);
}

/** A token that exists stays: clients hold it. */
export async function ensureTokenFile({ path, tokenFile }: LocalFolder): Promise<void> {
  await makePrivateFolder(path);
  await chmod(path, 0o700);
  const kept = await readFileIfThere(tokenFile);
  if (kept && kept.length > 0) return;
  await writeFileAtomically(tokenFile, `${randomBytes(TOKEN_BYTES).toString('hex')}\n`, { mode: PRIVATE });
}

export async function writeGatewayConfig({ gatewayConfig }: LocalFolder, text: string): Promise<void> {
  await writeFileAtomically(gatewayConfig, text, { mode: PRIVATE });
}
