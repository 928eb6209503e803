import { gunzipSync, gzipSync } from 'node:zlib';
import type { LiveObject } from '../../core/deploy/live.ts';
import { type Outcome, objectsHash, outdated, REVISION_LABEL, type Revision } from '../../core/deploy/revision.ts';
import { appLabels, managedSelector } from '../../core/manifests/labels.ts';
import type { ManifestObject } from '../../core/manifests/object.ts';
import { FailedError } from '../../errors.ts';
import { apiError } from './api-error.ts';
import { createObject, deleteObject, inParallel, listObjects } from './objects.ts';
import type { Place } from './observe.ts';

/** The API server takes 1 MiB a ConfigMap, names and labels included. */
const MAX_BYTES = 1_000_000;
const MAX_TRIES = 5;
const OUTCOME = 'mcpk/outcome';
const HASH = 'mcpk/hash';
const NOTE = 'mcpk/note';
const DATA = 'objects.json.gz';
const OUTCOMES = ['ready', 'failed', 'progressing'];

type Stored = LiveObject & { binaryData?: Record<string, string> };

/** What has been deployed, newest first. @throws McpkError */
export async function listRevisions({ kube, namespace, app, signal }: Place): Promise<Revision[]> {
  const labelSelector = `${managedSelector(app)},${REVISION_LABEL}`;
  const stored = await listObjects<Stored>(kube, 'ConfigMap', namespace, { labelSelector, signal });
  return stored.map(toRevision).sort((a, b) => b.number - a.number);
}

function toRevision({ metadata, binaryData }: Stored): Revision {
  const { [OUTCOME]: outcome = '', [HASH]: hash = '', [NOTE]: note } = metadata.annotations ?? {};
  return {
    number: Number(metadata.labels?.[REVISION_LABEL]),
    created: metadata.creationTimestamp ?? '',
    outcome: OUTCOMES.includes(outcome) ? (outcome as Outcome) : 'unfinished',
    hash,
    ...(note !== undefined && { note }),
    objects: unpacked(binaryData?.[DATA] ?? ''),
  };
}

function unpacked(base64: string): ManifestObject[] | undefined {
  try {
    return JSON.parse(gunzipSync(Buffer.from(base64, 'base64')).toString('utf8')) as ManifestObject[];
  } catch {
    return undefined;
  }
}

/**
 * Remembers what is about to be deployed, before anything is changed. The same as the last time is no new revision.
 * @throws McpkError
 */
export async function beginRevision(place: Place, objects: readonly ManifestObject[], note?: string): Promise<number> {
  const hash = objectsHash(objects);
  const data = gzipSync(JSON.stringify(objects)).toString('base64');
  if (data.length > MAX_BYTES) throw new FailedError('revision.too-large', 'the app is too large for one ConfigMap');
  for (let attempt = 1; ; attempt++) {
    const [last] = await listRevisions(place);
    if (last?.hash === hash) return last.number;
    const number = (last?.number ?? 0) + 1;
    if (await createObject(place.kube, configMap(place, { number, hash, data, note }), place.signal)) return number;
    // Another deploy took this number in the same moment.
    if (attempt >= MAX_TRIES) throw new FailedError('revision.conflict', `revision ${number} could not be written`);
  }
}

interface Content {
  number: number;
  hash: string;
  data: string;
  note: string | undefined;
}

function configMap({ namespace, app }: Place, { number, hash, data, note }: Content) {
  return {
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: nameOfRevision(app, number),
      namespace,
      labels: { ...appLabels({ name: app }), [REVISION_LABEL]: String(number) },
      annotations: { [OUTCOME]: 'unfinished', [HASH]: hash, ...(note !== undefined && { [NOTE]: note }) },
    },
    // Annotations may still change.
    immutable: true,
    binaryData: { [DATA]: data },
  };
}

function nameOfRevision(app: string, number: number): string {
  return `mcpk-${app}-revision-${number}`;
}

/** Remembers what a deploy came to, and forgets the oldest revisions. @throws McpkError */
export async function endRevision(place: Place, number: number, outcome: Outcome): Promise<void> {
  const { kube, namespace, app, signal } = place;
  const response = await kube.request({
    method: 'PATCH',
    path: `/api/v1/namespaces/${namespace}/configmaps/${nameOfRevision(app, number)}`,
    query: { fieldManager: 'mcpk' },
    body: { metadata: { annotations: { [OUTCOME]: outcome } } },
    contentType: 'application/merge-patch+json',
    signal,
  });
  if (response.status >= 300) throw apiError(response, `remember revision ${number}`);
  await inParallel(outdated(await listRevisions(place)), async (old) => {
    const metadata = { name: nameOfRevision(app, old.number), namespace };
    await deleteObject(kube, { kind: 'ConfigMap', metadata }, signal);
  });
}
