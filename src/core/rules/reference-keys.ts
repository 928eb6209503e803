import type { KubeObject } from './finding.ts';
import { listed, lookUp, mapOf, nearest } from './reference-lookup.ts';
import { type Use, usesOf } from './reference-uses.ts';
import type { Rule } from './rule.ts';

/** What the controller of service account tokens puts into a Secret of that type. */
const TOKEN_KEYS = ['ca.crt', 'namespace', 'token'];

function keysOf({ data }: KubeObject): string[] {
  const own = ['data', 'stringData', 'binaryData'].flatMap((key) => Object.keys(mapOf(data[key])));
  return data['type'] === 'kubernetes.io/service-account-token' ? [...own, ...TOKEN_KEYS] : own;
}

/** A key that pods need of a ConfigMap or Secret that is in the set. */
function keyRule(kind: Use['kind'], rule: Omit<Rule, 'check' | 'severity'>): Rule {
  return {
    ...rule,
    severity: 'error',
    *check(objects) {
      for (const { object, name, key, optional, pointer, container, ...use } of usesOf(objects)) {
        const source = use.kind === kind ? lookUp(objects, `/${kind}`, name, object.namespace) : undefined;
        if (!source || key === undefined || optional) continue;
        const keys = keysOf(source);
        // A path below a key is never there, so only the whole word counts.
        if (keys.includes(key)) continue;
        const [near] = nearest(key, keys);
        const has =
          near !== undefined
            ? `: did you mean ${near}?`
            : keys.length > 0
              ? `: it has ${listed(keys)}`
              : ' here, nor any other';
        // Somebody may fill an empty one in on the cluster.
        const empty = keys.length === 0 && { severity: 'warning' as const };
        yield {
          object,
          pointer,
          message: `${kind} ${name} has no key ${key}${has}`,
          ...empty,
          ...(container !== undefined && { container }),
        };
      }
    },
  };
}

const configMapKey = keyRule('ConfigMap', {
  id: 'reference.config-map-key',
  page: {
    title: 'a key that the ConfigMap does not have',
    why: 'The container is not started: CreateContainerConfigError for a variable, FailedMount for an item of a volume. For a subPath the kubelet makes an empty folder where the file should be.',
    todo: ['correct the key', 'or add it to the ConfigMap', 'optional: true, where the pod does without'],
  },
});

const secretKey = keyRule('Secret', {
  id: 'reference.secret-key',
  page: {
    title: 'a key that the Secret does not have',
    why: 'The container is not started: CreateContainerConfigError for a variable, FailedMount for an item of a volume. For a subPath the kubelet makes an empty folder where the file should be.',
    todo: ['correct the key', 'or add it to the Secret', 'optional: true, where the pod does without'],
  },
});

export const referenceKeyRules: readonly Rule[] = [configMapKey, secretKey];
