import { referenceClaimRules } from '../../../src/core/rules/reference-claims.ts';
import { claim, cronJob, deployment, job, object, service, statefulSet } from './objects.ts';
import { describeRules } from './table.ts';

const POD = 'Deployment/web /spec/template/spec';
const gone = (what: string) => `${what} is not among these manifests: it must exist already`;
const volume = (source: object, change = {}) => deployment({ pod: { volumes: [{ name: 'v', ...source }], ...change } });
const using = (claimName: string, change = {}) =>
  deployment({ pod: { volumes: [{ name: 'v', persistentVolumeClaim: { claimName } }] }, ...change });
const modes = (...accessModes: string[]) => claim({ spec: { accessModes } });

describeRules(referenceClaimRules, {
  'reference.claim-missing': {
    fires: [
      [
        'it is not there',
        using('data'),
        [`${POD}/volumes/0/persistentVolumeClaim/claimName: ${gone('PersistentVolumeClaim data')}`],
      ],
      [
        'a slip',
        [claim(), using('dtaa')],
        [
          `[warning] ${POD}/volumes/0/persistentVolumeClaim/claimName: there is no PersistentVolumeClaim dtaa: did you mean data?`,
        ],
      ],
    ],
    silent: [
      ['it is there', [claim(), using('data')]],
      ['it comes with the pod', volume({ ephemeral: { volumeClaimTemplate: { spec: {} } } })],
    ],
  },
  'reference.claim-unused': {
    fires: [
      ['by nobody', [claim(), deployment()], ['PersistentVolumeClaim/data /metadata/name: no pod uses the claim data']],
      [
        'by a pod of another namespace',
        [claim({ namespace: 'a' }), using('data', { namespace: 'b' }), deployment({ namespace: 'a' })],
        ['PersistentVolumeClaim/data /metadata/name: no pod uses the claim data'],
      ],
      [
        'nearly one of a StatefulSet',
        [
          claim({ name: 'data-web-x' }),
          statefulSet({ spec: { volumeClaimTemplates: [{ metadata: { name: 'data' } }] } }),
        ],
        ['PersistentVolumeClaim/data-web-x /metadata/name: no pod uses the claim data-web-x'],
      ],
    ],
    silent: [
      ['used', [claim(), using('data')]],
      [
        'used by a CronJob',
        [claim(), cronJob({ pod: { volumes: [{ name: 'v', persistentVolumeClaim: { claimName: 'data' } }] } })],
      ],
      [
        'what a StatefulSet will find',
        [
          claim({ name: 'data-web-0' }),
          statefulSet({ spec: { volumeClaimTemplates: [{ metadata: { name: 'data' } }] } }),
        ],
      ],
      ['no pod in sight', [claim(), service()]],
      [
        'a name that the API server makes',
        [object({ ...claim().data, metadata: { generateName: 'data-' } }), deployment()],
      ],
    ],
  },
  'reference.claim-shared': {
    fires: [
      [
        'by two',
        [claim(), using('data'), using('data', { name: 'x' })],
        [
          'PersistentVolumeClaim/data /spec/accessModes: Deployment web, Deployment x use the claim data, which is ReadWriteOnce',
        ],
      ],
      [
        'of one pod alone',
        [modes('ReadWriteOncePod'), using('data'), using('data', { name: 'x' })],
        [
          '[error] PersistentVolumeClaim/data /spec/accessModes: Deployment web, Deployment x use the claim data, which is ReadWriteOncePod',
        ],
      ],
    ],
    silent: [
      ['by one, whatever its kind', [claim(), using('data'), job()]],
      [
        'by two volumes of one pod',
        [
          claim(),
          deployment({
            pod: { volumes: ['a', 'b'].map((name) => ({ name, persistentVolumeClaim: { claimName: 'data' } })) },
          }),
        ],
      ],
      ['for many', [modes('ReadWriteMany'), using('data'), using('data', { name: 'x' })]],
      ['for many readers', [modes('ReadWriteOnce', 'ReadOnlyMany'), using('data'), using('data', { name: 'x' })]],
      [
        'one claim for each namespace',
        [
          claim({ namespace: 'a' }),
          claim({ namespace: 'b' }),
          using('data', { namespace: 'a' }),
          using('data', { namespace: 'b', name: 'x' }),
        ],
      ],
    ],
  },
});
