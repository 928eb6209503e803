import { readLive } from '../adapters/kube/apply.ts';
import { readNamespace, unwantedObjects } from '../adapters/kube/namespace.ts';
import { applyObject, inParallel } from '../adapters/kube/objects.ts';
import type { Place } from '../adapters/kube/observe.ts';
import { checkSecrets, hasToken } from '../adapters/kube/token.ts';
import type { DiffResult } from '../contract.ts';
import type { App } from '../core/app/app.ts';
import { objectDiff } from '../core/deploy/comparison.ts';
import { explainConflicts, type FieldConflict } from '../core/deploy/conflict.ts';
import { nameOf, type ObjectName } from '../core/deploy/kinds.ts';
import type { LiveObject } from '../core/deploy/live.ts';
import { isOurs } from '../core/deploy/ownership.ts';
import type { ManifestObject } from '../core/manifests/object.ts';
import { buildObjects } from '../core/manifests/objects.ts';
import { EXIT, type ExitCode, FailedError } from '../errors.ts';
import { refuseForeign } from './foreign.ts';
import { type ClusterOptions, onCluster } from './on-cluster.ts';

export interface DiffOptions extends ClusterOptions {
  onWarning: (message: string) => void;
}

type Entry = DiffResult['objects'][number];
type Obstacle = DiffResult['obstacles'][number];

/** What `mcpk deploy` would do, asked of the cluster by dry runs: nothing is changed. @throws McpkError */
export async function diff(options: DiffOptions): Promise<DiffResult> {
  return await onCluster(options, async ({ app, place, where }) => {
    const { kube, signal } = place;
    const space = await readNamespace(kube, app.namespace, signal);
    const wanted = wantedObjects(app, space);
    const live = space ? await readLive(kube, inside(wanted), signal) : new Map<string, LiveObject>();
    refuseForeign(app, live.values());
    if (space && isOurs(space, app.name)) live.set(nameOf(space), space);
    const [obstacles, conflicts]: [Obstacle[], FieldConflict[]] = [[], []];
    const comparison = { place, live, options, obstacles, conflicts, canDryRun: space !== undefined };
    const entries = await compareAll(comparison, wanted);
    if (conflicts.length > 0) obstacles.push({ code: 'deploy.conflict', ...explainConflicts(conflicts) });
    entries.push(...(await tokenEntry(place, app, obstacles)));
    const unwanted = space ? await unwantedObjects(place, wanted) : [];
    entries.push(...unwanted.map((object): Entry => ({ ...refOf(object), action: 'prune', dryRun: true })));
    await collect(obstacles, () => checkSecrets(kube, app, signal));
    return { ...where, summary: summarize(entries), objects: entries, obstacles };
  });
}

/** 1 where the cluster would not take it, and with `exitCode` where anything differs. */
export function diffExitCode({ obstacles, objects }: DiffResult, exitCode: boolean): ExitCode {
  if (obstacles.length > 0) return EXIT.failed;
  return exitCode && objects.some(({ action }) => action !== 'same') ? EXIT.failed : EXIT.ok;
}

interface Comparison {
  place: Place;
  live: ReadonlyMap<string, LiveObject>;
  options: DiffOptions;
  obstacles: Obstacle[];
  /** Of all objects. */
  conflicts: FieldConflict[];
  /** False where the namespace is not there yet. */
  canDryRun: boolean;
}

/** A namespace of others is used as it is. */
function wantedObjects(app: App, space: LiveObject | undefined): ManifestObject[] {
  const objects = buildObjects(app);
  return space === undefined || isOurs(space, app.name) ? objects : inside(objects);
}

function inside(objects: readonly ManifestObject[]): ManifestObject[] {
  return objects.filter(({ kind }) => kind !== 'Namespace');
}

async function compareAll(comparison: Comparison, wanted: readonly ManifestObject[]): Promise<Entry[]> {
  const entries = new Map<ManifestObject, Entry>();
  await inParallel(wanted, async (object) => {
    entries.set(object, await compare(comparison, object));
  });
  return wanted.flatMap((object) => entries.get(object) ?? []);
}

async function compare(comparison: Comparison, object: ManifestObject): Promise<Entry> {
  const { place, live, options, obstacles, canDryRun } = comparison;
  const ref = refOf(object);
  const before = live.get(nameOf(object));
  const action = before ? 'change' : 'create';
  if (!canDryRun && object.kind !== 'Namespace') return { ...ref, action, dryRun: false };
  const apply = (force: boolean) => applyObject(place.kube, object, { force, dryRun: true, signal: place.signal });
  try {
    const asked = await apply(false);
    const conflicts = 'conflicts' in asked ? asked.conflicts : [];
    // What it would be if those fields were taken over.
    const forced = 'conflicts' in asked ? await apply(true) : asked;
    comparison.conflicts.push(...conflicts);
    if ('conflicts' in forced) return { ...ref, action, dryRun: false };
    forced.warnings.forEach(options.onWarning);
    const diff = before && objectDiff(before, forced.after);
    const fields = conflicts.map(({ field, manager }) => ({ field, manager }));
    return {
      ...ref,
      action: diff === '' && conflicts.length === 0 ? 'same' : action,
      dryRun: true,
      ...(diff && { diff }),
      ...(fields.length > 0 && { conflicts: fields }),
    };
  } catch (error) {
    // The other objects still have something to say.
    if (!(error instanceof FailedError)) throw error;
    obstacles.push({ ...ref, code: error.code, message: error.message, suggestions: error.suggestions });
    return { ...ref, action, dryRun: false };
  }
}

/** The Secret is no manifest: deploy makes it, with a random token, where it is missing. */
async function tokenEntry(place: Place, app: App, obstacles: Obstacle[]): Promise<Entry[]> {
  const ref = { kind: 'Secret', name: app.gateway.tokenSecret, namespace: app.namespace };
  let there = true;
  await collect(obstacles, async () => {
    there = await hasToken(place.kube, app, place.signal);
  });
  return there ? [] : [{ ...ref, action: 'create', dryRun: false }];
}

async function collect(obstacles: Obstacle[], work: () => Promise<unknown>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof FailedError)) throw error;
    obstacles.push({ code: error.code, message: error.message, suggestions: error.suggestions });
  }
}

function summarize(objects: readonly Entry[]): DiffResult['summary'] {
  const count = (wanted: Entry['action']) => objects.filter(({ action }) => action === wanted).length;
  return { create: count('create'), change: count('change'), prune: count('prune'), same: count('same') };
}

function refOf({ kind, metadata }: ObjectName) {
  return { kind, name: metadata.name, ...(metadata.namespace && { namespace: metadata.namespace }) };
}
