import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { open, readFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { EnvironmentError } from '../../errors.ts';
import { baseEnvironment } from './environment.ts';
import { identify, lastWords, type ProcessId } from './processes.ts';
import type { LocalFolder } from './state.ts';

/** It lets requests finish for 10 s and gives its servers 4 s more. */
const STOP_MS = 20_000;
const LOOPBACK = '127.0.0.1';

export interface GatewayProcess {
  id: ProcessId;
  /** Resolves with its last words when it ends by itself or was stopped. */
  ended: Promise<string>;
  /** Makes it read its configuration again. */
  reload(): void;
  /** Ends it and its servers. */
  stop(): Promise<void>;
}

/**
 * Starts the gateway that this package carries. It holds a pipe of ours as its standard input and ends with it, so it
 * never outlives us. A group of its own: Ctrl-C in the terminal is for us to pass on.
 */
export async function startGateway(file: string, folder: LocalFolder, env: NodeJS.ProcessEnv): Promise<GatewayProcess> {
  const log = await open(folder.log, 'w', 0o600);
  const child = spawn(process.execPath, [file, '--config', folder.gatewayConfig, '--until-stdin-closes'], {
    stdio: ['pipe', log.fd, log.fd],
    env: baseEnvironment(env),
    cwd: folder.path,
    detached: true,
  });
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  child.stdin?.on('error', () => {});
  await once(child, 'spawn').finally(() => log.close());
  const id = await identify(child.pid as number);
  return {
    id: id ?? { pid: child.pid as number, started: 'ended' },
    ended: exited.then(async () => lastWords(await readFile(folder.log, 'utf8').catch(() => ''))),
    reload: () => void child.kill('SIGHUP'),
    stop: async () => {
      child.stdin?.end();
      const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      await exited;
      clearTimeout(timer);
    },
  };
}

/** The port, or a free one for 0. @throws EnvironmentError where it is taken */
export async function usablePort(port: number): Promise<number> {
  const server = createServer();
  try {
    server.listen(port, LOOPBACK);
    await once(server, 'listening');
    return (server.address() as { port: number }).port;
  } catch (error) {
    const taken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
    throw new EnvironmentError(
      'local.port',
      taken ? `port ${port} is already in use` : `cannot listen on port ${port}: ${(error as Error).message}`,
      {
        suggestions: ['mcpk up --port 0 takes a free one', 'mcpk down, if it is this app in another folder'],
        cause: error,
      },
    );
  } finally {
    server.close();
  }
}
