import { reliabilityStorageRules } from '../../../src/core/rules/reliability-storage.ts';
import { autoscaler, claim, daemonSet, deployment, job, object, service, statefulSet } from './objects.ts';
import { describeRules } from './table.ts';

const volumes = [
  { name: 'data', persistentVolumeClaim: { claimName: 'data' } },
  { name: 'tmp', emptyDir: {} },
];
const withClaim = (spec: Record<string, unknown> = {}, namespace?: string) =>
  deployment({ ...(namespace !== undefined && { namespace }), spec, pod: { volumes } });
const mode = (accessMode: string) => claim({ spec: { accessModes: [accessMode] } });
const VOLUME = '/spec/template/spec/volumes/0';
const shares = (pods: string, kind = 'ReadWriteOnce') => `${pods} share claim data, which is ${kind}`;
const overlaps = (kind = 'ReadWriteOnce') =>
  `the rolling update starts a second pod while the first one still has claim data (${kind})`;
const NO_SERVICE = 'StatefulSet/web /spec/serviceName: there is no Service web: the pods have no names of their own';

describeRules(reliabilityStorageRules, {
  'reliability.replicas-share-claim': {
    fires: [
      ['two pods', [withClaim({ replicas: 2 }), claim()], [`Deployment/web ${VOLUME}: ${shares('2 pods')}`]],
      [
        'one pod may have it',
        [withClaim({ replicas: 2 }), mode('ReadWriteOncePod')],
        [`Deployment/web ${VOLUME}: ${shares('2 pods', 'ReadWriteOncePod')}`],
      ],
      [
        'as many as the autoscaler chooses',
        [withClaim({ replicas: undefined }), autoscaler(), claim()],
        [`Deployment/web ${VOLUME}: ${shares('5 pods')}`],
      ],
      [
        'one pod a node',
        [daemonSet({ pod: { volumes } }), claim()],
        [`DaemonSet/web ${VOLUME}: ${shares('a pod on each node')}`],
      ],
      [
        'a Job of two',
        [job({ spec: { parallelism: 2 }, pod: { volumes } }), claim()],
        [`Job/web ${VOLUME}: ${shares('2 pods')}`],
      ],
      [
        'a StatefulSet whose pods have no claim of their own',
        [statefulSet({ spec: { replicas: 2 }, pod: { volumes } }), claim()],
        [`StatefulSet/web ${VOLUME}: ${shares('2 pods')}`],
      ],
    ],
    silent: [
      ['one pod', [withClaim(), claim()]],
      ['for many', [withClaim({ replicas: 2 }), mode('ReadWriteMany')]],
      ['for many to read', [withClaim({ replicas: 2 }), mode('ReadOnlyMany')]],
      ['nobody knows the claim', withClaim({ replicas: 2 })],
      ['the claim of another namespace', [withClaim({ replicas: 2 }, 'a'), claim({ namespace: 'b' })]],
      [
        'a claim for each pod',
        statefulSet({
          spec: {
            replicas: 2,
            volumeClaimTemplates: [{ metadata: { name: 'data' }, spec: claim().data['spec'] }],
          },
        }),
      ],
      ['another volume', [deployment({ spec: { replicas: 2 } }), claim()]],
    ],
  },
  'reliability.rollout-with-claim': {
    fires: [
      ['the default strategy', [withClaim(), claim()], [`Deployment/web /spec: ${overlaps()}`], 'fixed'],
      [
        'RollingUpdate',
        [withClaim({ strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: 1 } } }), mode('ReadWriteOncePod')],
        [`Deployment/web /spec/strategy: ${overlaps('ReadWriteOncePod')}`],
        'fixed',
      ],
    ],
    silent: [
      ['Recreate', [withClaim({ strategy: { type: 'Recreate' } }), claim()]],
      ['no second pod', [withClaim({ strategy: { rollingUpdate: { maxSurge: 0 } } }), claim()]],
      ['for many', [withClaim(), mode('ReadWriteMany')]],
      ['several pods share it, which is worse', [withClaim({ replicas: 2 }), claim()]],
      ['a StatefulSet, which starts none before one has ended', [statefulSet({ pod: { volumes } }), claim()]],
    ],
  },
  'reliability.stateful-set-service': {
    fires: [
      ['no such Service', [statefulSet(), service({ name: 'other' })], [NO_SERVICE]],
      [
        'one of another namespace',
        [statefulSet({ namespace: 'a' }), service({ namespace: 'b', spec: { clusterIP: 'None' } })],
        [NO_SERVICE],
      ],
      [
        'one with an address',
        [statefulSet(), service()],
        ['StatefulSet/web /spec/serviceName: Service web is not headless: it gives the pods no names of their own'],
      ],
    ],
    silent: [
      ['a headless one', [statefulSet(), service({ spec: { clusterIP: 'None' } })]],
      ['no Service among the files', statefulSet()],
      ['none is wanted', [statefulSet({ spec: { serviceName: undefined } }), service({ name: 'other' })]],
      [
        'Knative’s Service is none',
        [statefulSet(), object({ apiVersion: 'serving.knative.dev/v1', kind: 'Service', metadata: { name: 'a' } })],
      ],
    ],
  },
});
