import { randomBytes } from 'node:crypto';
import { type App, names } from '../../core/app/app.ts';
import { explainMissing, missingSecrets, neededSecrets } from '../../core/deploy/secrets.ts';
import { gatewayLabels } from '../../core/manifests/labels.ts';
import { FailedError } from '../../errors.ts';
import type { KubeConnection } from './connection.ts';
import { createObject, getObject, inParallel } from './objects.ts';

const TOKEN_BYTES = 32;

/**
 * Makes sure that the gateway has a token. One that exists is never changed: clients hold it.
 * @throws FailedError where the Secret exists without the key
 */
export async function ensureToken(kube: KubeConnection, app: App, signal: AbortSignal): Promise<'created' | 'kept'> {
  const metadata = { name: app.gateway.tokenSecret, namespace: app.namespace, labels: gatewayLabels(app) };
  if (await hasToken(kube, app, signal)) return 'kept';
  const data = { [names.tokenKey]: Buffer.from(randomBytes(TOKEN_BYTES).toString('hex')).toString('base64') };
  const secret = { apiVersion: 'v1', kind: 'Secret', metadata, type: 'Opaque', data };
  return (await createObject(kube, secret, signal)) ? 'created' : 'kept';
}

/** Whether the token's Secret is there. @throws FailedError where it exists without the key */
export async function hasToken(kube: KubeConnection, app: App, signal: AbortSignal): Promise<boolean> {
  const keys = await secretKeys(kube, app, signal);
  if (keys === undefined) return false;
  if (keys.has(names.tokenKey)) return true;
  const name = app.gateway.tokenSecret;
  const source = `--from-file=${names.tokenKey}=/dev/stdin`;
  throw new FailedError(
    'secret.key-missing',
    `Secret ${name} in namespace ${app.namespace} has no key "${names.tokenKey}"`,
    {
      suggestions: [
        `add it: openssl rand -hex 32 | tr -d '\\n' | kubectl -n ${app.namespace} create secret generic ${name} ${source} --dry-run=client -o yaml | kubectl apply --server-side --field-manager=secrets -f -`,
        'or name another Secret in gateway.auth.secret: mcpk makes it if it does not exist',
      ],
    },
  );
}

async function secretKeys(kube: KubeConnection, app: App, signal: AbortSignal): Promise<Set<string> | undefined> {
  const name = { kind: 'Secret', metadata: { name: app.gateway.tokenSecret, namespace: app.namespace } };
  const secret = await getObject(kube, name, signal);
  return secret && keysOf(secret);
}

function keysOf(secret: Record<string, unknown>): Set<string> {
  return new Set(Object.keys((secret['data'] as object | undefined) ?? {}));
}

/** @throws FailedError that names every Secret and key that the servers need and that is not there */
export async function checkSecrets(kube: KubeConnection, app: App, signal: AbortSignal): Promise<void> {
  const needed = neededSecrets(app);
  const there = new Map<string, Set<string>>();
  await inParallel([...new Set(needed.map(({ name }) => name))], async (name) => {
    const secret = await getObject(kube, { kind: 'Secret', metadata: { name, namespace: app.namespace } }, signal);
    if (secret) there.set(name, keysOf(secret));
  });
  const missing = missingSecrets(needed, there);
  if (missing.length === 0) return;
  const { message, suggestions } = explainMissing(missing, there, app.namespace);
  throw new FailedError('secret.missing', message, { suggestions });
}
