import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { until } from './cluster.ts';

/** Why there is no registry here; empty where there is one. */
export const noRegistry = ['docker-registry', 'skopeo', 'htpasswd']
  .filter((program) => spawnSync('which', [program]).status !== 0)
  .map((program) => `${program} is missing`)
  .join(', ');

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Debian's docker-registry on loopback, until the test ends; with a login where one is given. Returns HOST:PORT. */
export async function dockerRegistry(folder: string, login?: { user: string; password: string }): Promise<string> {
  const host = `127.0.0.1:${await freePort()}`;
  const htpasswd = join(folder, 'htpasswd');
  if (login) writeFileSync(htpasswd, execFileSync('htpasswd', ['-niB', login.user], { input: login.password }));
  const auth = login ? `auth: { htpasswd: { realm: test, path: ${htpasswd} } }\n` : '';
  const config = join(folder, 'registry.yml');
  const storage = `{ filesystem: { rootdirectory: ${join(folder, 'data')} } }`;
  writeFileSync(config, `version: 0.1\nlog: { level: error }\nstorage: ${storage}\nhttp: { addr: "${host}" }\n${auth}`);
  const registry = spawn('docker-registry', ['serve', config], { stdio: 'ignore' });
  onTestFinished(async () => {
    const ended = new Promise((resolve) => registry.once('close', resolve));
    registry.kill();
    await ended;
  });
  await until(
    'the registry answers',
    15_000,
    async () => (await fetch(`http://${host}/v2/`).catch(() => undefined))?.status === (login ? 401 : 200),
  );
  return host;
}
