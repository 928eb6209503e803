import { type App, names } from '../../core/app/app.ts';
import { FailedError } from '../../errors.ts';
import type { KubeConnection } from './connection.ts';
import { getObject } from './objects.ts';

/** The bearer token itself: only for a file that nobody else can read. @throws McpkError */
export async function readToken(kube: KubeConnection, app: App, signal: AbortSignal): Promise<string> {
  const { tokenSecret } = app.gateway;
  const where = `Secret ${tokenSecret} in namespace ${app.namespace}`;
  const metadata = { name: tokenSecret, namespace: app.namespace };
  const secret = await getObject(kube, { kind: 'Secret', metadata }, signal);
  if (!secret)
    throw new FailedError('secret.missing', `there is no ${where}`, { suggestions: ['mcpk deploy makes it'] });
  const encoded = (secret['data'] as Record<string, string> | undefined)?.[names.tokenKey] ?? '';
  const token = Buffer.from(encoded, 'base64').toString('utf8').trim();
  if (token !== '') return token;
  throw new FailedError('secret.key-missing', `${where} has no key "${names.tokenKey}"`, {
    suggestions: ['mcpk deploy says how to add it'],
  });
}
