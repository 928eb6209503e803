import { MANAGED_BY } from '../manifests/labels.ts';
import { nameOf } from './kinds.ts';
import type { LiveObject } from './live.ts';

const INSTANCE = 'app.kubernetes.io/instance';
const MANAGER = 'app.kubernetes.io/managed-by';

/** True for what mcpk made for this app. */
export function isOurs(object: LiveObject | undefined, app: string): boolean {
  const labels = object?.metadata.labels ?? {};
  return labels[MANAGER] === MANAGED_BY && labels[INSTANCE] === app;
}

/** Objects that have a name of ours and belong to somebody else, each with its owner in words. */
export function foreignObjects(live: readonly LiveObject[], app: string): { object: string; owner: string }[] {
  return live
    .filter((object) => object.kind !== 'Namespace' && !isOurs(object, app))
    .map((object) => ({ object: nameOf(object), owner: ownerOf(object) }));
}

function ownerOf({ metadata }: LiveObject): string {
  const { [MANAGER]: manager, [INSTANCE]: instance } = metadata.labels ?? {};
  if (manager === MANAGED_BY) return `the mcpk app "${instance ?? ''}"`;
  const tool =
    manager ?? metadata.managedFields?.find((entry) => entry.operation !== 'Status' && !entry.subresource)?.manager;
  return tool === undefined ? 'somebody else' : `somebody else (made with ${tool})`;
}

/** Live objects that the config no longer has. */
export function unwanted(
  live: readonly LiveObject[],
  wanted: readonly { kind: string; metadata: { name: string } }[],
): LiveObject[] {
  const names = new Set(wanted.map((object) => `${object.kind}/${object.metadata.name}`));
  return live.filter(
    (object) => !names.has(`${object.kind}/${object.metadata.name}`) && !object.metadata.deletionTimestamp,
  );
}
