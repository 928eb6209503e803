import { setTimeout as delay } from 'node:timers/promises';
import { connect, type KubeConnection } from '../adapters/kube/connection.ts';
import { namespaceContents } from '../adapters/kube/discovery.ts';
import { deleteObject, getObject, inParallel, listObjects } from '../adapters/kube/objects.ts';
import type { DeleteResult, ObjectRef } from '../contract.ts';
import type { App } from '../core/app/app.ts';
import { nameOf, OWNED_KINDS } from '../core/deploy/kinds.ts';
import type { LiveObject } from '../core/deploy/live.ts';
import { isOurs } from '../core/deploy/ownership.ts';
import { managedSelector } from '../core/manifests/labels.ts';
import { InterruptedError, TimeoutError } from '../errors.ts';
import { loadApp } from './load-app.ts';
import type { ClusterOptions } from './on-cluster.ts';

const POLL_MS = 300;

/** What is about to be deleted, for the question before it. */
export interface DeletePlan {
  app: string;
  namespace: string;
  context: string;
  server: string;
  objects: ObjectRef[];
}

export interface DeleteOptions extends ClusterOptions {
  timeoutMs: number;
  /** Also the data that servers have stored. */
  deleteVolumes: boolean;
  /** Asked once, when it is known what would go. */
  confirm: (plan: DeletePlan) => Promise<boolean>;
  onEvent: (event: DeleteEvent) => void;
}

export type DeleteEvent = { type: 'deleting'; object: ObjectRef } | { type: 'waiting'; objects: ObjectRef[] };

interface Run {
  app: App;
  kube: KubeConnection;
  options: DeleteOptions;
  deadline: number;
  /** Deletion was asked for; it is done when the wait is over. */
  going: LiveObject[];
}

/** Takes the app off the cluster and waits until it is gone. Volumes, and what others made, stay. @throws McpkError */
export async function deleteApp(options: DeleteOptions): Promise<DeleteResult> {
  const deadline = performance.now() + options.timeoutMs;
  const { app } = await loadApp(options);
  const kube = await connect(options);
  const run: Run = { app, kube, options, deadline, going: [] };
  try {
    return await takeAway(run);
  } catch (error) {
    if (!options.signal.aborted) throw error;
    throw new InterruptedError(`interrupted: deletion of ${run.going.length} objects had been asked for`, {
      suggestions: ['mcpk delete again takes away the rest'],
      cause: error,
    });
  } finally {
    kube.close();
  }
}

async function takeAway(run: Run): Promise<DeleteResult> {
  const { app, kube, options } = run;
  const { namespace } = app;
  const owned = await ownObjects(run);
  const space = await readNamespace(run);
  const volumes = owned.filter(({ kind }) => kind === 'PersistentVolumeClaim');
  const doomed = options.deleteVolumes ? owned : owned.filter((object) => !volumes.includes(object));
  const kept: DeleteResult['kept'] = options.deleteVolumes
    ? []
    : volumes.map((claim) => ({ ...refOf(claim), reason: 'it holds data; --delete-volumes deletes it too' }));
  const place = { app: app.name, namespace, context: kube.context };
  const spaceIsOurs = isOurs(space, app.name);
  if (doomed.length === 0 && !spaceIsOurs)
    return { ...place, deleted: [], kept: [...kept, ...(await foreignToken(run))] };
  if (!(await options.confirm({ ...place, server: kube.server, objects: doomed.map(refOf) }))) {
    throw new InterruptedError('not confirmed: nothing was deleted');
  }
  // The question may have stood for a while.
  run.deadline = Math.max(run.deadline, performance.now() + options.timeoutMs);
  await inParallel(doomed, (object) => remove(run, object));
  await waitUntilGone(run, async () => [
    ...(await ownObjects(run)).filter(({ metadata }) => isGoing(run, metadata.uid)),
    ...(await ownPods(run)),
  ]);
  kept.push(...(await foreignToken(run)));
  const reason = space && (await namespaceStays(run, space, kept.length > 0));
  if (space && reason) kept.push({ kind: 'Namespace', name: namespace, reason });
  return { ...place, deleted: run.going.map(refOf), kept };
}

async function ownObjects({ app, kube, options }: Run): Promise<LiveObject[]> {
  const query = { labelSelector: managedSelector(app.name), signal: options.signal };
  return (await Promise.all(OWNED_KINDS.map((kind) => listObjects(kube, kind, app.namespace, query)))).flat();
}

/** Not deleted by us, but nothing is over while they run. */
async function ownPods({ app, kube, options }: Run): Promise<LiveObject[]> {
  return await listObjects(kube, 'Pod', app.namespace, {
    labelSelector: managedSelector(app.name),
    signal: options.signal,
  });
}

async function readNamespace({ app, kube, options }: Run): Promise<LiveObject | undefined> {
  const response = await kube.request({ path: `/api/v1/namespaces/${app.namespace}`, signal: options.signal });
  // Without the right to read it there is none to delete it either.
  return response.status === 200 ? (response.body as LiveObject) : undefined;
}

async function remove(run: Run, object: LiveObject): Promise<void> {
  run.options.signal.throwIfAborted();
  run.going.push(object);
  await deleteObject(run.kube, object, run.options.signal);
  run.options.onEvent({ type: 'deleting', object: refOf(object) });
}

function isGoing({ going }: Run, uid: string | undefined): boolean {
  return going.some(({ metadata }) => metadata.uid === uid);
}

async function waitUntilGone(run: Run, remaining: () => Promise<LiveObject[]>): Promise<void> {
  const { signal, onEvent } = run.options;
  for (;;) {
    const left = await remaining();
    if (left.length === 0) return;
    onEvent({ type: 'waiting', objects: left.map(refOf) });
    if (performance.now() >= run.deadline) {
      throw new TimeoutError('delete.timeout', `still there after the time was up: ${left.map(nameOf).join(', ')}`, {
        suggestions: [
          'mcpk delete goes on waiting, --timeout gives more time',
          'a finalizer may hold it: kubectl get ... -o yaml shows metadata.finalizers',
        ],
      });
    }
    await delay(POLL_MS, undefined, { signal }).catch(() => {});
    signal.throwIfAborted();
  }
}

/** The token's Secret where the user made it: worth a word, for it is named in the config. */
async function foreignToken({ app, kube, options }: Run): Promise<DeleteResult['kept']> {
  const name = { kind: 'Secret', metadata: { name: app.gateway.tokenSecret, namespace: app.namespace } };
  const secret = await getObject(kube, name, options.signal);
  return secret && !isOurs(secret, app.name)
    ? [{ ...refOf({ ...secret, kind: 'Secret' }), reason: 'mcpk did not make it' }]
    : [];
}

/** Deletes the namespace if it is this app's and holds nothing else; otherwise says why it stays. */
async function namespaceStays(run: Run, space: LiveObject, keptSome: boolean): Promise<string | undefined> {
  const { app, kube, options } = run;
  if (!isOurs(space, app.name)) return 'mcpk did not make it';
  if (keptSome) return 'it holds what was kept';
  const { foreign, unknown } = await namespaceContents(kube, app.namespace, app.name, options.signal);
  if (foreign.length > 0) {
    const some = foreign
      .slice(0, 3)
      .map(({ kind, name }) => `${kind} ${name}`)
      .join(', ');
    return `it also holds ${some}${foreign.length > 3 ? ` and ${foreign.length - 3} more` : ''}`;
  }
  if (unknown.length > 0) return `it may hold more: ${unknown.slice(0, 3).join(', ')} could not be listed`;
  await remove(run, { ...space, kind: 'Namespace' });
  await waitUntilGone(run, async () => {
    const live = await getObject(kube, { kind: 'Namespace', metadata: { name: app.namespace } }, options.signal);
    return live?.metadata.uid === space.metadata.uid ? [{ ...space, kind: 'Namespace' }] : [];
  });
  return undefined;
}

function refOf({ kind, metadata }: { kind: string; metadata: { name: string; namespace?: string } }): ObjectRef {
  return { kind, name: metadata.name, ...(metadata.namespace && { namespace: metadata.namespace }) };
}
