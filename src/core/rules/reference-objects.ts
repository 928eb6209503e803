import type { Fault, KubeObject } from './finding.ts';
import { mapOf, textOf, titleOf } from './reference-lookup.ts';
import type { Rule } from './rule.ts';
import { groupKind } from './workload-kinds.ts';

const folderOf = (file: string) => file.slice(0, file.lastIndexOf('/') + 1);

const placeOf = ({ origin }: KubeObject) => {
  const line = origin.locate('/metadata/name')?.line;
  return line === undefined ? origin.file : `${origin.file}:${line}`;
};

const duplicate: Rule = {
  id: 'reference.duplicate-object',
  severity: 'error',
  page: {
    title: 'two manifests of one object',
    why: 'Kind, name and namespace are what an object is known by. Of two manifests the one that is applied last wins, and takes away what the other said. In different folders they may be meant for different clusters; then this is a warning.',
    todo: ['remove or rename one of the two', 'folders for different clusters: lint them one by one'],
  },
  *check({ objects }) {
    const groups = new Map<string, KubeObject[]>();
    for (const object of objects) {
      // What the API server makes a name for is new each time.
      if (textOf(mapOf(object.data['metadata'])['name']) === undefined) continue;
      const key = `${groupKind(object)} ${object.namespace ?? ''}/${object.name}`;
      const same = groups.get(key);
      if (same) same.push(object);
      else groups.set(key, [object]);
    }
    for (const same of groups.values()) {
      for (const object of same) {
        const other = same.find((one) => one !== object);
        if (other) yield stated(object, other);
      }
    }
  },
};

function stated(object: KubeObject, other: KubeObject): Fault {
  const apart = folderOf(object.origin.file) !== folderOf(other.origin.file);
  const where = object.namespace === undefined ? '' : ` of namespace ${object.namespace}`;
  return {
    object,
    pointer: '/metadata/name',
    message: `${titleOf(object)}${where} is also in ${placeOf(other)}`,
    ...(apart && { severity: 'warning' }),
  };
}

/** Kinds that live in a namespace and that people write; of others, custom ones above all, nothing is known. */
const NAMESPACED: ReadonlySet<string> = new Set([
  ...[
    'Service',
    'ConfigMap',
    'Secret',
    'ServiceAccount',
    'PersistentVolumeClaim',
    'Pod',
    'LimitRange',
    'ResourceQuota',
  ].map((kind) => `/${kind}`),
  ...['Deployment', 'StatefulSet', 'DaemonSet', 'ReplicaSet'].map((kind) => `apps/${kind}`),
  ...['Job', 'CronJob'].map((kind) => `batch/${kind}`),
  ...['NetworkPolicy', 'Ingress'].map((kind) => `networking.k8s.io/${kind}`),
  ...['Role', 'RoleBinding'].map((kind) => `rbac.authorization.k8s.io/${kind}`),
  'autoscaling/HorizontalPodAutoscaler',
  'policy/PodDisruptionBudget',
]);

const mixed: Rule = {
  id: 'reference.namespace-mixed',
  severity: 'info',
  page: {
    title: 'some objects of a file name a namespace, others do not',
    why: 'What names none goes into the namespace that kubectl happens to be set to. When that is another one, a Service does not find its pods and a pod does not find its ConfigMap.',
    todo: ['metadata.namespace for all of them', 'or for none, and kubectl apply --namespace NAME'],
  },
  *check({ objects }) {
    const files = new Map<string, KubeObject[]>();
    for (const object of objects) {
      if (!NAMESPACED.has(groupKind(object))) continue;
      const same = files.get(object.origin.file);
      if (same) same.push(object);
      else files.set(object.origin.file, [object]);
    }
    for (const all of files.values()) {
      const [first, ...more] = all.filter(({ namespace }) => namespace === undefined);
      const named = all.find(({ namespace }) => namespace !== undefined);
      if (!first || !named) continue;
      const others = more.length === 0 ? '' : ` (and ${more.length} more)`;
      const message = `${titleOf(first)}${others} names no namespace, and ${titleOf(named)} names ${named.namespace}`;
      yield { object: first, pointer: '/metadata', message };
    }
  },
};

export const referenceObjectRules: readonly Rule[] = [duplicate, mixed];
