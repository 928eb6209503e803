import { removedKind } from '../schemas/removed.ts';
import type { Fault, KubeObject } from './finding.ts';
import type { Rule } from './rule.ts';

/** Kinds in a version of their group that no supported cluster has any more; most have no schema of ours either. */
export const removedApiRule: Rule = {
  id: 'schema.removed-api',
  severity: 'error',
  page: {
    title: 'the object’s apiVersion is gone from Kubernetes',
    why: 'Versions of an API are dropped some releases after a newer one is stable. A cluster of that release or a later one refuses the object: "no matches for kind". What the object says was not checked against a schema.',
    todo: [
      'write the object for the version that the message names',
      'where only the apiVersion differs: mcpk lint --fix',
      'https://kubernetes.io/docs/reference/using-api/deprecation-guide/ says what else changed',
    ],
  },
  *check({ objects }) {
    for (const object of objects) {
      const found = faultOf(object);
      if (found) yield { ...found, object };
    }
  },
};

function faultOf({ apiVersion, kind }: KubeObject): Omit<Fault, 'object'> | undefined {
  const removed = removedKind(apiVersion, kind);
  if (!removed) return undefined;
  const { removedIn, replacement, sameSchema } = removed;
  const gone = `${kind} of ${apiVersion} is gone since Kubernetes ${removedIn}`;
  const pointer = '/apiVersion';
  if (!replacement) return { pointer, message: `${gone}, and nothing took its place`, remedy: 'delete the object' };
  return {
    pointer,
    message: `${gone}: use ${replacement}`,
    ...(sameSchema
      ? { remedy: `set apiVersion to ${replacement}`, fix: [{ op: 'set', pointer, value: replacement }] }
      : { remedy: `write it for ${replacement}: more than the apiVersion differs` }),
  };
}
