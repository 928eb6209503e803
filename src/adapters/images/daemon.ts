import { createWriteStream, existsSync } from 'node:fs';
import type { IncomingMessage } from 'node:http';
import { join } from 'node:path';
import { EnvironmentError, UsageError } from '../../errors.ts';

/** Where a daemon may listen: what the user says, then Docker's and Podman's usual places. */
function socketOf(env: NodeJS.ProcessEnv): string | undefined {
  const stated = env['DOCKER_HOST'] ?? env['CONTAINER_HOST'];
  if (stated) return stated.startsWith('unix://') ? stated.slice('unix://'.length) : undefined;
  const runtime = env['XDG_RUNTIME_DIR'];
  const usual = [
    '/var/run/docker.sock',
    ...(runtime ? [join(runtime, 'docker.sock'), join(runtime, 'podman/podman.sock')] : []),
    join(env['HOME'] ?? '/', '.docker/run/docker.sock'),
    '/run/podman/podman.sock',
  ];
  return usual.find((path) => existsSync(path));
}

/**
 * Saves an image of a local Docker or Podman daemon (Docker Engine API, GET /images/NAME/get) to a file.
 * @throws McpkError where there is no daemon, or no such image
 */
export async function saveFromDaemon(
  reference: string,
  file: string,
  { env, signal }: { env: NodeJS.ProcessEnv; signal: AbortSignal },
): Promise<void> {
  const socketPath = socketOf(env);
  const noDaemon = (why: string, cause?: unknown) =>
    new EnvironmentError('image.no-daemon', `no container daemon: ${why}`, {
      suggestions: [
        'start Docker or Podman, or set DOCKER_HOST=unix:///PATH',
        'or save the image elsewhere: docker-archive:FILE',
      ],
      cause,
    });
  if (!socketPath) throw noDaemon('DOCKER_HOST is no unix:// address, or none listens at the usual places');
  const path = `/images/${encodeURIComponent(reference)}/get`;
  const { get } = await import('node:http');
  const response = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ socketPath, path, signal, host: 'docker' }, resolve).on('error', (error) => {
      reject(signal.aborted ? signal.reason : noDaemon(`${socketPath}: ${error.message}`, error));
    });
  });
  if (response.statusCode === 404) {
    response.resume();
    throw new UsageError('image.not-found', `the daemon has no image ${reference}`, {
      suggestions: [`docker pull ${reference}`],
    });
  }
  if (response.statusCode !== 200) {
    response.resume();
    throw noDaemon(`it answered ${response.statusCode} for ${reference}`);
  }
  const { pipeline } = await import('node:stream/promises');
  await pipeline(response, createWriteStream(file, { mode: 0o600 }), { signal });
}
