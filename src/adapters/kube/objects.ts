import { type FieldConflict, fieldConflicts } from '../../core/deploy/conflict.ts';
import {
  collectionPath,
  type KnownKind,
  nameOf,
  type ObjectName,
  objectPath,
  pluralOf,
} from '../../core/deploy/kinds.ts';
import type { LiveObject } from '../../core/deploy/live.ts';
import type { AnyObject } from '../../core/manifests/object.ts';
import { apiError, statusOf } from './api-error.ts';
import type { KubeConnection, KubeResponse } from './connection.ts';

/** Owner of the fields that mcpk sets. */
const FIELD_MANAGER = 'mcpk';
const MAX_TRIES = 4;
const MAX_PARALLEL = 8;

/** The live object; undefined where there is none. @throws McpkError */
export async function getObject(
  kube: KubeConnection,
  object: ObjectName,
  signal: AbortSignal,
): Promise<LiveObject | undefined> {
  const response = await kube.request({ path: objectPath(object), signal });
  if (response.status === 404) return undefined;
  if (response.status !== 200) throw apiError(response, `read ${described(object)}`);
  return response.body as LiveObject;
}

/** All objects of a kind in a namespace that carry the labels. @throws McpkError */
export async function listObjects<T extends LiveObject>(
  kube: KubeConnection,
  kind: KnownKind,
  namespace: string,
  options: { labelSelector?: string; signal: AbortSignal },
): Promise<T[]> {
  const query = options.labelSelector === undefined ? {} : { labelSelector: options.labelSelector };
  const response = await kube.request({ path: collectionPath(kind, namespace), query, signal: options.signal });
  if (response.status !== 200) throw apiError(response, `list ${pluralOf(kind)} in namespace ${namespace}`);
  // Items of a list do not say their kind.
  return ((response.body as { items: T[] }).items ?? []).map((item) => ({ ...item, kind }));
}

export type Applied = { after: LiveObject; warnings: string[] } | { conflicts: FieldConflict[] };

/**
 * Server-side apply of one object; with `dryRun` everything but the writing: defaults, admission, conflicts.
 * @returns the object as it is then, or the fields that others own
 * @throws McpkError
 */
export async function applyObject(
  kube: KubeConnection,
  object: AnyObject,
  options: { force: boolean; dryRun?: boolean; signal: AbortSignal },
): Promise<Applied> {
  const query = {
    fieldManager: FIELD_MANAGER,
    fieldValidation: 'Strict',
    ...(options.force && { force: 'true' }),
    ...(options.dryRun && { dryRun: 'All' }),
  };
  const send = () =>
    kube.request({
      method: 'PATCH',
      path: objectPath(object),
      query,
      body: object,
      contentType: 'application/apply-patch+yaml',
      signal: options.signal,
    });
  let response = await send();
  for (let attempt = 1; response.status === 409 && attempt < MAX_TRIES; attempt++) {
    const conflicts = fieldConflicts(nameOf(object), statusOf(response.body)?.details?.causes ?? []);
    if (conflicts.length > 0) return { conflicts };
    // Somebody wrote the object in the same moment.
    response = await send();
  }
  if (response.status >= 300) throw apiError(response, `apply ${described(object)}`);
  return { after: response.body as LiveObject, warnings: response.warnings };
}

/** Creates an object that must not be there yet; false where it is. @throws McpkError */
export async function createObject(kube: KubeConnection, object: AnyObject, signal: AbortSignal): Promise<boolean> {
  const path = collectionPath(object.kind as KnownKind, object.metadata.namespace ?? '');
  const response = await kube.request({
    method: 'POST',
    path,
    query: { fieldManager: FIELD_MANAGER },
    body: object,
    signal,
  });
  if (response.status === 409) return false;
  if (response.status >= 300) throw apiError(response, `create ${described(object)}`);
  return true;
}

/** Deletes exactly the object that was seen, not a newer one of its name. @throws McpkError */
export async function deleteObject(kube: KubeConnection, object: LiveObject, signal: AbortSignal): Promise<void> {
  const preconditions = object.metadata.uid === undefined ? {} : { preconditions: { uid: object.metadata.uid } };
  const response: KubeResponse = await kube.request({
    method: 'DELETE',
    path: objectPath(object),
    body: { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background', ...preconditions },
    signal,
  });
  // 404: gone already. 409: another object has the name by now, and it is not the one that was to go.
  if (response.status >= 300 && response.status !== 404 && response.status !== 409)
    throw apiError(response, `delete ${described(object)}`);
}

/** Works through items side by side; the first error stops what has not begun, and is thrown once the rest has ended. */
export async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const errors: unknown[] = [];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined && errors.length === 0; item = queue.shift()) {
      await work(item).catch((error: unknown) => errors.push(error));
    }
  };
  await Promise.all(Array.from({ length: Math.min(MAX_PARALLEL, items.length) }, worker));
  if (errors.length > 0) throw errors[0];
}

function described(object: ObjectName): string {
  return object.metadata.namespace ? `${nameOf(object)} in namespace ${object.metadata.namespace}` : nameOf(object);
}
