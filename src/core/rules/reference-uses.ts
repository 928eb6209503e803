import type { V1KeyToPath, V1Volume } from '@kubernetes/client-node';
import type { KubeObject } from './finding.ts';
import type { ContainerView, ObjectSet, PodView } from './object-set.ts';
import { perSet } from './reference-lookup.ts';

/** A place in a pod that needs a ConfigMap or a Secret. */
export interface Use {
  object: KubeObject;
  kind: 'ConfigMap' | 'Secret';
  name: string;
  /** Where one key of it is needed. */
  key?: string;
  /** JSON Pointer of the reference; of the key, where there is one. */
  pointer: string;
  container?: string;
  /** The pod starts without it, too. */
  optional: boolean;
}

interface Source {
  name?: string;
  optional?: boolean;
  items?: V1KeyToPath[];
}

/** Every use of a ConfigMap or Secret in the set. */
export const usesOf = perSet((objects: ObjectSet): Use[] => [
  ...objects.containers.flatMap((view) => [...fromEnvironment(view), ...fromSubPaths(view)]),
  ...objects.pods.flatMap((pod) => [...fromVolumes(pod), ...fromPullSecrets(pod)]),
]);

function* fromEnvironment({ pod: { object }, pointer, container }: ContainerView): Iterable<Use> {
  const use = (kind: Use['kind'], at: string, { name, key, optional = false }: Source & { key?: string }) =>
    name
      ? [{ object, kind, name, optional, container: container.name, pointer: pointer + at, ...(key && { key }) }]
      : [];
  for (const [i, { valueFrom = {} }] of (container.env ?? []).entries()) {
    const { configMapKeyRef, secretKeyRef } = valueFrom;
    if (configMapKeyRef) yield* use('ConfigMap', `/env/${i}/valueFrom/configMapKeyRef`, configMapKeyRef);
    if (secretKeyRef) yield* use('Secret', `/env/${i}/valueFrom/secretKeyRef`, secretKeyRef);
  }
  for (const [i, { configMapRef, secretRef }] of (container.envFrom ?? []).entries()) {
    if (configMapRef) yield* use('ConfigMap', `/envFrom/${i}/configMapRef`, configMapRef);
    if (secretRef) yield* use('Secret', `/envFrom/${i}/secretRef`, secretRef);
  }
}

/** The ConfigMap or Secret that a volume is; a projected one may have several. */
function sourcesOf({ configMap, secret, projected }: V1Volume): { kind: Use['kind']; at: string; source: Source }[] {
  const pair = (at: string, map: Source | undefined, hidden: Source | undefined) => [
    ...(map ? [{ kind: 'ConfigMap' as const, at: `${at}/configMap`, source: map }] : []),
    ...(hidden ? [{ kind: 'Secret' as const, at: `${at}/secret`, source: hidden }] : []),
  ];
  const { secretName, ...rest } = secret ?? {};
  return [
    ...pair('', configMap, secret && { ...rest, ...(secretName !== undefined && { name: secretName }) }),
    ...(projected?.sources ?? []).flatMap((one, i) => pair(`/projected/sources/${i}`, one.configMap, one.secret)),
  ];
}

function* fromVolumes({ object, pointer, spec }: PodView): Iterable<Use> {
  for (const [i, volume] of (spec.volumes ?? []).entries()) {
    for (const { kind, at, source } of sourcesOf(volume)) {
      const { name, items = [], optional = false } = source;
      if (!name) continue;
      const place = `${pointer}/volumes/${i}${at}`;
      yield { object, kind, name, optional, pointer: place };
      for (const [j, { key }] of items.entries()) {
        if (key) yield { object, kind, name, key, optional, pointer: `${place}/items/${j}/key` };
      }
    }
  }
}

/** A mount of one file of a volume: the file must be there, or the kubelet makes a folder of that name. */
function* fromSubPaths({ pod: { object, spec }, pointer, container }: ContainerView): Iterable<Use> {
  for (const [i, mount] of (container.volumeMounts ?? []).entries()) {
    if (!mount.subPath) continue;
    const volume = (spec.volumes ?? []).find(({ name }) => name === mount.name);
    const sources = volume && !volume.projected ? sourcesOf(volume) : [];
    for (const { kind, source } of sources) {
      // With items the files have other names than the keys.
      if (!source.name || source.items) continue;
      yield {
        object,
        kind,
        name: source.name,
        key: mount.subPath,
        optional: source.optional ?? false,
        container: container.name,
        pointer: `${pointer}/volumeMounts/${i}/subPath`,
      };
    }
  }
}

function* fromPullSecrets({ object, pointer, spec }: PodView): Iterable<Use> {
  for (const [i, { name }] of (spec.imagePullSecrets ?? []).entries()) {
    if (name) yield { object, kind: 'Secret', name, optional: false, pointer: `${pointer}/imagePullSecrets/${i}` };
  }
}
