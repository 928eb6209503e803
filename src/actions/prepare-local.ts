import { dirname } from 'node:path';
import { makePrivateFolder } from '../adapters/files.ts';
import { installed, PackageError } from '../adapters/local/packages.ts';
import type { LocalFolder } from '../adapters/local/state.ts';
import type { App } from '../core/app/app.ts';
import { type LocalServer, type NotHere, planLocal } from '../core/local/plan.ts';

export interface PrepareOptions {
  app: App;
  folder: LocalFolder;
  /** Path of the config file. */
  config: string;
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
  onFetch: (server: string, what: string) => void;
}

/** A server whose program is there and whose folders exist. */
export interface Prepared {
  name: string;
  command: string[];
  env: Record<string, string>;
  cwd: string;
}

/** Fetches the packages that are not there yet, side by side. A server that cannot run here holds up nobody. */
export async function prepare(options: PrepareOptions): Promise<{ servers: Prepared[]; notHere: NotHere[] }> {
  const { app, folder, env } = options;
  const planned = planLocal(app, { volume: folder.volume, environment: env });
  const ready = await Promise.all(
    planned.map((server) => ('message' in server ? server : prepareServer(server, options))),
  );
  return {
    servers: ready.flatMap((server) => ('command' in server ? [server] : [])),
    notHere: ready.flatMap((server) => ('message' in server ? [server] : [])),
  };
}

async function prepareServer(server: LocalServer, options: PrepareOptions): Promise<Prepared | NotHere> {
  const { folder, config, env, signal, onFetch } = options;
  const { name, package: wanted, argv } = server;
  const own = folder.server(name);
  for (const path of [own, ...server.folders]) await makePrivateFolder(path);
  const cwd = server.worksIn === 'own' ? own : dirname(config);
  if (!wanted) return { name, command: argv, env: server.env, cwd };
  try {
    const fetching = { env, signal, onFetch: () => onFetch(name, `${wanted.name}@${wanted.version}`) };
    return { name, command: await installed(wanted, argv, fetching), env: server.env, cwd };
  } catch (error) {
    if (!(error instanceof PackageError)) throw error;
    return { name, message: error.message, remedies: error.remedies };
  }
}
