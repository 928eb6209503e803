import type { V1Container, V1ContainerPort } from '@kubernetes/client-node';
import type { Fault, KubeObject } from './finding.ts';
import type { ContainerView, ObjectSet, PodView } from './object-set.ts';
import type { Rule } from './rule.ts';

/** `GROUP/KIND`; the core group has no name. Other groups use the same words for other things: Knative's Service. */
export type GroupKind = `${string}/${string}`;

export function groupKind({ apiVersion, kind }: Pick<KubeObject, 'apiVersion' | 'kind'>): GroupKind {
  const slash = apiVersion.indexOf('/');
  return `${slash < 0 ? '' : apiVersion.slice(0, slash)}/${kind}`;
}

/** All objects of these kinds. */
export function objectsOf(objects: ObjectSet, ...kinds: readonly GroupKind[]): KubeObject[] {
  return kinds.flatMap((kind) =>
    objects.of(kind.slice(kind.indexOf('/') + 1)).filter((object) => groupKind(object) === kind),
  );
}

/** A rule about each object of some kinds. Pointers of what it returns start at the object. */
export function objectRule<T>(
  rule: Omit<Rule, 'check'>,
  kinds: readonly GroupKind[],
  check: (spec: T, object: KubeObject, objects: ObjectSet) => Omit<Fault, 'object'> | undefined,
): Rule {
  return {
    ...rule,
    *check(objects) {
      for (const object of objectsOf(objects, ...kinds)) {
        const found = check((object.data['spec'] ?? {}) as T, object, objects);
        if (found) yield { ...found, object };
      }
    },
  };
}

/** Kinds whose number of pods is a field of theirs. */
export const REPLICATED: readonly GroupKind[] = [
  'apps/Deployment',
  'apps/StatefulSet',
  'apps/ReplicaSet',
  '/ReplicationController',
];

const LONG_RUNNING = new Set<GroupKind>([...REPLICATED, 'apps/DaemonSet']);

/** Whether the pod is meant to run until somebody stops it. */
export function runsOn({ object, spec }: PodView): boolean {
  const kind = groupKind(object);
  return LONG_RUNNING.has(kind) || (kind === '/Pod' && (spec.restartPolicy ?? 'Always') === 'Always');
}

export function isWindows({ spec }: PodView): boolean {
  return spec.os?.name === 'windows' || spec.nodeSelector?.['kubernetes.io/os'] === 'windows';
}

/** Lives as long as the pod: its ports and probes count. */
export function staysUp({ kind }: ContainerView): boolean {
  return kind === 'container' || kind === 'sidecar';
}

export function portKey({ containerPort, protocol = 'TCP' }: V1ContainerPort): string {
  return `${containerPort}/${protocol}`;
}

const SHELL = /(^|\/)(ba|da|a|z|k)?sh$/;

/** Whether the words are handed to a shell as a script: what stands in them then follows other rules. */
export function isShellScript({ command = [], args = [] }: V1Container): boolean {
  const [first, ...rest] = [...command, ...args];
  return first !== undefined && SHELL.test(first) && rest.some((word) => /^-[a-z]*c$/.test(word));
}

/** The later ones of those that have the same key. */
export function repeated<T>(items: readonly T[], keyOf: (item: T) => string | undefined): { item: T; index: number }[] {
  const seen = new Set<string>();
  return items.flatMap((item, index) => {
    const key = keyOf(item);
    if (key === undefined) return [];
    if (seen.has(key)) return [{ item, index }];
    seen.add(key);
    return [];
  });
}

/** Keys of a container that hold a probe. */
export const PROBES = ['startupProbe', 'readinessProbe', 'livenessProbe'] as const;
