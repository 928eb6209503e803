import { setTimeout as delay } from 'node:timers/promises';
import type { WorkloadResult } from '../../contract.ts';
import { explainWorkload } from '../../core/deploy/diagnose.ts';
import { assess, type Memory, type Status } from '../../core/deploy/status.ts';
import type { Workload } from '../../core/deploy/waves.ts';
import { EnvironmentError } from '../../errors.ts';
import { investigate, look, observationOf, type Place, type Scene } from './observe.ts';

/** Often at first: with its image on the node a server is ready within two seconds. */
const FAST_POLL_MS = 300;
const FAST_FOR_MS = 10_000;
const POLL_MS = 1000;
/** A cluster may lose its API server for a moment during a rollout. */
const MISSED_LOOKS_ALLOWED = 5;

export interface RolloutOptions {
  place: Place;
  workloads: Workload[];
  /** On the clock of `performance.now()`. */
  deadline: number;
  onStatus: (workload: Workload, status: Status, elapsedMs: number) => void;
}

/**
 * Waits until every workload is ready, hopeless, or the deadline has come.
 * @throws McpkError when the cluster cannot be asked; the signal's reason when it is aborted
 */
export async function awaitRollout({
  place,
  workloads,
  deadline,
  onStatus,
}: RolloutOptions): Promise<WorkloadResult[]> {
  const start = performance.now();
  const memories = new Map<string, Memory>();
  const results = new Map<string, WorkloadResult>();
  for (let missed = 0; ; ) {
    const scene = await glance(place, missed);
    missed = scene ? 0 : missed + 1;
    const now = performance.now();
    const late = now >= deadline;
    for (const workload of scene ? workloads.filter(({ name }) => !results.has(name)) : []) {
      const { status, memory } = assess(
        workload,
        observationOf(workload, scene as Scene, now),
        memories.get(workload.name) ?? new Map(),
      );
      memories.set(workload.name, memory);
      onStatus(workload, status, now - start);
      if (status.state !== 'progressing' || late)
        results.set(
          workload.name,
          await conclude(place, workload, { status, scene: scene as Scene, elapsedMs: now - start }),
        );
    }
    if (results.size === workloads.length) return workloads.map(({ name }) => results.get(name) as WorkloadResult);
    const pause = performance.now() - start < FAST_FOR_MS ? FAST_POLL_MS : POLL_MS;
    // Once more at the deadline itself, so that nothing is called late that was in time.
    await delay(Math.max(50, Math.min(pause, deadline - performance.now())), undefined, { signal: place.signal }).catch(
      () => {},
    );
    place.signal.throwIfAborted();
  }
}

/**
 * One look; undefined where the cluster did not answer and may still come back.
 * @param missed how many looks before this one had no answer
 */
async function glance(place: Place, missed: number): Promise<Scene | undefined> {
  try {
    return await look(place);
  } catch (error) {
    throwUnlessPassing(error, missed);
    return undefined;
  }
}

/** A cluster may be away for a moment. @param missed how often in a row it was already */
export function throwUnlessPassing(error: unknown, missed: number): void {
  const passing =
    error instanceof EnvironmentError && (error.code === 'cluster.unreachable' || error.code === 'cluster.unavailable');
  if (!passing || missed >= MISSED_LOOKS_ALLOWED) throw error;
}

async function conclude(
  place: Place,
  workload: Workload,
  seen: { status: Status; scene: Scene; elapsedMs: number },
): Promise<WorkloadResult> {
  const { status, scene, elapsedMs } = seen;
  return {
    name: workload.name,
    component: workload.component,
    state: status.state,
    durationMs: Math.round(elapsedMs),
    message: status.message,
    ...(await explained(place, workload, { status, scene })),
  };
}

/** Why a workload is not ready; nothing where it is. */
export async function explained(
  place: Place,
  workload: Workload,
  { status, scene }: { status: Status; scene: Scene },
): Promise<Pick<WorkloadResult, 'code' | 'cause' | 'remedies' | 'evidence'>> {
  if (status.state === 'ready') return {};
  const findings = await investigate(place, workload, scene);
  const { namespace } = place;
  const { id, cause, remedies, evidence } = explainWorkload(workload, { namespace, message: status.message }, findings);
  return { code: id, cause, remedies, evidence };
}
