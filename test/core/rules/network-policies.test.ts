import type { PolicyPeer, PolicyRule, PolicySpec } from '../../../src/core/network/policy.ts';
import { networkEgressRules } from '../../../src/core/rules/network-egress.ts';
import { networkPolicyFormRules } from '../../../src/core/rules/network-policy-form.ts';
import { networkPolicyTypeRules } from '../../../src/core/rules/network-policy-types.ts';
import { DNS, networkPolicy } from './network-objects.ts';
import { configMap, deployment } from './objects.ts';
import { describeRules } from './table.ts';

const WEB = { matchLabels: { app: 'web' } };
const RANGES = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16'];
const egress = (...rules: PolicyRule[]) => networkPolicy({ podSelector: WEB, policyTypes: ['Egress'], egress: rules });
const block = (cidr: string, ...except: string[]): PolicyPeer => ({ ipBlock: { cidr, except } });
const AT = 'NetworkPolicy/policy /spec/egress/0';
const METADATA = 'the cloud’s metadata (169.254.169.254)';

describeRules(networkEgressRules, {
  'network.open-egress': {
    fires: [
      ['everything', egress({}), [`${AT}: egress to everywhere: also ${METADATA} and private ranges`]],
      [
        'all of IPv4',
        egress({ to: [block('0.0.0.0/0')] }),
        [`${AT}/to/0/ipBlock: egress to 0.0.0.0/0: also to ${METADATA} and private ranges`],
      ],
      [
        'all of IPv6',
        egress({ to: [block('::/0')] }),
        [`${AT}/to/0/ipBlock: egress to ::/0: also to ${METADATA} and private ranges`],
      ],
      [
        'half of IPv4',
        egress({ to: [block('128.0.0.0/1')] }),
        [`${AT}/to/0/ipBlock: egress to 128.0.0.0/1: also to ${METADATA} and private ranges`],
      ],
      [
        'metadata alone is open',
        egress({ to: [block('0.0.0.0/0', ...RANGES)] }),
        [`${AT}/to/0/ipBlock: egress to 0.0.0.0/0: also to ${METADATA}`],
      ],
      [
        'one private range is open',
        egress({ to: [block('0.0.0.0/0', '169.254.0.0/16', '10.0.0.0/8', '172.16.0.0/12')] }),
        [`[info] ${AT}/to/0/ipBlock: egress to 0.0.0.0/0: also to private ranges`],
      ],
      [
        'a part of a private range is open',
        egress({ to: [block('0.0.0.0/0', '169.254.0.0/16', '10.0.0.0/9', '172.16.0.0/12', '192.168.0.0/16')] }),
        [`[info] ${AT}/to/0/ipBlock: egress to 0.0.0.0/0: also to private ranges`],
      ],
      [
        'HTTPS: metadata is HTTP',
        egress({ to: [block('0.0.0.0/0')], ports: [{ port: 443 }] }),
        [`[info] ${AT}/to/0/ipBlock: egress to 0.0.0.0/0: also to private ranges`],
      ],
      [
        'HTTPS to everywhere',
        egress({ ports: [{ port: 443 }] }),
        [`[info] ${AT}: egress to everywhere: also private ranges`],
      ],
      [
        'a range of ports with 80 in it',
        egress({ ports: [{ port: 1, endPort: 1024 }] }),
        [`${AT}: egress to everywhere: also ${METADATA} and private ranges`],
      ],
      [
        'DNS and more',
        egress({ ports: [{ port: 53 }, { port: 80 }] }),
        [`${AT}: egress to everywhere: also ${METADATA} and private ranges`],
      ],
      [
        'by default of policyTypes',
        networkPolicy({ egress: [{}] }),
        [`${AT}: egress to everywhere: also ${METADATA} and private ranges`],
      ],
    ],
    silent: [
      ['the internet', egress({ to: [block('0.0.0.0/0', '169.254.0.0/16', ...RANGES), block('::/0', 'fc00::/7')] })],
      [
        'the metadata address excepted by itself',
        egress({ to: [block('0.0.0.0/0', '169.254.169.254/32', ...RANGES)] }),
      ],
      ['a private range that is meant', egress({ to: [block('10.0.0.0/8')] })],
      ['a part of one', egress({ to: [block('10.2.0.0/16')] })],
      ['metadata that is meant', egress({ to: [block('169.254.169.254/32')] })],
      ['another public block', egress({ to: [block('203.0.113.0/24')] })],
      ['DNS everywhere', egress({ ports: [{ port: 53, protocol: 'UDP' }, { port: 53 }] })],
      ['pods', egress({ to: [{ namespaceSelector: {} }] })],
      ['rules that count for nothing', networkPolicy({ policyTypes: ['Ingress'], egress: [{}] })],
      ['what is no block', egress({ to: [block('everywhere')] })],
    ],
  },
});

const web = (change = {}) => deployment({ labels: { app: 'web' }, ...change });
const of = (spec: PolicySpec) => networkPolicy({ podSelector: WEB, ...spec });
const IN: PolicyRule[] = [{ ports: [{ port: 8080 }] }];

describeRules(networkPolicyTypeRules, {
  'network.rules-ignored': {
    fires: [
      [
        'egress rules',
        of({ policyTypes: ['Ingress'], egress: [DNS] }),
        ['NetworkPolicy/policy /spec/egress: policyTypes has no Egress: these rules are ignored'],
      ],
      [
        'ingress rules',
        of({ policyTypes: ['Egress'], ingress: IN }),
        ['NetworkPolicy/policy /spec/ingress: policyTypes has no Ingress: these rules are ignored'],
      ],
      [
        'an empty egress list',
        of({ egress: [] }),
        [
          '[warning] NetworkPolicy/policy /spec/egress: egress: [] refuses nothing, because policyTypes does not name Egress',
        ],
      ],
    ],
    silent: [
      ['policyTypes left out: egress rules count', of({ egress: [DNS] })],
      ['both named', of({ policyTypes: ['Ingress', 'Egress'], ingress: IN, egress: [DNS] })],
      ['an empty ingress list refuses without policyTypes', of({ ingress: [] })],
      ['an empty list of a direction that is not meant', of({ policyTypes: ['Ingress'], egress: [] })],
      ['an empty egress list that counts', of({ policyTypes: ['Egress'], egress: [] })],
    ],
  },
  'network.direction-forgotten': {
    fires: [
      [
        'Egress is named and forgotten',
        [web(), of({ policyTypes: ['Ingress', 'Egress'], ingress: IN })],
        [
          'NetworkPolicy/policy /spec/policyTypes: policyTypes names Egress, and no egress rule is there: Deployment web opens no connection, not even to DNS',
        ],
      ],
      [
        'Ingress is named and forgotten',
        [web(), of({ policyTypes: ['Ingress', 'Egress'], egress: [DNS] })],
        [
          'NetworkPolicy/policy /spec/policyTypes: policyTypes names Ingress, and no ingress rule is there: Deployment web takes no connection',
        ],
      ],
      [
        'Ingress is always meant',
        [web(), of({ egress: [DNS] })],
        [
          'NetworkPolicy/policy /spec: without policyTypes it closes Ingress, and no ingress rule is there: Deployment web takes no connection',
        ],
      ],
    ],
    silent: [
      ['rules for both', [web(), of({ policyTypes: ['Ingress', 'Egress'], ingress: IN, egress: [DNS] })]],
      ['said with an empty list', [web(), of({ policyTypes: ['Ingress', 'Egress'], ingress: IN, egress: [] })]],
      ['a default for the namespace', [web(), networkPolicy({ policyTypes: ['Ingress', 'Egress'] })]],
      [
        'another policy opens it',
        [
          web(),
          of({ policyTypes: ['Ingress', 'Egress'], ingress: IN }),
          networkPolicy({ policyTypes: ['Egress'], egress: [DNS] }, 'dns'),
        ],
      ],
      ['a pod that listens on nothing', [web({ container: { ports: [] } }), of({ egress: [DNS] })]],
      ['only Egress is named', [web(), of({ policyTypes: ['Egress'], egress: [DNS] })]],
      ['no pod of the set', [configMap({ a: 'b' }), of({ egress: [DNS] })]],
    ],
  },
});

const peers = (...from: PolicyPeer[]) => of({ ingress: [{ from }] });
const ports = (...list: NonNullable<PolicyRule['ports']>) => of({ policyTypes: ['Egress'], egress: [{ ports: list }] });

describeRules(networkPolicyFormRules, {
  'network.block-except': {
    fires: [
      [
        'beside the block',
        peers(block('10.0.0.0/8', '192.168.0.0/16')),
        [
          'NetworkPolicy/policy /spec/ingress/0/from/0/ipBlock/except/0: except 192.168.0.0/16 does not lie in 10.0.0.0/8',
        ],
      ],
      [
        'larger than the block',
        peers(block('10.1.0.0/16', '10.0.0.0/8')),
        ['NetworkPolicy/policy /spec/ingress/0/from/0/ipBlock/except/0: except 10.0.0.0/8 does not lie in 10.1.0.0/16'],
      ],
      [
        'the block itself',
        peers(block('10.0.0.0/8', '10.0.0.0/8')),
        ['NetworkPolicy/policy /spec/ingress/0/from/0/ipBlock/except/0: except 10.0.0.0/8 is all of 10.0.0.0/8'],
      ],
      [
        'the other family, in egress, the second one',
        of({ egress: [{ to: [{ podSelector: {} }, block('0.0.0.0/0', '10.0.0.0/8', 'fc00::/7')] }] }),
        ['NetworkPolicy/policy /spec/egress/0/to/1/ipBlock/except/1: except fc00::/7 does not lie in 0.0.0.0/0'],
      ],
    ],
    silent: [
      [
        'a part',
        peers(block('10.0.0.0/8', '10.2.0.0/16'), block('0.0.0.0/0', '10.0.0.0/8'), block('::/0', 'fc00::/7')),
      ],
      ['what is no block is told by its schema', peers(block('10.0.0.0/8', 'x'), block('x', '10.0.0.0/8'))],
      ['no exception', peers({ ipBlock: { cidr: '10.0.0.0/8' } })],
    ],
  },
  'network.port-range': {
    fires: [
      [
        'backwards',
        ports({ port: 8090, endPort: 8080 }),
        ['NetworkPolicy/policy /spec/egress/0/ports/0/endPort: endPort 8080 is below port 8090'],
      ],
      [
        'without a start',
        ports({ port: 1 }, { endPort: 8080 }),
        ['NetworkPolicy/policy /spec/egress/0/ports/1/endPort: endPort 8080 without port'],
      ],
      [
        'from a name',
        ports({ port: 'http', endPort: 8080 }),
        ['NetworkPolicy/policy /spec/egress/0/ports/0/endPort: endPort 8080 beside port http, which is a name'],
      ],
    ],
    silent: [
      ['a range', ports({ port: 8080, endPort: 8090 })],
      ['a range of one', ports({ port: 8080, endPort: 8080 })],
      ['no range', ports({ port: 'http' }, { port: 80 }, {})],
    ],
  },
  'network.peer': {
    fires: [
      [
        'an empty one',
        peers({ podSelector: {} }, {}),
        ['NetworkPolicy/policy /spec/ingress/0/from/1: an empty peer: it says nobody'],
      ],
      [
        'a block and pods',
        peers({ ...block('10.0.0.0/8'), podSelector: {} }),
        ['NetworkPolicy/policy /spec/ingress/0/from/0: ipBlock and podSelector in one peer'],
      ],
      [
        'a block and both selectors',
        of({ egress: [{ to: [{ namespaceSelector: {}, podSelector: {}, ...block('::/0') }] }] }),
        ['NetworkPolicy/policy /spec/egress/0/to/0: ipBlock and namespaceSelector and podSelector in one peer'],
      ],
    ],
    silent: [
      ['empty selectors say everybody', peers({ podSelector: {} }, { namespaceSelector: {} })],
      ['pods of namespaces', peers({ podSelector: {}, namespaceSelector: {} })],
      ['a block', peers(block('10.0.0.0/8'))],
      ['an empty list', peers()],
    ],
  },
});
