import { referenceLabelRules } from '../../../src/core/rules/reference-labels.ts';
import { referenceObjectRules } from '../../../src/core/rules/reference-objects.ts';
import { claim, configMap, cronJob, deployment, job, object, service, statefulSet } from './objects.ts';
import { describeRules } from './table.ts';

const inFile = (file: string, one: ReturnType<typeof service>) => ({ ...one, origin: { ...one.origin, file } });
const unnamed = () => object({ apiVersion: 'batch/v1', kind: 'Job', metadata: { generateName: 'x-' }, spec: {} });

describeRules(referenceObjectRules, {
  'reference.duplicate-object': {
    fires: [
      [
        'in one file',
        [service(), service()],
        [
          'Service/web /metadata/name: Service web is also in test.yaml:1',
          'Service/web /metadata/name: Service web is also in test.yaml:1',
        ],
      ],
      [
        'of a namespace',
        [service({ namespace: 'a' }), service({ namespace: 'a' })],
        [
          'Service/web /metadata/name: Service web of namespace a is also in test.yaml:1',
          'Service/web /metadata/name: Service web of namespace a is also in test.yaml:1',
        ],
      ],
      [
        'in files of one folder',
        [inFile('a/x.yaml', service()), inFile('a/y.yaml', service())],
        [
          'Service/web /metadata/name: Service web is also in a/y.yaml:1',
          'Service/web /metadata/name: Service web is also in a/x.yaml:1',
        ],
      ],
      [
        'in folders that may be for different clusters',
        [inFile('a/x.yaml', service()), inFile('b/x.yaml', service())],
        [
          '[warning] Service/web /metadata/name: Service web is also in b/x.yaml:1',
          '[warning] Service/web /metadata/name: Service web is also in a/x.yaml:1',
        ],
      ],
      [
        'two versions of one group',
        [deployment(), object({ ...deployment().data, apiVersion: 'apps/v1beta1' })],
        [
          'Deployment/web /metadata/name: Deployment web is also in test.yaml:1',
          'Deployment/web /metadata/name: Deployment web is also in test.yaml:1',
        ],
      ],
    ],
    silent: [
      [
        'other names, namespaces, kinds',
        [service(), service({ name: 'x' }), service({ namespace: 'a' }), service({ namespace: 'b' }), deployment()],
      ],
      [
        'the same word of another group',
        [service(), object({ ...service().data, apiVersion: 'serving.knative.dev/v1' })],
      ],
      ['names that the API server makes', [unnamed(), unnamed()]],
    ],
  },
  'reference.namespace-mixed': {
    fires: [
      [
        'one of two',
        [service(), deployment({ namespace: 'a' })],
        ['Service/web /metadata: Service web names no namespace, and Deployment web names a'],
      ],
      [
        'many',
        [deployment({ namespace: 'a' }), service(), configMap({}), claim()],
        ['Service/web /metadata: Service web (and 2 more) names no namespace, and Deployment web names a'],
      ],
    ],
    silent: [
      ['all', [service({ namespace: 'a' }), deployment({ namespace: 'b' })]],
      ['none', [service(), deployment()]],
      [
        'kinds that have none',
        [object({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'a' } }), service({ namespace: 'a' })],
      ],
      [
        'custom kinds may have none',
        [
          object({ apiVersion: 'x.example.com/v1', kind: 'Service', metadata: { name: 'a' } }),
          service({ namespace: 'a' }),
        ],
      ],
      ['another file', [service({ namespace: 'a' }), inFile('other.yaml', service())]],
    ],
  },
});

const NAME = { 'app.kubernetes.io/name': 'web' };
const BOTH = { ...NAME, 'app.kubernetes.io/instance': 'demo' };

describeRules(referenceLabelRules, {
  'reference.recommended-labels': {
    fires: [
      [
        'both',
        deployment(),
        [
          'Deployment/web /metadata/labels: it has no label app.kubernetes.io/name and no label app.kubernetes.io/instance',
        ],
      ],
      [
        'one',
        statefulSet({ labels: NAME }),
        ['StatefulSet/web /metadata/labels: it has no label app.kubernetes.io/instance'],
      ],
    ],
    silent: [
      ['both are there', deployment({ labels: BOTH })],
      ['only workloads that stay', [job(), cronJob(), service()]],
    ],
  },
  'reference.selector-version': {
    fires: [
      [
        'the version',
        deployment({ labels: { ...NAME, 'app.kubernetes.io/version': '1' } }),
        [
          'Deployment/web /spec/selector/matchLabels/app.kubernetes.io~1version: label app.kubernetes.io/version changes with each release, and the selector can never be changed',
        ],
      ],
      [
        'the chart',
        statefulSet({ labels: { 'helm.sh/chart': 'web-1.2' } }),
        [
          'StatefulSet/web /spec/selector/matchLabels/helm.sh~1chart: label helm.sh/chart changes with each release, and the selector can never be changed',
        ],
      ],
    ],
    silent: [
      ['other labels', deployment({ labels: { ...BOTH, version: 'v1' } })],
      [
        'the pod may have it',
        deployment({ labels: NAME, metadata: { labels: { ...NAME, 'app.kubernetes.io/version': '1' } } }),
      ],
      ['no selector', deployment({ spec: { selector: undefined } })],
    ],
  },
});
