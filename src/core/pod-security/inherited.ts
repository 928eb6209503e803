import type { Edit } from '../yaml/edit.ts';
import { type AnySecurityContext, containersOf, type Offence, type Outcome, outcome, type Pod } from './check.ts';
import { containersNamed, setters } from './words.ts';

/** A setting that each container must have, by itself or from its pod. */
export interface InheritedSetting {
  /** Below a security context. */
  field: 'runAsNonRoot' | 'seccompProfile';
  reason: string;
  /** Undefined where nothing is said. */
  read(context: AnySecurityContext): { allowed: boolean; values?: string[] } | undefined;
  mustNot(who: string, offences: readonly Offence[]): string;
  must(who: string): string;
  /** What makes the field allowed: a container's, or the pod's where none is named. */
  cure(pointer: string, container: string | undefined): Edit[] | undefined;
}

/** Containers that say nothing, where their pod says nothing either, are one place: the pod's. */
interface InheritedOffence extends Offence {
  silent?: readonly string[];
}

/** Where anybody says something forbidden, the text names only them: those who say nothing come to light after that. */
export function inheritedOutcome(pod: Pod, setting: InheritedSetting): Outcome | undefined {
  return outcome(
    offencesOf(pod, setting),
    () => setting.reason,
    (offences) => {
      const spoken = offences.filter(({ silent }) => !silent);
      if (spoken.length > 0) return setting.mustNot(setters(spoken), spoken);
      return setting.must(`pod or ${containersNamed(offences.flatMap(({ silent = [] }) => silent))}`);
    },
  );
}

function offencesOf({ spec }: Pod, { field, read, cure }: InheritedSetting): InheritedOffence[] {
  const found: InheritedOffence[] = [];
  const offend = (above: string, more: Omit<InheritedOffence, 'pointer' | 'fix'>) => {
    const pointer = `${above}/securityContext/${field}`;
    const fix = cure(pointer, more.container);
    found.push({ ...more, pointer, ...(fix && { fix }) });
  };
  const valuesOf = ({ values }: { values?: string[] }) => values && { values };

  const ofPod = spec.securityContext && read(spec.securityContext);
  if (ofPod && !ofPod.allowed) offend('/spec', { ...valuesOf(ofPod) });
  const silent: string[] = [];
  for (const { container, pointer } of containersOf(spec)) {
    const own = container.securityContext && read(container.securityContext);
    if (!own) silent.push(container.name);
    else if (!own.allowed) offend(pointer, { container: container.name, ...valuesOf(own) });
  }
  if (!ofPod && silent.length > 0) offend('/spec', { silent });
  return found;
}
