import { podSecurityPages } from '../pod-security/pages.ts';
import {
  checksInForce,
  POLICY_CHECKS,
  type PodSecurityLevel,
  type PodSecurityPlace,
  type PolicyVersion,
} from '../pod-security/policy.ts';
import type { Edit } from '../yaml/edit.ts';
import type { Fault } from './finding.ts';
import type { PodView } from './object-set.ts';
import type { Rule } from './rule.ts';

/** What the namespace that the pods are meant for enforces. */
export interface PodSecurityPolicy {
  level: PodSecurityLevel;
  version: PolicyVersion;
}

/**
 * A rule for each check of the Pod Security Standards, whichever level and version is asked for: so an id is known
 * where its check is not in force, and finds nothing there.
 */
export function podSecurityRules({ level, version }: PodSecurityPolicy): Rule[] {
  const inForce = checksInForce(level, version);
  return POLICY_CHECKS.map((check): Rule => {
    const page = podSecurityPages[check.id];
    if (!page) throw new Error(`no page for ${check.id}`);
    const evaluate = inForce.get(check);
    return {
      id: `pod-security.${kebab(check.id)}`,
      severity: 'error',
      page,
      *check({ pods }) {
        if (!evaluate) return;
        for (const pod of pods) yield* (evaluate(pod)?.places ?? []).map((place) => faultAt(pod, place));
      },
    };
  });
}

function kebab(id: string): string {
  return id.replaceAll('_', '-').replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Places count from the pod, faults from the object that the pod is in. */
function faultAt(pod: PodView, { pointer, container, message, fix }: PodSecurityPlace): Fault {
  const prefix = pod.pointer.slice(0, -'/spec'.length);
  return {
    object: pod.object,
    pointer: prefix + pointer,
    message,
    ...(container !== undefined && { container }),
    ...(fix && { fix: fix.map((edit): Edit => ({ ...edit, pointer: prefix + edit.pointer })) }),
  };
}
