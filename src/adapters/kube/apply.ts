import type { FieldConflict } from '../../core/deploy/conflict.ts';
import { explainConflicts } from '../../core/deploy/conflict.ts';
import { type ApplyAction, applyAction } from '../../core/deploy/difference.ts';
import { nameOf, type ObjectName } from '../../core/deploy/kinds.ts';
import type { LiveObject } from '../../core/deploy/live.ts';
import type { ManifestObject } from '../../core/manifests/object.ts';
import { FailedError } from '../../errors.ts';
import type { KubeConnection } from './connection.ts';
import { applyObject, getObject, inParallel } from './objects.ts';

/** How long an answer that is on its way may still take after Ctrl-C, so that we can say what was applied. */
const LAST_ANSWER_MS = 700;

export interface ApplyOptions {
  kube: KubeConnection;
  force: boolean;
  signal: AbortSignal;
  onApplied: (object: ManifestObject, action: ApplyAction) => void;
  onWarning: (message: string) => void;
}

/** Live objects by name: what was there before anything was applied. */
export type Before = ReadonlyMap<string, LiveObject>;

/** Reads the live state of objects; those that do not exist are left out. */
export async function readLive(
  kube: KubeConnection,
  objects: readonly ObjectName[],
  signal: AbortSignal,
): Promise<Map<string, LiveObject>> {
  const live = new Map<string, LiveObject>();
  await inParallel(objects, async (object) => {
    const found = await getObject(kube, object, signal);
    if (found) live.set(nameOf(object), found);
  });
  return live;
}

/**
 * Applies objects side by side.
 * @throws FailedError with every conflict of the wave; McpkError at the first other fault
 */
export async function applyWave(
  objects: readonly ManifestObject[],
  before: Before,
  options: ApplyOptions,
): Promise<void> {
  const conflicts: FieldConflict[] = [];
  const signal = afterGrace(options.signal);
  await inParallel(objects, async (object) => {
    options.signal.throwIfAborted();
    const applied = await applyObject(options.kube, object, { force: options.force, signal });
    if ('conflicts' in applied) {
      conflicts.push(...applied.conflicts);
      return;
    }
    applied.warnings.forEach(options.onWarning);
    options.onApplied(object, applyAction(before.get(nameOf(object)), applied.after));
  });
  if (conflicts.length > 0) {
    const { message, suggestions } = explainConflicts(conflicts);
    throw new FailedError('deploy.conflict', message, { suggestions });
  }
}

/** A signal that fires a moment after the given one: requests that are under way may end well. */
function afterGrace(signal: AbortSignal): AbortSignal {
  const late = new AbortController();
  const arm = () => setTimeout(() => late.abort(signal.reason), LAST_ANSWER_MS).unref();
  if (signal.aborted) arm();
  else signal.addEventListener('abort', arm, { once: true });
  return late.signal;
}
