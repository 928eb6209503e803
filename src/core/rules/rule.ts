import type { Page } from '../explain/page.ts';
import type { Fault, Severity } from './finding.ts';
import type { ContainerView, ObjectSet, PodView } from './object-set.ts';

/** A static rule, as a value: it looks at objects as they are written, never at a cluster. */
export interface Rule {
  /** Stable, `family.name`; also the page of `mcpk explain`. */
  id: string;
  severity: Severity;
  /** What is wrong when it fires, why that matters, what to do. */
  page: Page;
  /**
   * What its faults point at are secrets: it runs even where it is not asked for, so that no report shows them in the
   * lines of the file that it prints.
   */
  findsSecrets?: true;
  check(objects: ObjectSet): Iterable<Fault>;
}

type Found = Omit<Fault, 'object'> | undefined;

/** A rule about each container of each pod. Pointers of what it returns start at the container. */
export function containerRule(
  rule: Omit<Rule, 'check'>,
  check: (container: ContainerView) => Found | readonly Found[],
): Rule {
  return {
    ...rule,
    *check({ containers }) {
      for (const view of containers) {
        for (const found of listOf(check(view))) {
          yield placed(found, view.pod, view.pointer, { container: view.container.name });
        }
      }
    },
  };
}

/** A rule about each pod. Pointers of what it returns start at the pod's spec. */
export function podRule(rule: Omit<Rule, 'check'>, check: (pod: PodView) => Found | readonly Found[]): Rule {
  return {
    ...rule,
    *check({ pods }) {
      for (const view of pods) for (const found of listOf(check(view))) yield placed(found, view, view.pointer, {});
    },
  };
}

function placed(
  found: Omit<Fault, 'object'>,
  { object }: PodView,
  prefix: string,
  more: Pick<Fault, 'container'>,
): Fault {
  return {
    ...more,
    ...found,
    object,
    pointer: prefix + found.pointer,
    ...(found.fix && { fix: found.fix.map((edit) => ({ ...edit, pointer: prefix + edit.pointer })) }),
  };
}

function listOf(found: Found | readonly Found[]): Omit<Fault, 'object'>[] {
  const all = Array.isArray(found) ? (found as readonly Found[]) : [found as Found];
  return all.filter((one) => one !== undefined);
}
