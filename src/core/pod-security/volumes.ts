import type { V1Volume } from '@kubernetes/client-node';
import { outcome, type PolicyCheck } from './check.ts';
import { plural, quoted, valuesOf } from './words.ts';

export const hostPathVolumes: PolicyCheck = {
  id: 'hostPathVolumes',
  level: 'baseline',
  revisions: [
    {
      minor: 0,
      evaluate: ({ spec }) =>
        outcome(
          (spec.volumes ?? []).flatMap(({ name, hostPath }, i) =>
            hostPath ? [{ pointer: `/spec/volumes/${i}/hostPath`, name }] : [],
          ),
          () => 'hostPath volumes',
          (volumes) => `${plural(volumes, 'volume', 'volumes')} ${quoted(volumes.map(({ name }) => name))}`,
        ),
    },
  ],
};

const ALLOWED = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);

/** Forbidden sources that have a name in the text; any other is `unknown`. */
const NAMED = new Set([
  'hostPath',
  'gcePersistentDisk',
  'awsElasticBlockStore',
  'gitRepo',
  'nfs',
  'iscsi',
  'glusterfs',
  'rbd',
  'flexVolume',
  'cinder',
  'cephfs',
  'flocker',
  'fc',
  'azureFile',
  'vsphereVolume',
  'quobyte',
  'azureDisk',
  'photonPersistentDisk',
  'portworxVolume',
  'scaleIO',
  'storageos',
]);

export const restrictedVolumes: PolicyCheck = {
  id: 'restrictedVolumes',
  level: 'restricted',
  overrides: 'hostPathVolumes',
  revisions: [
    {
      minor: 0,
      evaluate: ({ spec }) =>
        outcome(
          (spec.volumes ?? []).flatMap((volume, i) => {
            const type = restrictedType(volume);
            return type === undefined ? [] : [{ pointer: `/spec/volumes/${i}`, name: volume.name, values: [type] }];
          }),
          () => 'restricted volume types',
          (volumes) => {
            const types = valuesOf(volumes);
            const names = `${plural(volumes, 'volume', 'volumes')} ${quoted(volumes.map(({ name }) => name))}`;
            const what = plural(types, 'restricted volume type', 'restricted volume types');
            return `${names} ${plural(volumes, 'uses', 'use')} ${what} ${quoted(types)}`;
          },
        ),
    },
  ],
};

/** Undefined where the volume is allowed; the API server makes one without a source an emptyDir. */
function restrictedType({ name: _, ...sources }: V1Volume): string | undefined {
  const types = Object.entries(sources).flatMap(([type, source]) => (source === undefined ? [] : [type]));
  if (types.length === 0 || types.some((type) => ALLOWED.has(type))) return undefined;
  return types.find((type) => NAMED.has(type)) ?? 'unknown';
}
