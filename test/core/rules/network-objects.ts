import type { NetworkPolicy, PolicyRule, PolicySpec } from '../../../src/core/network/policy.ts';
import type { KubeObject } from '../../../src/core/rules/finding.ts';
import { type Change, deployment, object, service } from './objects.ts';

/** A NetworkPolicy named `policy`, unless it is said otherwise. */
export function networkPolicy(spec: PolicySpec, name = 'policy', namespace?: NetworkPolicy['namespace']): KubeObject {
  return object({
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name, namespace },
    spec,
  });
}

const labelled = (name: string, component: string) => ({
  'app.kubernetes.io/name': name,
  'app.kubernetes.io/component': component,
});

export const GATEWAY = { matchLabels: labelled('mcp-gateway', 'gateway') };
export const SERVER = { matchLabels: labelled('time', 'server') };

export function gateway(change: Change = {}): KubeObject {
  const container = { ports: [{ name: 'http', containerPort: 8811 }] };
  return deployment({ name: 'mcp-gateway', labels: GATEWAY.matchLabels, container, ...change });
}

export function server(change: Change = {}): KubeObject {
  const container = { ports: [{ name: 'mcp', containerPort: 4444 }] };
  return deployment({ name: 'mcp-server-time', labels: SERVER.matchLabels, container, ...change });
}

export function serverService(spec: Record<string, unknown> = {}, namespace?: string): KubeObject {
  const ports = [{ name: 'mcp', port: 4444, targetPort: 'mcp' }];
  return service({
    name: 'mcp-time',
    ...(namespace && { namespace }),
    spec: { ports, selector: SERVER.matchLabels, ...spec },
  });
}

export const DNS: PolicyRule = {
  to: [{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'kube-system' } } }],
  ports: [
    { protocol: 'UDP', port: 53 },
    { protocol: 'TCP', port: 53 },
  ],
};

/** The policies of a gateway and its server that are just enough, and what to change of each. */
export function guards(change: { gateway?: PolicySpec; server?: PolicySpec } = {}): KubeObject[] {
  const bridge = [{ protocol: 'TCP', port: 4444 }];
  return [
    networkPolicy(
      {
        podSelector: GATEWAY,
        policyTypes: ['Ingress', 'Egress'],
        ingress: [{ ports: [{ port: 8811 }] }],
        egress: [DNS, { to: [{ podSelector: SERVER }], ports: bridge }],
        ...change.gateway,
      },
      'gateway',
    ),
    networkPolicy(
      {
        podSelector: SERVER,
        policyTypes: ['Ingress', 'Egress'],
        ingress: [{ from: [{ podSelector: GATEWAY }], ports: bridge }],
        egress: [],
        ...change.server,
      },
      'server',
    ),
  ];
}

/** A whole app of one server. */
export const app = (...policies: KubeObject[]): KubeObject[] => [gateway(), server(), serverService(), ...policies];
