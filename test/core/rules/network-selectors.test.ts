import type { PolicyPeer, PolicySpec } from '../../../src/core/network/policy.ts';
import { networkSelectorRules } from '../../../src/core/rules/network-selectors.ts';
import { networkPolicy } from './network-objects.ts';
import { deployment, object, service } from './objects.ts';
import { describeRules } from './table.ts';

const WEB = { matchLabels: { app: 'web' } };
const block = (cidr: string, ...except: string[]): PolicyPeer => ({ ipBlock: { cidr, except } });
const web = (change = {}) => deployment({ labels: { app: 'web' }, ...change });
const of = (spec: PolicySpec) => networkPolicy({ podSelector: WEB, ...spec });
const peers = (...from: PolicyPeer[]) => of({ ingress: [{ from }] });
const policyFor = (labels: Record<string, string>, namespace?: string) =>
  networkPolicy({ podSelector: { matchLabels: labels } }, 'policy', namespace);
const fromNamespace = (name: string) => peers({ namespaceSelector: { matchLabels: { name } } });
const LABEL = 'NetworkPolicy/policy /spec/ingress/0/from/0/namespaceSelector/matchLabels/name';
const namespace = (labels: Record<string, string>) =>
  object({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'monitoring', labels } });
const port = (one: number | string, more = {}) => of({ ingress: [{ ports: [{ port: one, ...more }] }] });

describeRules(networkSelectorRules, {
  'network.policy-selects-nothing': {
    fires: [
      [
        'other labels',
        [web(), policyFor({ app: 'api' })],
        ['NetworkPolicy/policy /spec/podSelector: it selects no pod'],
      ],
      [
        'a slip',
        [web(), policyFor({ app: 'wbe' })],
        ['NetworkPolicy/policy /spec/podSelector: it selects no pod: Deployment web has app=web'],
      ],
      [
        'one label too many',
        [web(), policyFor({ app: 'web', tier: 'x' })],
        ['NetworkPolicy/policy /spec/podSelector: it selects no pod: Deployment web has all but tier'],
      ],
      [
        'an expression',
        [web(), networkPolicy({ podSelector: { matchExpressions: [{ key: 'tier', operator: 'Exists' }] } })],
        ['NetworkPolicy/policy /spec/podSelector: it selects no pod'],
      ],
      [
        'the other namespace has its pods',
        [web({ namespace: 'a' }), web({ namespace: 'b', labels: { app: 'x' } }), policyFor({ app: 'web' }, 'b')],
        ['NetworkPolicy/policy /spec/podSelector: it selects no pod'],
      ],
    ],
    silent: [
      ['its pods', [web(), policyFor({ app: 'web' })]],
      ['all pods', [web(), networkPolicy({ podSelector: {} }), networkPolicy({}, 'none')]],
      ['a policy for egress', [web(), networkPolicy({ podSelector: WEB, policyTypes: ['Egress'] })]],
      ['no pod at all', [service(), policyFor({ app: 'api' })]],
      ['no pod of its namespace', [web({ namespace: 'a' }), policyFor({ app: 'api' }, 'b')]],
    ],
  },
  'network.namespace-label': {
    fires: [
      [
        'kube-system',
        fromNamespace('kube-system'),
        [
          `${LABEL}: no namespace has the label name=kube-system by itself; kubernetes.io/metadata.name is always there`,
        ],
        'fixed',
      ],
      [
        'a namespace of the set',
        [web({ namespace: 'monitoring' }), fromNamespace('monitoring')],
        [`${LABEL}: no namespace has the label name=monitoring by itself; kubernetes.io/metadata.name is always there`],
        'fixed',
      ],
      [
        'one that nothing is known of',
        fromNamespace('monitoring'),
        [`${LABEL}: no namespace has the label name=monitoring by itself; kubernetes.io/metadata.name is always there`],
      ],
    ],
    silent: [
      ['the label is put there', [namespace({ name: 'monitoring' }), fromNamespace('monitoring')]],
      [
        'the label that is always there',
        peers({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }),
      ],
      ['another label', peers({ namespaceSelector: { matchLabels: { team: 'a' } } })],
      ['the label name of pods', peers({ podSelector: { matchLabels: { name: 'web' } } })],
    ],
  },
  'network.policy-port': {
    fires: [
      [
        'the port of the Service',
        [web(), service(), port(80)],
        [
          'NetworkPolicy/policy /spec/ingress/0/ports/0/port: 80 is the port of Service web, and its pods listen on 8080',
        ],
        'fixed',
      ],
      [
        'the same with a number',
        [web(), service({ spec: { ports: [{ port: 80, targetPort: 8080 }] } }), port(80)],
        [
          'NetworkPolicy/policy /spec/ingress/0/ports/0/port: 80 is the port of Service web, and its pods listen on 8080',
        ],
        'fixed',
      ],
      [
        'the port of the Service, in egress',
        [
          web(),
          service(),
          networkPolicy({
            podSelector: { matchLabels: { app: 'x' } },
            egress: [{ to: [{ podSelector: WEB }], ports: [{ port: 80 }] }],
          }),
        ],
        [
          'NetworkPolicy/policy /spec/egress/0/ports/0/port: 80 is the port of Service web, and its pods listen on 8080',
        ],
        'fixed',
      ],
      [
        'a name that is not there',
        [web(), port('metrics')],
        [
          '[error] NetworkPolicy/policy /spec/ingress/0/ports/0/port: no container of Deployment web has a TCP port named metrics: there is http',
        ],
      ],
      [
        'a slip',
        [web(), port('htpp')],
        [
          '[error] NetworkPolicy/policy /spec/ingress/0/ports/0/port: no container of Deployment web has a TCP port named htpp: did you mean http?',
        ],
      ],
      [
        'the other protocol',
        [web(), port('http', { protocol: 'UDP' })],
        [
          '[error] NetworkPolicy/policy /spec/ingress/0/ports/0/port: no container of Deployment web has a UDP port named http',
        ],
      ],
    ],
    silent: [
      ['the pod’s port', [web(), service(), port(8080)]],
      ['its name', [web(), service(), port('http')]],
      ['a number that nobody declares may be right', [web(), service(), port(9090)]],
      [
        'the Service has the same number',
        [web({ container: { ports: [] } }), service({ spec: { ports: [{ port: 80 }] } }), port(80)],
      ],
      [
        'a port of the pod that a Service has for another one',
        [
          web({ container: { ports: [{ containerPort: 80 }, { name: 'http', containerPort: 8080 }] } }),
          service(),
          port(80),
        ],
      ],
      ['a range', [web(), service(), port(80, { endPort: 90 })]],
      [
        'egress to addresses',
        [
          web(),
          service(),
          networkPolicy({ podSelector: WEB, egress: [{ to: [block('10.0.0.0/8')], ports: [{ port: 80 }] }] }),
        ],
      ],
      [
        'the Service of others',
        [
          web(),
          deployment({ name: 'x', labels: { app: 'x' } }),
          service({ name: 'x', spec: { selector: { app: 'x' } } }),
          port(80),
        ],
      ],
      [
        'a policy for all pods',
        [web(), networkPolicy({ podSelector: {}, ingress: [{ ports: [{ port: 'metrics' }] }] })],
      ],
      [
        'egress to pods of other files, too',
        [
          web(),
          networkPolicy({
            egress: [
              { to: [{ podSelector: WEB }, { podSelector: { matchLabels: { app: 'x' } } }], ports: [{ port: 'x' }] },
            ],
          }),
        ],
      ],
      [
        'egress to a namespace',
        [web(), networkPolicy({ egress: [{ to: [{ namespaceSelector: {} }], ports: [{ port: 'x' }] }] })],
      ],
      ['no pod of the set', [service(), port('metrics')]],
    ],
  },
});
