import { type Direction, directionsOf } from '../network/policy.ts';
import type { Fault } from './finding.ts';
import { isolating, type Pod, type Policy, policiesOf, selectedBy } from './network-view.ts';
import type { ObjectSet } from './object-set.ts';
import { listed, titleOf } from './reference-lookup.ts';
import type { Rule } from './rule.ts';

const WORD = { ingress: 'Ingress', egress: 'Egress' } as const;
const DIRECTIONS = ['ingress', 'egress'] as const;

const ignored: Rule = {
  id: 'network.rules-ignored',
  severity: 'error',
  page: {
    title: 'rules of a direction that the policy does not speak of',
    why: 'Where policyTypes is set, only the directions in it count: other rules are kept and ignored, and nothing is refused. Without policyTypes a policy is about Ingress, and about Egress only if it has at least one egress rule: an empty list then refuses nothing.',
    todo: [
      'add the direction to policyTypes: from then on all else of that direction is refused',
      'or remove the rules',
    ],
  },
  *check(objects) {
    for (const { object, spec } of policiesOf(objects)) {
      for (const direction of DIRECTIONS) {
        const rules = spec[direction];
        if (!rules || directionsOf(spec).includes(direction)) continue;
        const pointer = `/spec/${direction}`;
        if (rules.length > 0) {
          yield { object, pointer, message: `policyTypes has no ${WORD[direction]}: these rules are ignored` };
        } else if (!spec.policyTypes?.length) {
          const message = `${direction}: [] refuses nothing, because policyTypes does not name ${WORD[direction]}`;
          yield { object, pointer, message, severity: 'warning' };
        }
      }
    }
  },
};

const forgotten: Rule = {
  id: 'network.direction-forgotten',
  severity: 'warning',
  page: {
    title: 'a policy closes a direction that it says nothing about',
    why: 'A policy with rules for one direction closes the other one too when policyTypes names it, and a policy without policyTypes always closes Ingress. Here no policy opens it again: the pods take, or open, no connection at all.',
    todo: [
      'rules for that direction',
      'policyTypes with only the direction that has rules',
      'meant so: say it with an empty list (ingress: [], or egress: [])',
    ],
  },
  *check(objects) {
    for (const policy of policiesOf(objects)) {
      for (const direction of DIRECTIONS) {
        const fault = forgot(policy, direction, objects);
        if (fault) yield fault;
      }
    }
  },
};

function forgot(policy: Policy, direction: Direction, objects: ObjectSet): Fault | undefined {
  const { object, spec } = policy;
  const other = direction === 'ingress' ? 'egress' : 'ingress';
  // Without any rule it is a default for the namespace, and meant so.
  if (spec[direction] || !spec[other]?.length || !directionsOf(spec).includes(direction)) return undefined;
  const closed = selectedBy(objects, policy).filter(
    (pod) =>
      (direction === 'egress' || listens(pod)) &&
      isolating(objects, direction, pod).every((one) => !one.spec[direction]?.length),
  );
  if (closed.length === 0) return undefined;
  const pods = listed(closed.map((pod) => titleOf(pod.object)));
  const what = direction === 'ingress' ? 'takes no connection' : 'opens no connection, not even to DNS';
  const named = spec.policyTypes?.length
    ? `policyTypes names ${WORD[direction]}`
    : 'without policyTypes it closes Ingress';
  return {
    object,
    pointer: spec.policyTypes?.length ? '/spec/policyTypes' : '/spec',
    message: `${named}, and no ${direction} rule is there: ${pods} ${what}`,
  };
}

function listens({ end }: Pod): boolean {
  return (end.ports ?? []).length > 0;
}

export const networkPolicyTypeRules: readonly Rule[] = [ignored, forgotten];
