import { referenceMonitorRules } from '../../../src/core/rules/reference-monitors.ts';
import { deployment, object, service } from './objects.ts';
import { describeRules } from './table.ts';

const web = (change = {}) => deployment({ labels: { app: 'web' }, ...change });
const monitor = (spec: object, kind = 'ServiceMonitor', namespace?: string) =>
  object({ apiVersion: 'monitoring.coreos.com/v1', kind, metadata: { name: 'web', namespace }, spec });
const labelled = (labels: Record<string, string>, namespace?: string) =>
  object({ ...service().data, metadata: { name: 'web', namespace, labels } });
const WEB = { matchLabels: { app: 'web' } };

describeRules(referenceMonitorRules, {
  'reference.monitor-selects-nothing': {
    fires: [
      [
        'a Service without labels of its own',
        [service(), monitor({ selector: WEB, endpoints: [{ port: 'http' }] })],
        ['ServiceMonitor/web /spec/selector: its selector fits no Service'],
      ],
      [
        'other labels, in its own namespace',
        [
          labelled({ app: 'x' }, 'a'),
          monitor({ selector: WEB, namespaceSelector: { matchNames: [] } }, 'ServiceMonitor', 'a'),
        ],
        ['ServiceMonitor/web /spec/selector: its selector fits no Service'],
      ],
      [
        'an expression',
        [
          labelled({ app: 'web' }),
          monitor({ selector: { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] } }),
        ],
        ['ServiceMonitor/web /spec/selector: its selector fits no Service'],
      ],
      [
        'the named namespace has another',
        [
          labelled({ app: 'web' }, 'a'),
          labelled({ app: 'x' }, 'b'),
          monitor({ selector: WEB, namespaceSelector: { matchNames: ['b'] } }, 'ServiceMonitor', 'a'),
        ],
        ['ServiceMonitor/web /spec/selector: its selector fits no Service'],
      ],
      [
        'pods',
        [
          web({ labels: { app: 'x' } }),
          monitor({ selector: WEB, podMetricsEndpoints: [{ port: 'http' }] }, 'PodMonitor'),
        ],
        ['PodMonitor/web /spec/selector: its selector fits no pod'],
      ],
    ],
    silent: [
      ['a Service with the labels', [labelled({ app: 'web' }), monitor({ selector: WEB })]],
      ['everything', [service(), monitor({ selector: {} })]],
      [
        'a Service of the named namespace',
        [
          labelled({ app: 'web' }, 'b'),
          monitor({ selector: WEB, namespaceSelector: { matchNames: ['b'] } }, 'ServiceMonitor', 'a'),
        ],
      ],
      [
        'a Service of any namespace',
        [
          labelled({ app: 'web' }, 'b'),
          monitor({ selector: WEB, namespaceSelector: { any: true } }, 'ServiceMonitor', 'a'),
        ],
      ],
      ['pods', [web(), monitor({ selector: WEB }, 'PodMonitor')]],
      ['no Service in sight', [web(), monitor({ selector: WEB })]],
      ['no Service of its namespace', [labelled({ app: 'x' }, 'b'), monitor({ selector: WEB }, 'ServiceMonitor', 'a')]],
      [
        'what is no selector',
        [
          service(),
          monitor({ selector: 'x' }),
          monitor({ selector: { matchExpressions: [{ key: 'a', operator: 'NotIn', values: 7 }] } }),
        ],
      ],
    ],
  },
  'reference.monitor-port': {
    fires: [
      [
        'a slip',
        [labelled({ app: 'web' }), monitor({ selector: WEB, endpoints: [{ port: 'http' }, { port: 'htpp' }] })],
        [
          'ServiceMonitor/web /spec/endpoints/1/port: no Service that it selects has a port named htpp: did you mean http?',
        ],
      ],
      [
        'no such name',
        [labelled({ app: 'web' }), monitor({ selector: WEB, endpoints: [{ port: 'metrics' }] })],
        [
          'ServiceMonitor/web /spec/endpoints/0/port: no Service that it selects has a port named metrics: there is http',
        ],
      ],
      [
        'no name at all',
        [
          object({ ...labelled({ app: 'web' }).data, spec: { ports: [{ port: 80 }] } }),
          monitor({ selector: WEB, endpoints: [{ port: '80' }] }),
        ],
        ['ServiceMonitor/web /spec/endpoints/0/port: no Service that it selects has a port named 80'],
      ],
      [
        'pods',
        [web(), monitor({ selector: WEB, podMetricsEndpoints: [{ port: 'metrics' }] }, 'PodMonitor')],
        [
          'PodMonitor/web /spec/podMetricsEndpoints/0/port: no pod that it selects has a port named metrics: there is http',
        ],
      ],
    ],
    silent: [
      ['a Service', [labelled({ app: 'web' }), monitor({ selector: WEB, endpoints: [{ port: 'http' }] })]],
      ['pods', [web(), monitor({ selector: WEB, podMetricsEndpoints: [{ port: 'http' }] }, 'PodMonitor')]],
      ['a port by number', [labelled({ app: 'web' }), monitor({ selector: WEB, endpoints: [{ targetPort: 9090 }] })]],
      ['nothing is selected', [service(), monitor({ selector: WEB, endpoints: [{ port: 'metrics' }] })]],
    ],
  },
});
