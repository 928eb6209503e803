import { createHash } from 'node:crypto';
import type { ManifestObject } from '../manifests/object.ts';
import { canonical } from './difference.ts';

/** Label of the ConfigMaps that remember what was deployed; its value is the revision's number. */
export const REVISION_LABEL = 'mcpk/revision';

/** How many are kept. */
const KEPT = 10;

/** How far a deploy has come. `unfinished`: it was interrupted, or something could not be applied. */
export type Outcome = 'ready' | 'failed' | 'progressing' | 'unfinished';

/** What was deployed at one time: the app as a whole. */
export interface Revision {
  number: number;
  /** RFC 3339. */
  created: string;
  outcome: Outcome;
  /** Of the objects: equal exactly where the same was deployed. */
  hash: string;
  /** Where it comes from, if not from mcpk.yaml: "rollback to 3". */
  note?: string;
  /** Undefined where what is stored cannot be read. */
  objects: ManifestObject[] | undefined;
}

export function objectsHash(objects: readonly ManifestObject[]): string {
  return createHash('sha256').update(canonical(objects)).digest('hex').slice(0, 16);
}

export type Target = { revision: Revision } | { problem: string };

/**
 * Where a rollback leads to: the wanted revision, or the newest one that became ready and is not what is deployed now.
 * @param revisions newest first
 */
export function rollbackTarget(revisions: readonly Revision[], wanted: number | undefined): Target {
  const [current] = revisions;
  if (current === undefined) return { problem: 'nothing has been deployed yet' };
  const found =
    wanted === undefined
      ? revisions.find(({ outcome, hash }) => outcome === 'ready' && hash !== current.hash)
      : revisions.find(({ number }) => number === wanted);
  if (found === undefined) {
    return { problem: wanted === undefined ? 'no other revision has become ready' : `there is no revision ${wanted}` };
  }
  return found.objects ? { revision: found } : { problem: `what is stored of revision ${found.number} cannot be read` };
}

/**
 * Those that need not be kept: all but the newest ten and the newest one that became ready.
 * @param revisions newest first
 */
export function outdated(revisions: readonly Revision[]): Revision[] {
  const lastReady = revisions.find(({ outcome }) => outcome === 'ready');
  return revisions.slice(KEPT).filter((revision) => revision !== lastReady);
}

/** What is different from one set of objects to the next, in words: "fetch added", "time: image a → b". */
export function changesBetween(before: readonly ManifestObject[], after: readonly ManifestObject[]): string[] {
  const [old, fresh] = [byName(before), byName(after)];
  const changes: string[] = [];
  for (const [name, objects] of fresh) {
    const former = old.get(name);
    if (former === undefined) changes.push(`${name} added`);
    else if (canonical(former) !== canonical(objects)) changes.push(changeOf(name, former, objects));
  }
  for (const name of old.keys()) if (!fresh.has(name)) changes.push(`${name} removed`);
  return changes;
}

/** The objects of each server, and of the gateway. */
function byName(objects: readonly ManifestObject[]): Map<string, ManifestObject[]> {
  const groups = new Map<string, ManifestObject[]>();
  for (const object of objects) {
    if (object.kind === 'Namespace') continue;
    const name = object.metadata.labels['app.kubernetes.io/name'] ?? object.metadata.name;
    groups.set(name, [...(groups.get(name) ?? []), object]);
  }
  return groups;
}

function changeOf(name: string, before: readonly ManifestObject[], after: readonly ManifestObject[]): string {
  const [old, fresh] = [imageOf(before), imageOf(after)];
  return old === fresh ? `${name} changed` : `${name}: image ${old} → ${fresh}`;
}

function imageOf(objects: readonly ManifestObject[]): string {
  const deployment = objects.find((object) => object.kind === 'Deployment');
  const pod = deployment?.kind === 'Deployment' ? deployment.spec?.template.spec : undefined;
  return pod?.containers[0]?.image ?? '';
}
