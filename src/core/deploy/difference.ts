import type { LiveObject } from './live.ts';

export type ApplyAction = 'created' | 'changed' | 'unchanged';

/**
 * What applying an object did to it. An equal resourceVersion proves that nothing changed; a different one does not
 * prove the opposite, for controllers write status and their own annotations at any time.
 */
export function applyAction(before: LiveObject | undefined, after: LiveObject): ApplyAction {
  if (before === undefined) return 'created';
  if (before.metadata.resourceVersion === after.metadata.resourceVersion) return 'unchanged';
  return canonical(wantedPart(before)) === canonical(wantedPart(after)) ? 'unchanged' : 'changed';
}

const REVISION = 'deployment.kubernetes.io/revision';

function wantedPart({ status: _status, metadata, ...rest }: LiveObject): unknown {
  const { [REVISION]: _revision, ...annotations } = metadata.annotations ?? {};
  return { ...rest, labels: metadata.labels ?? {}, annotations };
}

/** JSON with sorted keys. */
export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`)
    .join(',')}}`;
}
