import type { V1Container, V1ObjectMeta, V1PodSpec } from '@kubernetes/client-node';
import type { Edit } from '../yaml/edit.ts';

export type PodSecurityLevel = 'baseline' | 'restricted';

/** What Pod Security looks at: a pod, or the template of a workload. */
export interface Pod {
  metadata: Readonly<V1ObjectMeta>;
  spec: Readonly<V1PodSpec>;
}

/** One node of the pod that must change. Pointers are JSON Pointers from the pod: `/spec/...` or `/metadata/...`. */
export interface PodSecurityPlace {
  /** What should change; it need not be there yet. */
  pointer: string;
  container?: string;
  /** The check's text, as if this place were the only one. */
  message: string;
  /** After these the check finds nothing here. Two places may want the same edit, word for word, never different ones. */
  fix?: Edit[];
}

/** What a check says of a pod that it forbids, in the API server's words. */
export interface Outcome {
  reason: string;
  detail: string;
  places: PodSecurityPlace[];
}

export type Evaluate = (pod: Pod) => Outcome | undefined;

/** How a check is from one minor version of the policy on, until its next revision. */
export interface Revision {
  minor: number;
  evaluate: Evaluate;
}

/** A check of the Pod Security Standards under the id that k8s.io/pod-security-admission gives it. */
export interface PolicyCheck {
  id: string;
  level: PodSecurityLevel;
  /** Oldest first. */
  revisions: readonly Revision[];
  /** A baseline check that need not run where this one does. */
  overrides?: string;
}

/** A place before its text is made. Without a pointer it only counts in the text. */
export interface Offence {
  pointer?: string;
  /** Undefined where the pod as a whole is at fault. */
  container?: string;
  /** What is forbidden, where the text lists it. */
  values?: readonly string[];
  fix?: Edit[];
}

/** Makes the texts, once of all offences and once of each; undefined where there are none. */
export function outcome<T extends Offence>(
  offences: readonly T[],
  reasonOf: (offences: readonly T[]) => string,
  detailOf: (offences: readonly T[]) => string,
): Outcome | undefined {
  if (offences.length === 0) return undefined;
  const places = offences.flatMap((offence): PodSecurityPlace[] => {
    const { pointer, container, fix } = offence;
    if (pointer === undefined) return [];
    const message = `${reasonOf([offence])} (${detailOf([offence])})`;
    return [{ pointer, message, ...(container !== undefined && { container }), ...(fix && { fix }) }];
  });
  return { reason: reasonOf(offences), detail: detailOf(offences), places };
}

export interface PlacedContainer {
  /** From the pod. */
  pointer: string;
  container: V1Container;
}

/** All containers in the order in which Pod Security visits them. */
export function containersOf(spec: Readonly<V1PodSpec>): PlacedContainer[] {
  return (['initContainers', 'containers', 'ephemeralContainers'] as const).flatMap((list) =>
    ((spec[list] ?? []) as V1Container[]).map((container, i) => ({ pointer: `/spec/${list}/${i}`, container })),
  );
}

/** Collects what `find` finds in each container, with the container's name. */
export function inContainers<T extends Offence>(
  { spec }: Pod,
  find: (container: V1Container, pointer: string) => T | readonly T[] | undefined,
): (T & { container: string })[] {
  return containersOf(spec).flatMap(({ pointer, container }) =>
    [find(container, pointer) ?? []].flat().map((offence) => ({ ...(offence as T), container: container.name })),
  );
}

/** What the security contexts of pods and containers have in common. */
export type AnySecurityContext = Pick<
  NonNullable<V1Container['securityContext']>,
  'appArmorProfile' | 'runAsNonRoot' | 'runAsUser' | 'seccompProfile' | 'seLinuxOptions' | 'windowsOptions'
>;

/** Collects what `find` finds in the security contexts of the pod and of each container, where they have one. */
export function inSecurityContexts<T extends Offence>(
  pod: Pod,
  find: (context: AnySecurityContext, pointer: string, container: string | undefined) => T | undefined,
): T[] {
  const { securityContext } = pod.spec;
  const own = securityContext && find(securityContext, '/spec/securityContext', undefined);
  const below = inContainers(
    pod,
    ({ name, securityContext: context }, pointer) => context && find(context, `${pointer}/securityContext`, name),
  );
  return own ? [own, ...below] : below;
}

/** From policy v1.25 on, such pods need not set what only exists on Linux. */
export function saysWindows({ os }: Readonly<V1PodSpec>): boolean {
  return os?.name === 'windows';
}

/** From policy v1.35 on, root of such pods is nobody on the node. */
export function inUserNamespace({ hostUsers }: Readonly<V1PodSpec>): boolean {
  return hostUsers === false;
}

/** The same check, which lets a pod pass for another reason. */
export function unless(exempt: (spec: Readonly<V1PodSpec>) => boolean, evaluate: Evaluate): Evaluate {
  return (pod) => (exempt(pod.spec) ? undefined : evaluate(pod));
}
