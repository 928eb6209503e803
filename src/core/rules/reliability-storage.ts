import type { V1DeploymentSpec } from '@kubernetes/client-node';
import type { Fault, KubeObject } from './finding.ts';
import type { ObjectSet, PodView } from './object-set.ts';
import { autoscalerOf, rangeOf } from './reliability-scaling.ts';
import type { Rule } from './rule.ts';
import { groupKind, objectsOf } from './workload-kinds.ts';

interface Shared {
  claim: string;
  mode: string;
  /** JSON Pointer in the object. */
  pointer: string;
}

/** Claims that all pods of a workload share and that only one node, or one pod, can hold. */
function singleWriters(objects: ObjectSet, { object, pointer, spec }: PodView): Shared[] {
  return (spec.volumes ?? []).flatMap(({ persistentVolumeClaim }, i) => {
    const name = persistentVolumeClaim?.claimName;
    const claim = name === undefined ? undefined : objects.find('PersistentVolumeClaim', name, object.namespace);
    if (name === undefined || !claim) return [];
    const modes = modesOf(claim);
    const shared = modes.length === 0 || modes.some((mode) => mode === 'ReadWriteMany' || mode === 'ReadOnlyMany');
    return shared ? [] : [{ claim: name, mode: modes[0] ?? '', pointer: `${pointer}/volumes/${i}` }];
  });
}

function modesOf({ data }: KubeObject): string[] {
  return ((data['spec'] ?? {}) as { accessModes?: string[] }).accessModes ?? [];
}

/** How many pods a workload may have at once; a DaemonSet has one on each node. */
function most(objects: ObjectSet, { object, replicas }: PodView): number {
  const kind = groupKind(object);
  if (kind === 'apps/DaemonSet') return Number.POSITIVE_INFINITY;
  if (kind === 'batch/Job') return (object.data['spec'] as { parallelism?: number }).parallelism ?? 1;
  const autoscaler = autoscalerOf(objects, object);
  return autoscaler ? rangeOf(autoscaler).max : (replicas ?? 1);
}

const replicas: Rule = {
  id: 'reliability.replicas-share-claim',
  severity: 'error',
  page: {
    title: 'several pods share a volume that only one node can have',
    why: 'A ReadWriteOnce claim is attached to one node at a time (ReadWriteOncePod: to one pod). Pods on other nodes wait for ever with FailedAttachVolume, and programs that think they are alone with their files damage them.',
    todo: [
      'replicas: 1, which is what most MCP servers with state are made for',
      'a claim for each pod: a StatefulSet with volumeClaimTemplates',
      'accessModes: [ReadWriteMany], where the storage has it and the program can share',
    ],
  },
  *check(objects) {
    for (const pod of objects.pods) {
      const claims = singleWriters(objects, pod);
      const count = claims.length > 0 ? most(objects, pod) : 0;
      if (count < 2) continue;
      for (const { claim, mode, pointer } of claims) {
        const pods = Number.isFinite(count) ? `${count} pods` : 'a pod on each node';
        yield { object: pod.object, pointer, message: `${pods} share claim ${claim}, which is ${mode}` };
      }
    }
  },
};

const rollout: Rule = {
  id: 'reliability.rollout-with-claim',
  severity: 'warning',
  page: {
    title: 'the new pod needs a volume that the old one still has',
    why: 'A rolling update starts the new pod before it stops the old one. On another node it cannot get a ReadWriteOnce claim, and the old one is stopped only when the new one is ready: the rollout hangs. On the same node both write to the same files.',
    todo: ['strategy: { type: Recreate }', 'or rollingUpdate: { maxSurge: 0, maxUnavailable: 1 }'],
  },
  *check(objects) {
    for (const pod of objects.pods) {
      const fault = groupKind(pod.object) === 'apps/Deployment' ? overlaps(objects, pod) : undefined;
      if (fault) yield fault;
    }
  },
};

function overlaps(objects: ObjectSet, pod: PodView): Fault | undefined {
  const { strategy } = pod.object.data['spec'] as V1DeploymentSpec;
  if (strategy?.type === 'Recreate' || strategy?.rollingUpdate?.maxSurge === 0) return undefined;
  const [first] = singleWriters(objects, pod);
  // With several pods, what is wrong is that they share it at all.
  if (!first || most(objects, pod) !== 1) return undefined;
  return {
    object: pod.object,
    pointer: strategy ? '/spec/strategy' : '/spec',
    message: `the rolling update starts a second pod while the first one still has claim ${first.claim} (${first.mode})`,
    fix: [{ op: 'set', pointer: '/spec/strategy', value: { type: 'Recreate' } }],
  };
}

const headless: Rule = {
  id: 'reliability.stateful-set-service',
  severity: 'warning',
  page: {
    title: 'the pods of the StatefulSet have no names of their own',
    why: 'NAME-0.SERVICE resolves only through a headless Service (clusterIP: None) called as serviceName says. mcpk looks among the files that it was given, and says nothing where none of them has a Service.',
    todo: [
      'a Service of that name with clusterIP: None and the labels of the pods as its selector',
      'correct spec.serviceName',
    ],
  },
  *check(objects) {
    const services = objectsOf(objects, '/Service');
    for (const object of objectsOf(objects, 'apps/StatefulSet')) {
      const { serviceName } = (object.data['spec'] ?? {}) as { serviceName?: string };
      if (!serviceName || services.length === 0) continue;
      const found = objects.find('Service', serviceName, object.namespace);
      const { clusterIP } = (found?.data['spec'] ?? {}) as { clusterIP?: string };
      if (found && clusterIP === 'None') continue;
      const message = found
        ? `Service ${serviceName} is not headless: it gives the pods no names of their own`
        : `there is no Service ${serviceName}: the pods have no names of their own`;
      yield { object, pointer: '/spec/serviceName', message };
    }
  },
};

export const reliabilityStorageRules: readonly Rule[] = [replicas, rollout, headless];
