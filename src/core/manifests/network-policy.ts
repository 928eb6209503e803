import type { V1NetworkPolicyEgressRule } from '@kubernetes/client-node';
import { type App, names, type Server } from '../app/app.ts';
import type { EgressRule } from '../config/schema.ts';
import { gatewayLabels, selector, serverLabels } from './labels.ts';
import type { ManifestObject } from './object.ts';

/** Never meant by "a host on the internet": private, shared, loopback and link-local ranges (RFC 1918, 6598, 3927; 4193, 4291). */
const NOT_PUBLIC_V4 = [
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
];
const NOT_PUBLIC_V6 = ['fc00::/7', 'fe80::/10', '::1/128'];

const DNS: V1NetworkPolicyEgressRule = {
  ports: [
    { port: 53, protocol: 'UDP' },
    { port: 53, protocol: 'TCP' },
  ],
  to: [
    { namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } },
    // NodeLocal DNSCache listens here on every node that has it.
    { ipBlock: { cidr: '169.254.20.10/32' } },
  ],
};

/** Only the gateway reaches the bridge, and the server reaches what its config declares, plus DNS. */
export function serverNetworkPolicy(app: App, server: Server): ManifestObject {
  const labels = serverLabels(app, server.name);
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: names.serverDeployment(server.name), namespace: app.namespace, labels },
    spec: {
      egress: [DNS, ...server.egress.map(egressRule)],
      ingress: [
        {
          from: [{ podSelector: { matchLabels: selector(gatewayLabels(app)) } }],
          ports: [{ port: names.bridgePort, protocol: 'TCP' }],
        },
      ],
      podSelector: { matchLabels: selector(labels) },
      policyTypes: ['Ingress', 'Egress'],
    },
  };
}

/** Clients reach the gateway's port from anywhere (the token guards it); the gateway reaches the servers and DNS only. */
export function gatewayNetworkPolicy(app: App): ManifestObject {
  const labels = gatewayLabels(app);
  const servers = { 'app.kubernetes.io/component': 'server', 'app.kubernetes.io/instance': app.name };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: names.gateway, namespace: app.namespace, labels },
    spec: {
      egress: [
        DNS,
        { ports: [{ port: names.bridgePort, protocol: 'TCP' }], to: [{ podSelector: { matchLabels: servers } }] },
      ],
      ingress: [{ ports: [{ port: names.gatewayPort, protocol: 'TCP' }] }],
      podSelector: { matchLabels: selector(labels) },
      policyTypes: ['Ingress', 'Egress'],
    },
  };
}

/** A NetworkPolicy knows no host names: a host becomes "any public address" on its port. */
function egressRule(rule: EgressRule): V1NetworkPolicyEgressRule {
  const to = rule.cidr
    ? [{ ipBlock: { cidr: rule.cidr } }]
    : [{ ipBlock: { cidr: '0.0.0.0/0', except: NOT_PUBLIC_V4 } }, { ipBlock: { cidr: '::/0', except: NOT_PUBLIC_V6 } }];
  return { ...(rule.port !== undefined && { ports: [{ port: rule.port, protocol: 'TCP' }] }), to };
}
