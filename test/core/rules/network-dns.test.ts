import { networkDnsRules } from '../../../src/core/rules/network-dns.ts';
import { app, DNS, guards, networkPolicy, SERVER } from './network-objects.ts';
import { configMap, deployment, object, pod, service } from './objects.ts';
import { describeRules } from './table.ts';

const namespaced = (name: string) => ({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } });
const cilium = object({ apiVersion: 'cilium.io/v2', kind: 'CiliumNetworkPolicy', metadata: { name: 'c' }, spec: {} });
const web = (change = {}) => deployment({ labels: { app: 'web' }, ...change });
const egress = (...rules: object[]) =>
  networkPolicy({ podSelector: { matchLabels: { app: 'web' } }, policyTypes: ['Egress'], egress: rules });
const https = { to: [{ ipBlock: { cidr: '203.0.113.0/24' } }], ports: [{ port: 443 }] };
const POLICY = 'NetworkPolicy/policy /spec/egress: no egress rule lets';
const BOTH = `${POLICY} Deployment web reach DNS (UDP 53 and TCP 53): no name is found`;

describeRules(networkDnsRules, {
  'network.dns-blocked': {
    fires: [
      ['only the API that it calls', [web(), egress(https)], [BOTH], 'fixed'],
      [
        'DNS of its own namespace',
        [web(), egress({ ports: DNS.ports, to: [{ podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }] })],
        [BOTH],
        'fixed',
      ],
      ['the wrong namespace', [web(), egress({ ...DNS, to: [namespaced('dns')] })], [BOTH], 'fixed'],
      [
        'the wrong pods',
        [
          web(),
          egress({
            ...DNS,
            to: [{ ...namespaced('kube-system'), podSelector: { matchLabels: { 'k8s-app': 'dns' } } }],
          }),
        ],
        [BOTH],
        'fixed',
      ],
      [
        'everywhere but private ranges',
        [
          web(),
          egress({
            to: [
              {
                ipBlock: {
                  cidr: '0.0.0.0/0',
                  except: ['10.0.0.0/8', '100.64.0.0/10', '169.254.0.0/16', '172.16.0.0/12', '192.168.0.0/16'],
                },
              },
            ],
          }),
        ],
        [BOTH],
        'fixed',
      ],
      [
        'TCP alone',
        [web(), egress({ ...DNS, ports: [{ port: 53 }] })],
        [`${POLICY} Deployment web reach DNS (UDP 53): no name is found`],
        'fixed',
      ],
      [
        'UDP alone',
        [web(), egress({ ...DNS, ports: [{ port: 53, protocol: 'UDP' }] })],
        [`[info] ${POLICY} Deployment web reach DNS by TCP 53: answers that are too long for UDP are lost`],
        'fixed',
      ],
      [
        'a label that kube-system is known not to have',
        [
          web(),
          egress({ ...DNS, to: [{ namespaceSelector: { matchLabels: { name: 'kube-system' } } }] }),
          object({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'kube-system' } }),
        ],
        [BOTH],
        'fixed',
      ],
      [
        'beside a default that allows nothing',
        [web(), networkPolicy({ policyTypes: ['Egress'] }, 'default-deny'), egress(https)],
        [BOTH],
        'fixed',
      ],
      [
        'several pods of one policy',
        [web(), web({ name: 'two' }), egress(https)],
        [BOTH.replace('Deployment web', 'Deployment web, Deployment two')],
        'fixed',
      ],
      [
        'a gateway that may reach its servers and knows no name of them',
        app(...guards({ gateway: { egress: [{ to: [{ podSelector: SERVER }] }] } })),
        [
          '[error] NetworkPolicy/gateway /spec/egress: no egress rule lets Deployment mcp-gateway reach DNS (UDP 53 and TCP 53): no name is found',
        ],
        'fixed',
      ],
      [
        'a gateway that may reach nothing',
        app(...guards({ gateway: { egress: [] } })),
        [
          '[error] NetworkPolicy/gateway /spec/egress: no egress rule lets Deployment mcp-gateway reach DNS (UDP 53 and TCP 53): no name is found',
        ],
        'fixed',
      ],
    ],
    silent: [
      ['kube-system', [web(), egress(https, DNS)]],
      [
        'kube-system by its own policy',
        [web(), egress(https), networkPolicy({ podSelector: {}, policyTypes: ['Egress'], egress: [DNS] }, 'dns')],
      ],
      [
        'kube-dns in kube-system',
        [
          web(),
          egress(https, {
            ...DNS,
            to: [{ ...namespaced('kube-system'), podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }],
          }),
        ],
      ],
      [
        'kube-dns in any namespace',
        [
          web(),
          egress(https, {
            ...DNS,
            to: [{ namespaceSelector: {}, podSelector: { matchLabels: { 'k8s-app': 'kube-dns' } } }],
          }),
        ],
      ],
      [
        'a label that DNS pods may have',
        [
          web(),
          egress(https, {
            ...DNS,
            to: [
              { ...namespaced('kube-system'), podSelector: { matchLabels: { 'app.kubernetes.io/name': 'coredns' } } },
            ],
          }),
        ],
      ],
      [
        'a label that kube-system may have',
        [web(), egress(https, { ...DNS, to: [{ namespaceSelector: { matchLabels: { name: 'kube-system' } } }] })],
      ],
      ['everywhere', [web(), egress(https, { ports: DNS.ports })]],
      [
        'ports by name',
        [web(), egress({ to: DNS.to, ports: [{ port: 'dns', protocol: 'UDP' }, { port: 'dns-tcp' }] })],
      ],
      [
        'OpenShift',
        [
          web(),
          egress({ to: [namespaced('openshift-dns')], ports: [{ port: 5353, protocol: 'UDP' }, { port: 5353 }] }),
        ],
      ],
      ['NodeLocal DNSCache', [web(), egress(https, { to: [{ ipBlock: { cidr: '169.254.20.10/32' } }] })]],
      [
        'an address that may be that of DNS',
        [web(), egress(https, { to: [{ ipBlock: { cidr: '10.96.0.10/32' } }], ports: DNS.ports })],
      ],
      ['ingress alone', [web(), networkPolicy({ podSelector: {} })]],
      ['a pod that may open nothing needs no name', [web(), egress()]],
      ['single addresses need no name', [web(), egress({ to: [{ ipBlock: { cidr: '203.0.113.9/32' } }] })]],
      ['DNS of its own', [web({ pod: { dnsPolicy: 'None' } }), egress(https)]],
      ['the network of the node', [web({ pod: { hostNetwork: true } }), egress(https)]],
      ['policies of another kind may allow it', [web(), egress(https), cilium]],
      ['no pod is selected', [pod({ name: 'x', labels: { app: 'x' } }), egress(https)]],
      ['no pod at all', [service(), configMap({ a: 'b' }), egress(https)]],
    ],
  },
});
