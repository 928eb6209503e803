import type { V1PersistentVolumeClaimSpec } from '@kubernetes/client-node';
import type { KubeObject } from './finding.ts';
import { type ObjectSet, type PodView, sameNamespace } from './object-set.ts';
import { absent, inNamespace, listed, lookUp, mapOf, perSet, textOf, titleOf } from './reference-lookup.ts';
import type { Rule } from './rule.ts';
import { objectsOf } from './workload-kinds.ts';

const CLAIM = '/PersistentVolumeClaim';

interface Mount {
  pod: PodView;
  name: string;
  /** JSON Pointer of the volume's source. */
  pointer: string;
}

/** Every volume that is a claim by name. */
const mountsOf = perSet((objects: ObjectSet): Mount[] =>
  objects.pods.flatMap((pod) =>
    (pod.spec.volumes ?? []).flatMap(({ persistentVolumeClaim }, i) => {
      const name = persistentVolumeClaim?.claimName;
      return name ? [{ pod, name, pointer: `${pod.pointer}/volumes/${i}/persistentVolumeClaim` }] : [];
    }),
  ),
);

function isOf({ pod: { object }, name }: Mount, claim: KubeObject): boolean {
  return name === claim.name && sameNamespace(object.namespace, claim.namespace);
}

/** Claims that StatefulSets make, or find: TEMPLATE-NAME-ORDINAL. */
function isTemplated(claim: KubeObject, objects: ObjectSet): boolean {
  return objectsOf(objects, 'apps/StatefulSet').some(({ data, name, namespace }) => {
    const { volumeClaimTemplates = [] } = (data['spec'] ?? {}) as {
      volumeClaimTemplates?: { metadata?: { name?: string } }[];
    };
    return volumeClaimTemplates.some(
      ({ metadata }) =>
        claim.name.startsWith(`${metadata?.name}-${name}-`) &&
        /-\d+$/.test(claim.name) &&
        sameNamespace(namespace, claim.namespace),
    );
  });
}

const missing: Rule = {
  id: 'reference.claim-missing',
  severity: 'info',
  page: {
    title: 'a PersistentVolumeClaim that is not among these manifests',
    why: 'A pod whose claim does not exist stays Pending (persistentvolumeclaim not found). Claims often live longer than what uses them and stand elsewhere, so this is a note; where another claim has nearly the same name it is a warning.',
    todo: ['correct claimName', 'or give mcpk lint the file of the claim, too'],
  },
  *check(objects) {
    for (const { pod, name, pointer } of mountsOf(objects)) {
      const { object } = pod;
      if (lookUp(objects, CLAIM, name, object.namespace)) continue;
      const others = inNamespace(objects, CLAIM, object.namespace).map((claim) => claim.name);
      yield { object, pointer: `${pointer}/claimName`, ...absent('PersistentVolumeClaim', name, others) };
    }
  },
};

const unused: Rule = {
  id: 'reference.claim-unused',
  severity: 'info',
  page: {
    title: 'a claim that no pod uses',
    why: 'The storage is made and paid for, and nothing is stored there; often the claimName of the pod is misspelt. Where none of the files has a pod in the namespace, mcpk says nothing.',
    todo: ['remove the claim', 'correct claimName in the pod', 'or give mcpk lint the file of the workload, too'],
  },
  *check(objects) {
    const mounts = mountsOf(objects);
    for (const claim of objectsOf(objects, CLAIM)) {
      // What the API server makes a name for cannot be named here.
      if (textOf(mapOf(claim.data['metadata'])['name']) === undefined) continue;
      const near = objects.pods.some(({ object }) => sameNamespace(object.namespace, claim.namespace));
      if (!near || mounts.some((mount) => isOf(mount, claim)) || isTemplated(claim, objects)) continue;
      yield { object: claim, pointer: '/metadata/name', message: `no pod uses the claim ${claim.name}` };
    }
  },
};

const shared: Rule = {
  id: 'reference.claim-shared',
  severity: 'warning',
  page: {
    title: 'several workloads need a volume that only one node can have',
    why: 'A ReadWriteOnce claim is attached to one node at a time: pods of the second workload wait for ever when they land on another one, and when they do not, both write to the same files. A ReadWriteOncePod claim is for one pod, so the second never starts.',
    todo: [
      'a claim for each workload',
      'accessModes: [ReadWriteMany], where the storage has it and the programs can share',
      'meant so (a backup on the same node): podAffinity, and # mcpk-ignore reference.claim-shared: why',
    ],
  },
  *check(objects) {
    const mounts = mountsOf(objects);
    for (const claim of objectsOf(objects, CLAIM)) {
      const { accessModes = [] } = (claim.data['spec'] ?? {}) as V1PersistentVolumeClaimSpec;
      const single = accessModes.find((mode) => mode === 'ReadWriteOnce' || mode === 'ReadWriteOncePod');
      // With a mode for many beside it, it can be attached to many.
      if (!single || accessModes.some((mode) => mode.endsWith('Many'))) continue;
      const workloads = new Set(mounts.filter((mount) => isOf(mount, claim)).map(({ pod }) => titleOf(pod.object)));
      if (workloads.size < 2) continue;
      yield {
        object: claim,
        pointer: '/spec/accessModes',
        message: `${listed([...workloads])} use the claim ${claim.name}, which is ${single}`,
        ...(single === 'ReadWriteOncePod' && { severity: 'error' }),
      };
    }
  },
};

export const referenceClaimRules: readonly Rule[] = [missing, unused, shared];
