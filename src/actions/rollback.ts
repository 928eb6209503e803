import { readLive } from '../adapters/kube/apply.ts';
import { listRevisions } from '../adapters/kube/revisions.ts';
import type { RollbackResult } from '../contract.ts';
import { nameOf } from '../core/deploy/kinds.ts';
import { rollbackTarget } from '../core/deploy/revision.ts';
import { workloadsIn } from '../core/deploy/waves.ts';
import { FailedError } from '../errors.ts';
import { refuseForeign } from './foreign.ts';
import { type ClusterOptions, onCluster } from './on-cluster.ts';
import { type RollOutEvent, type Run, rollOut, withProgress } from './roll-out.ts';

export interface RollbackOptions extends ClusterOptions {
  /** Default: the newest other one that became ready. */
  revision?: number | undefined;
  timeoutMs: number;
  /** Take over fields that others have set. */
  forceConflicts: boolean;
  onStart: (to: number) => void;
  onEvent: (event: RollOutEvent) => void;
}

/**
 * Applies the objects of a former deploy again, waits, and takes away what has come since.
 * @returns also where workloads failed or the time was up: see deployExitCode
 * @throws McpkError
 */
export async function rollback(options: RollbackOptions): Promise<RollbackResult> {
  const start = performance.now();
  return await onCluster(options, async ({ app, place, where }) => {
    const target = rollbackTarget(await listRevisions(place), options.revision);
    if ('problem' in target) {
      throw new FailedError('rollback.no-revision', `cannot roll back: ${target.problem}`, {
        suggestions: ['mcpk history lists what there is', 'mcpk deploy, with the mcpk.yaml that you want'],
      });
    }
    const { number: to, objects = [] } = target.revision;
    options.onStart(to);
    const inside = objects.filter(({ kind }) => kind !== 'Namespace');
    const before = await readLive(place.kube, inside, place.signal);
    refuseForeign(app, before.values());
    const claims = inside.filter((object) => object.kind === 'PersistentVolumeClaim' && before.has(nameOf(object)));
    const run: Run = {
      place,
      objects,
      // A volume never becomes smaller, and what is on it stays.
      untouched: claims,
      workloads: workloadsIn(objects),
      before,
      deadline: start + options.timeoutMs,
      applied: [],
      forceConflicts: options.forceConflicts,
      onEvent: options.onEvent,
    };
    const done = await rollOut(run, `rollback to ${to}`).catch((error: unknown) => {
      throw withProgress(error, run, 'mcpk rollback');
    });
    const notRestored = ['values of Secrets', 'data on volumes', ...claims.map(nameOf)];
    return { ...where, to, ...done, notRestored, durationMs: Math.round(performance.now() - start) };
  });
}
