import { toYaml } from '../manifests/yaml.ts';
import { unifiedDiff } from '../yaml/unified-diff.ts';
import { canonical } from './difference.ts';
import type { LiveObject } from './live.ts';
import { maskedPair } from './mask.ts';

/** What the API server and controllers write by themselves: never a difference. */
const BY_THE_CLUSTER = new Set([
  'managedFields',
  'resourceVersion',
  'uid',
  'generation',
  'creationTimestamp',
  'selfLink',
]);
const ANNOTATIONS_BY_THE_CLUSTER = new Set([
  'deployment.kubernetes.io/revision',
  'kubectl.kubernetes.io/last-applied-configuration',
]);

/** An object without what changes by itself. */
function comparable({ status: _status, metadata, ...rest }: LiveObject): object {
  const { annotations = {}, ...kept } = metadata;
  const own = Object.entries(annotations).filter(([name]) => !ANNOTATIONS_BY_THE_CLUSTER.has(name));
  const { apiVersion, kind, ...body } = rest;
  return {
    apiVersion,
    kind,
    metadata: {
      ...(own.length > 0 && { annotations: Object.fromEntries(own) }),
      ...Object.fromEntries(Object.entries(kept).filter(([name]) => !BY_THE_CLUSTER.has(name))),
    },
    ...body,
  };
}

/**
 * The change from the live object to what a dry run says it would be, as a unified diff of YAML with secrets masked.
 * Empty where nothing would change.
 */
export function objectDiff(live: LiveObject, after: LiveObject): string {
  const [before, next] = [comparable(live), comparable(after)];
  if (canonical(before) === canonical(next)) return '';
  const [old, fresh] = maskedPair(before, next);
  return unifiedDiff(toYaml(old), toYaml(fresh), `${live.kind}/${live.metadata.name}`);
}
