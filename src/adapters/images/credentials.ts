import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { EnvironmentError } from '../../errors.ts';

/** What a registry is told of who asks. */
export type Credentials =
  | { kind: 'password'; username: string; password: string }
  /** An OAuth2 refresh token, which some credential helpers give. */
  | { kind: 'identity-token'; token: string };

interface AuthFile {
  auths?: Record<string, { auth?: string; identitytoken?: string; username?: string; password?: string } | null>;
  credHelpers?: Record<string, string>;
  credsStore?: string;
}

/**
 * Looks a registry up in Docker's and Podman's files, in the order of those tools; nothing is printed of what is found.
 * @param repository Podman also keeps credentials of a part of a registry
 * @throws EnvironmentError where a file or a helper cannot be used
 */
export async function findCredentials(
  host: string,
  repository: string,
  env: NodeJS.ProcessEnv,
): Promise<Credentials | undefined> {
  const { readFileIfThere } = await import('../files.ts');
  for (const path of authFiles(env)) {
    const bytes = await readFileIfThere(path);
    if (!bytes) continue;
    const file = parseFile(bytes, path);
    const found = await fromFile(file, host, repository, env);
    if (found) return found;
  }
  return undefined;
}

function authFiles(env: NodeJS.ProcessEnv): string[] {
  const home = env['HOME'] ?? '/';
  return [
    ...(env['REGISTRY_AUTH_FILE'] ? [env['REGISTRY_AUTH_FILE']] : []),
    join(env['DOCKER_CONFIG'] ?? join(home, '.docker'), 'config.json'),
    ...(env['XDG_RUNTIME_DIR'] ? [join(env['XDG_RUNTIME_DIR'], 'containers/auth.json')] : []),
    join(env['XDG_CONFIG_HOME'] ?? join(home, '.config'), 'containers/auth.json'),
  ];
}

function parseFile(bytes: Uint8Array, path: string): AuthFile {
  try {
    return JSON.parse(new TextDecoder().decode(bytes)) as AuthFile;
  } catch (error) {
    throw new EnvironmentError('image.credentials', `${path} is no JSON`, {
      suggestions: ['docker login writes it anew'],
      cause: error,
    });
  }
}

/** Docker Hub has had other names; its credentials are kept under the oldest. */
function namesOf(host: string): string[] {
  const hub = ['https://index.docker.io/v1/', 'index.docker.io', 'docker.io', 'registry-1.docker.io'];
  return hub.includes(host) ? hub : [host, `https://${host}`, `https://${host}/v1/`, `https://${host}/v2/`];
}

async function fromFile(
  file: AuthFile,
  host: string,
  repository: string,
  env: NodeJS.ProcessEnv,
): Promise<Credentials | undefined> {
  const names = namesOf(host);
  for (const name of names) {
    const helper = file.credHelpers?.[name];
    if (helper) return askHelper(helper, name, env);
  }
  const parts = repository.split('/');
  const scoped = parts.map((_, i) => `${host}/${parts.slice(0, parts.length - i).join('/')}`);
  for (const name of [...scoped, ...names]) {
    const entry = file.auths?.[name];
    if (entry?.identitytoken) return { kind: 'identity-token', token: entry.identitytoken };
    const decoded = entry?.auth ? Buffer.from(entry.auth, 'base64').toString('utf8') : undefined;
    const colon = decoded?.indexOf(':') ?? -1;
    if (decoded && colon > 0)
      return { kind: 'password', username: decoded.slice(0, colon), password: decoded.slice(colon + 1) };
    if (entry?.username && entry.password)
      return { kind: 'password', username: entry.username, password: entry.password };
  }
  return file.credsStore ? askHelper(file.credsStore, names[0] ?? host, env) : undefined;
}

/** The protocol of docker-credential-helpers: the registry on stdin, JSON on stdout, exit code 1 where there are none. */
async function askHelper(helper: string, server: string, env: NodeJS.ProcessEnv): Promise<Credentials | undefined> {
  const program = `docker-credential-${helper}`;
  const fail = (why: string) =>
    new EnvironmentError('image.credentials', `${program}, which Docker's configuration names, ${why}`, {
      suggestions: ['install it, or log in again: docker login'],
    });
  if (!/^[A-Za-z0-9._-]+$/.test(helper)) throw fail('has a name that is none of a program');
  const child = spawn(program, ['get'], { env, stdio: ['pipe', 'pipe', 'ignore'] });
  const chunks: Buffer[] = [];
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
  child.stdin.on('error', () => {});
  child.stdin.end(`${server}\n`);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.on('error', (error) => reject(fail(`cannot be run: ${error.message}`)));
    child.on('close', resolve);
  });
  const text = Buffer.concat(chunks).toString('utf8');
  if (code !== 0) {
    if (/credentials not found/i.test(text)) return undefined;
    throw fail(`ended with exit code ${code}`);
  }
  const { Username, Secret } = JSON.parse(text) as { Username?: string; Secret?: string };
  if (!Secret) return undefined;
  return Username === '<token>'
    ? { kind: 'identity-token', token: Secret }
    : { kind: 'password', username: Username ?? '', password: Secret };
}
