import { applyWave, type Before } from '../adapters/kube/apply.ts';
import { unwantedObjects } from '../adapters/kube/namespace.ts';
import { deleteObject, inParallel } from '../adapters/kube/objects.ts';
import type { Place } from '../adapters/kube/observe.ts';
import { beginRevision, endRevision } from '../adapters/kube/revisions.ts';
import { awaitRollout } from '../adapters/kube/rollout.ts';
import type { DeployResult, ObjectRef, WorkloadResult } from '../contract.ts';
import type { ApplyAction } from '../core/deploy/difference.ts';
import type { Outcome } from '../core/deploy/revision.ts';
import type { Status } from '../core/deploy/status.ts';
import { type Workload, wavesOf } from '../core/deploy/waves.ts';
import type { ManifestObject } from '../core/manifests/object.ts';
import { EnvironmentError, EXIT, type ExitCode, FailedError, InterruptedError, McpkError } from '../errors.ts';

/** What happens while objects are rolled out, in its order. */
export type RollOutEvent =
  | { type: 'applied'; object: ObjectRef; action: ApplyAction }
  | { type: 'workload'; name: string; status: Status; elapsedMs: number }
  | { type: 'pruned'; object: ObjectRef }
  | { type: 'warning'; message: string };

/** One run: what it works on, and what it has done so far. */
export interface Run {
  place: Place;
  objects: ManifestObject[];
  /** Those of them that are there and stay as they are. */
  untouched?: ManifestObject[];
  workloads: Workload[];
  /** What was there before anything was applied. */
  before: Before;
  /** On the clock of `performance.now()`. */
  deadline: number;
  applied: DeployResult['applied'];
  /** Take over fields that others have set. */
  forceConflicts: boolean;
  onEvent: (event: RollOutEvent) => void;
}

export type RolledOut = Pick<DeployResult, 'applied' | 'workloads' | 'pruned'> & { revision?: number };

/**
 * Applies everything inside the namespace in waves, waits, and takes away what is no longer wanted.
 * @param note what the revision is, where it does not come from mcpk.yaml
 * @throws McpkError
 */
export async function rollOut(run: Run, note?: string): Promise<RolledOut> {
  const revision = await remembered(run, () => beginRevision(run.place, run.objects, note));
  const workloads = await applyAndWait(run);
  const outcome = outcomeOf(workloads);
  const pruned = outcome === 'ready' ? await prune(run) : [];
  if (revision !== undefined) await remembered(run, () => endRevision(run.place, revision, outcome));
  const applied = run.objects.flatMap((object) => run.applied.filter((ref) => sameObject(ref, object)));
  return { applied, workloads, pruned, ...(revision !== undefined && { revision }) };
}

/** What cannot be remembered is deployed all the same; it only cannot be rolled back to. */
async function remembered<T>({ place, onEvent }: Run, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work();
  } catch (error) {
    if (place.signal.aborted || !(error instanceof McpkError)) throw error;
    onEvent({ type: 'warning', message: `mcpk history will not know this revision: ${error.message}` });
    return undefined;
  }
}

function outcomeOf(workloads: readonly Pick<WorkloadResult, 'state'>[]): Exclude<Outcome, 'unfinished'> {
  if (workloads.some(({ state }) => state === 'failed')) return 'failed';
  return workloads.some(({ state }) => state === 'progressing') ? 'progressing' : 'ready';
}

/** 1 when a workload failed; 4 when one was still on its way at the deadline. */
export function deployExitCode({ workloads }: Pick<DeployResult, 'workloads'>): ExitCode {
  return { ready: EXIT.ok, failed: EXIT.failed, progressing: EXIT.timeout }[outcomeOf(workloads)];
}

/** Applies objects side by side. @throws McpkError */
export async function apply(run: Run, objects: readonly ManifestObject[]): Promise<void> {
  const { place, before } = run;
  await applyWave(objects, before, {
    kube: place.kube,
    force: run.forceConflicts,
    signal: place.signal,
    onApplied: (object, action) => {
      const ref = refOf(object);
      run.applied.push({ ...ref, action });
      run.onEvent({ type: 'applied', object: ref, action });
    },
    onWarning: (message) => run.onEvent({ type: 'warning', message }),
  });
}

/** The gateway comes after the servers, also after failed ones: it serves the others. */
async function applyAndWait(run: Run): Promise<WorkloadResult[]> {
  const { workloads, objects, untouched = [] } = run;
  const waves = wavesOf(objects.filter((object) => !untouched.includes(object)));
  const wait = (awaited: Workload[]) =>
    awaitRollout({
      place: run.place,
      workloads: awaited,
      deadline: run.deadline,
      onStatus: ({ name }, status, elapsedMs) => run.onEvent({ type: 'workload', name, status, elapsedMs }),
    });
  await apply(run, waves.base);
  await apply(run, waves.servers);
  const servers = await wait(workloads.filter(({ component }) => component === 'server'));
  await apply(run, waves.gateway);
  const inVain = servers.some(({ state }) => state === 'ready') ? {} : { inVain: 'no server behind it is ready' };
  const gateway = workloads
    .filter(({ component }) => component === 'gateway')
    .map((workload) => ({ ...workload, ...inVain }));
  return [...servers, ...(await wait(gateway))];
}

async function prune({ objects, place, onEvent }: Run): Promise<ObjectRef[]> {
  const pruned: ObjectRef[] = [];
  await inParallel(await unwantedObjects(place, objects), async (object) => {
    await deleteObject(place.kube, object, place.signal);
    pruned.push(refOf(object));
    onEvent({ type: 'pruned', object: refOf(object) });
  });
  return pruned;
}

function refOf({ kind, metadata }: { kind: string; metadata: { name: string; namespace?: string } }): ObjectRef {
  return { kind, name: metadata.name, ...(metadata.namespace && { namespace: metadata.namespace }) };
}

function sameObject(ref: ObjectRef, { kind, metadata }: ManifestObject): boolean {
  return ref.kind === kind && ref.name === metadata.name;
}

/** The same error, with how far the run had come. @param command the one that resumes */
export function withProgress(error: unknown, { applied, objects, place }: Run, command: string): unknown {
  const changed = applied.filter(({ action }) => action !== 'unchanged').map(({ kind, name }) => `${kind} ${name}`);
  const done = `${applied.length} of ${objects.length} objects applied${changed.length > 0 ? ` (changed: ${changed.join(', ')})` : ', nothing was changed'}`;
  if (place.signal.aborted) {
    const suggestions = [
      `${command} resumes where it stopped`,
      ...(changed.length > 0 ? ['mcpk delete takes everything away'] : []),
    ];
    return new InterruptedError(`interrupted: ${done}`, { suggestions, cause: error });
  }
  if (!(error instanceof McpkError) || changed.length === 0) return error;
  const details = {
    suggestions: [...error.suggestions, `then run ${command} again: it resumes`],
    problems: error.problems,
    cause: error,
  };
  const message = `${error.message}\n${done}`;
  return error instanceof EnvironmentError
    ? new EnvironmentError(error.code, message, details)
    : new FailedError(error.code, message, details);
}
