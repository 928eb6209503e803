import type { V1ContainerPort, V1ServiceSpec } from '@kubernetes/client-node';
import type { Fault, KubeObject } from './finding.ts';
import { type ObjectSet, type PodView, sameNamespace, selects } from './object-set.ts';
import { listed, nearest, perSet, titleOf } from './reference-lookup.ts';
import type { Rule } from './rule.ts';
import { objectsOf, staysUp } from './workload-kinds.ts';

export interface ServiceView {
  service: KubeObject;
  spec: V1ServiceSpec;
  /** Those that it selects; none where it has no selector. */
  pods: readonly PodView[];
}

/** Every Service of the set with the pods that it selects. */
export const servicesOf = perSet((objects: ObjectSet): ServiceView[] => {
  const pods = running(objects);
  return objectsOf(objects, '/Service').map((service) => {
    const spec = (service.data['spec'] ?? {}) as V1ServiceSpec;
    const selector = selectorOf(spec);
    const chosen = pods.filter(
      ({ object, metadata }) =>
        selector &&
        sameNamespace(object.namespace, service.namespace) &&
        selects({ matchLabels: selector }, metadata.labels ?? {}),
    );
    return { service, spec, pods: chosen };
  });
});

/** A PodTemplate runs nothing by itself. */
function running({ pods }: ObjectSet): PodView[] {
  return pods.filter(({ object }) => object.kind !== 'PodTemplate');
}

/** An empty selector is none: the Service's endpoints are made by hand. */
function selectorOf({ selector = {}, type }: V1ServiceSpec): Record<string, string> | undefined {
  return type === 'ExternalName' || Object.keys(selector).length === 0 ? undefined : selector;
}

/** The ports that the containers of a pod declare, those of its sidecars too. */
export const portsOf = perSet(({ containers }) => {
  const ports = new Map<PodView, V1ContainerPort[]>();
  for (const view of containers) {
    if (!staysUp(view)) continue;
    ports.set(view.pod, [...(ports.get(view.pod) ?? []), ...(view.container.ports ?? [])]);
  }
  return (pod: PodView): readonly V1ContainerPort[] => ports.get(pod) ?? [];
});

const selectsNothing: Rule = {
  id: 'reference.service-selects-nothing',
  severity: 'warning',
  page: {
    title: 'the Service leads to no pod',
    why: 'A Service reaches the pods that carry all labels of its selector. No pod among the files that mcpk was given carries them, so every connection is refused, and nothing else says why. Where none of the files has a pod in the namespace, mcpk says nothing.',
    todo: [
      'the labels of the pod template (spec.template.metadata.labels) in spec.selector',
      'or give mcpk lint the file of the workload, too',
    ],
  },
  *check(objects) {
    const pods = running(objects);
    for (const { service, spec, pods: chosen } of servicesOf(objects)) {
      const selector = selectorOf(spec);
      if (!selector || chosen.length > 0) continue;
      const near = pods.filter(({ object }) => sameNamespace(object.namespace, service.namespace));
      if (near.length === 0) continue;
      const hint = oneLabelOff(selector, near) ?? elsewhere(selector, pods) ?? '';
      const words = Object.entries(selector).map(([key, value]) => `${key}=${value}`);
      yield { object: service, pointer: '/spec/selector', message: `no pod has the labels ${listed(words)}${hint}` };
    }
  },
};

/** A hint at a pod that all labels but one fit, or whose only label is nearly the same. */
export function oneLabelOff(selector: Record<string, string>, pods: readonly PodView[]): string | undefined {
  const wanted = Object.entries(selector);
  for (const { object, metadata } of pods) {
    const labels = metadata.labels ?? {};
    const [wrong, second] = wanted.filter(([key, value]) => labels[key] !== value);
    if (!wrong || second) continue;
    const [key, value] = wrong;
    const has = labels[key];
    if (wanted.length === 1 && nearest(value, [has ?? '']).length === 0) continue;
    return has === undefined ? `: ${titleOf(object)} has all but ${key}` : `: ${titleOf(object)} has ${key}=${has}`;
  }
  return undefined;
}

function elsewhere(selector: Record<string, string>, pods: readonly PodView[]): string | undefined {
  const pod = pods.find(({ metadata }) => selects({ matchLabels: selector }, metadata.labels ?? {}));
  return pod && `: ${titleOf(pod.object)} has them, in namespace ${pod.object.namespace}`;
}

const severalWorkloads: Rule = {
  id: 'reference.service-several-workloads',
  severity: 'warning',
  page: {
    title: 'the Service mixes the pods of several workloads',
    why: 'Each connection goes to any one of the pods that the selector fits. Where they are not the same program, some requests reach the wrong one: the pods of a Job that carry the labels of the web server get its traffic, for example.',
    todo: [
      'a label in spec.selector that only one of the workloads has, such as app.kubernetes.io/component',
      'meant so (a canary): # mcpk-ignore reference.service-several-workloads: why',
    ],
  },
  *check(objects) {
    for (const { service, pods } of servicesOf(objects)) {
      const workloads = pods.map(({ object }) => titleOf(object));
      if (new Set(workloads).size < 2) continue;
      yield {
        object: service,
        pointer: '/spec/selector',
        message: `the selector fits the pods of ${listed(workloads)}: each connection goes to any of them`,
      } satisfies Fault;
    }
  },
};

export const referenceServiceRules: readonly Rule[] = [selectsNothing, severalWorkloads];
