import type { V1PodSpec } from '@kubernetes/client-node';
import type { KubeObject } from './finding.ts';
import { type ObjectSet, type PodView, sameNamespace } from './object-set.ts';
import type { Rule } from './rule.ts';
import { type GroupKind, groupKind, objectRule, objectsOf, REPLICATED } from './workload-kinds.ts';

const AUTOSCALER: GroupKind = 'autoscaling/HorizontalPodAutoscaler';

interface ResourceMetric {
  name: string;
  container?: string;
  target: { averageUtilization?: number };
}

/** What is read of autoscaling/v2 and of autoscaling/v1, which knows only CPU. */
interface AutoscalerSpec {
  scaleTargetRef: { apiVersion?: string; kind: string; name: string };
  minReplicas?: number;
  maxReplicas: number;
  metrics?: { resource?: ResourceMetric; containerResource?: ResourceMetric }[];
  targetCPUUtilizationPercentage?: number;
}

function specOf({ data }: KubeObject): AutoscalerSpec {
  return (data['spec'] ?? {}) as AutoscalerSpec;
}

function isTarget(autoscaler: KubeObject, object: KubeObject): boolean {
  const { scaleTargetRef } = specOf(autoscaler);
  return (
    scaleTargetRef?.name === object.name &&
    // The group may be missing or an old one, which has a rule of its own.
    scaleTargetRef.kind === object.kind &&
    sameNamespace(autoscaler.namespace, object.namespace)
  );
}

/** The autoscaler that sets how many pods a workload has. */
export function autoscalerOf(objects: ObjectSet, workload: KubeObject): KubeObject | undefined {
  return objectsOf(objects, AUTOSCALER).find((autoscaler) => isTarget(autoscaler, workload));
}

/** The fewest and the most pods that it may choose. */
export function rangeOf(autoscaler: KubeObject): { min: number; max: number } {
  const { minReplicas = 1, maxReplicas } = specOf(autoscaler);
  return { min: minReplicas, max: maxReplicas };
}

function podOf(objects: ObjectSet, autoscaler: KubeObject): PodView | undefined {
  return objects.pods.find(({ object }) => isTarget(autoscaler, object));
}

const replicas = objectRule<{ replicas?: number }>(
  {
    id: 'reliability.replicas-with-autoscaler',
    severity: 'warning',
    page: {
      title: 'replicas is set, and an autoscaler sets it too',
      why: 'Every apply puts the number of pods back to what the manifest says, in the middle of a rush as well, until the autoscaler raises it again.',
      todo: ['delete spec.replicas: the autoscaler’s minReplicas is where it starts'],
    },
  },
  REPLICATED,
  (spec, object, objects) => {
    const autoscaler = spec.replicas === undefined ? undefined : autoscalerOf(objects, object);
    if (!autoscaler) return undefined;
    const pointer = '/spec/replicas';
    return {
      pointer,
      message: `replicas is ${spec.replicas}, and HorizontalPodAutoscaler ${autoscaler.name} sets it too: each apply undoes what it did`,
      fix: [{ op: 'delete', pointer }],
    };
  },
);

const range = objectRule<AutoscalerSpec>(
  {
    id: 'reliability.autoscaler-range',
    severity: 'error',
    page: {
      title: 'the autoscaler may choose no number',
      why: 'minReplicas is above maxReplicas: the API server refuses it.',
      todo: ['correct one of the two'],
    },
  },
  [AUTOSCALER],
  ({ minReplicas = 1, maxReplicas }) =>
    minReplicas <= maxReplicas
      ? undefined
      : { pointer: '/spec/maxReplicas', message: `minReplicas ${minReplicas} is above maxReplicas ${maxReplicas}` },
);

const target = objectRule<AutoscalerSpec>(
  {
    id: 'reliability.autoscaler-target',
    severity: 'warning',
    page: {
      title: 'the autoscaler’s target is not here',
      why: 'An autoscaler whose target does not exist scales nothing, and says so only in its status. mcpk looks among the files that it was given, and says nothing where none of them has a workload.',
      todo: ['correct scaleTargetRef: apiVersion, kind, name', 'or give mcpk lint the file of the workload, too'],
    },
  },
  [AUTOSCALER],
  ({ scaleTargetRef: ref }, autoscaler, objects) => {
    const kind = REPLICATED.find((known) => known.endsWith(`/${ref?.kind}`));
    // A custom resource can be a target, too: nothing is known of those.
    if (!kind) return undefined;
    const group = kind.slice(0, kind.indexOf('/'));
    const wrong = misplaced(ref, group);
    if (wrong) return wrong;
    if (groupKind({ apiVersion: ref.apiVersion ?? '', kind: ref.kind }) !== kind) return undefined;
    const there = objects.find(ref.kind, ref.name, autoscaler.namespace);
    if (there && groupKind(there) === kind) return undefined;
    const near = objectsOf(objects, ...REPLICATED).filter(({ namespace }) =>
      sameNamespace(namespace, autoscaler.namespace),
    );
    if (near.length === 0 || near.some((object) => isTarget(autoscaler, object))) return undefined;
    const same = [...new Set(near.filter((object) => object.kind === ref.kind).map(({ name }) => name))].sort();
    const those = same.length > 0 ? `: there is ${same.slice(0, 5).join(', ')}` : '';
    return { pointer: '/spec/scaleTargetRef', message: `there is no ${ref.kind} ${ref.name}${those}` };
  },
);

/** A group that the kind is not in: none, or the one that it was in before Kubernetes 1.16. */
function misplaced({ apiVersion, kind }: AutoscalerSpec['scaleTargetRef'], group: string) {
  const named = apiVersion ?? '';
  if (group === '' || (named.includes('/') && !named.startsWith('extensions/'))) return undefined;
  const pointer = '/spec/scaleTargetRef/apiVersion';
  const value = `${group}/v1`;
  return {
    pointer: apiVersion === undefined ? '/spec/scaleTargetRef' : pointer,
    severity: 'error' as const,
    message: `a ${kind} is ${value}, not ${named || 'without apiVersion'}: the autoscaler does not find it`,
    fix: [{ op: 'set' as const, pointer, value }],
  };
}

const requests = objectRule<AutoscalerSpec>(
  {
    id: 'reliability.autoscaler-requests',
    severity: 'error',
    page: {
      title: 'the autoscaler has nothing to measure against',
      why: 'Utilization is a share of what the containers request. Where one of them requests nothing, the autoscaler computes nothing and never scales (FailedGetResourceMetric: missing request for cpu).',
      todo: ['resources.requests in every container of the pod', 'or averageValue instead of averageUtilization'],
    },
  },
  [AUTOSCALER],
  (spec, autoscaler, objects) => {
    const pod = podOf(objects, autoscaler);
    if (!pod || hasDefaults(objects, pod)) return undefined;
    for (const { pointer, resource, container } of utilizations(spec)) {
      const without = unrequested(pod.spec, resource, container);
      if (without.length === 0) continue;
      return {
        pointer,
        message: `it scales by the share of requested ${resource}, and ${without.join(', ')} of ${pod.object.kind} ${pod.object.name} requests none`,
      };
    }
    return undefined;
  },
);

/** A LimitRange may give every container a request. */
function hasDefaults(objects: ObjectSet, { object }: PodView): boolean {
  return objectsOf(objects, '/LimitRange').some(({ namespace }) => sameNamespace(namespace, object.namespace));
}

/** The metrics that are shares of a request. */
function utilizations(spec: AutoscalerSpec): { pointer: string; resource: string; container?: string }[] {
  if (spec.targetCPUUtilizationPercentage !== undefined) {
    return [{ pointer: '/spec/targetCPUUtilizationPercentage', resource: 'cpu' }];
  }
  // The API server's default is 80 % of the requested CPU.
  if (!spec.metrics?.length) return [{ pointer: '/spec', resource: 'cpu' }];
  return spec.metrics.flatMap(({ resource, containerResource }, i) => {
    const [key, metric] = resource ? ['resource', resource] : ['containerResource', containerResource];
    if (metric?.target.averageUtilization === undefined) return [];
    const container = containerResource?.container;
    return [
      { pointer: `/spec/metrics/${i}/${key}`, resource: metric.name, ...(container !== undefined && { container }) },
    ];
  });
}

/** Names of the containers that run beside each other and request nothing of a resource. */
function unrequested({ containers, initContainers = [] }: V1PodSpec, resource: string, only?: string): string[] {
  const sidecars = initContainers.filter(({ restartPolicy }) => restartPolicy === 'Always');
  return [...sidecars, ...containers]
    .filter(({ name }) => only === undefined || name === only)
    .filter(
      ({ resources }) => resources?.requests?.[resource] === undefined && resources?.limits?.[resource] === undefined,
    )
    .map(({ name }) => name);
}

export const reliabilityScalingRules: readonly Rule[] = [replicas, range, target, requests];
