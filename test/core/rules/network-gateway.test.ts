import { expect, it } from 'vitest';
import { networkGatewayRules } from '../../../src/core/rules/network-gateway.ts';
import { app, DNS, GATEWAY, gateway, guards, networkPolicy, SERVER, server, serverService } from './network-objects.ts';
import { deployment, faults, object } from './objects.ts';
import { describeRules } from './table.ts';

const OUT = 'no egress rule lets the gateway (Deployment mcp-gateway) reach TCP 4444 of Deployment mcp-server-time';
const IN = 'no ingress rule lets the gateway (Deployment mcp-gateway) reach TCP 4444 of Deployment mcp-server-time';
const namespaced = (name: string) => ({ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': name } } });
const cilium = object({ apiVersion: 'cilium.io/v2', kind: 'CiliumNetworkPolicy', metadata: { name: 'c' }, spec: {} });
const bridge = [{ port: 4444 }];

describeRules(networkGatewayRules, {
  'network.gateway-blocked': {
    fires: [
      [
        'ingress of the server lets nobody in',
        app(...guards({ server: { ingress: [] } })),
        [`NetworkPolicy/server /spec/ingress: ${IN}`],
        'fixed',
      ],
      [
        'ingress of the server lets others in',
        app(...guards({ server: { ingress: [{ from: [{ podSelector: { matchLabels: { app: 'client' } } }] }] } })),
        [`NetworkPolicy/server /spec/ingress: ${IN}`],
        'fixed',
      ],
      [
        'the port of something else',
        app(...guards({ server: { ingress: [{ from: [{ podSelector: GATEWAY }], ports: [{ port: 80 }] }] } })),
        [`NetworkPolicy/server /spec/ingress: ${IN}`],
        'fixed',
      ],
      [
        'UDP',
        app(...guards({ server: { ingress: [{ ports: [{ port: 4444, protocol: 'UDP' }] }] } })),
        [`NetworkPolicy/server /spec/ingress: ${IN}`],
        'fixed',
      ],
      [
        'egress of the gateway is for DNS only',
        app(...guards({ gateway: { egress: [DNS] } })),
        [`NetworkPolicy/gateway /spec/egress: ${OUT}`],
        'fixed',
      ],
      [
        'egress to the internet is none to pods',
        app(
          ...guards({
            gateway: {
              egress: [
                {
                  to: [
                    {
                      ipBlock: {
                        cidr: '0.0.0.0/0',
                        except: ['10.0.0.0/8', '100.64.0.0/10', '172.16.0.0/12', '192.168.0.0/16'],
                      },
                    },
                  ],
                },
              ],
            },
          }),
        ),
        [`NetworkPolicy/gateway /spec/egress: ${OUT}`],
        'fixed',
      ],
      [
        'both ends',
        app(...guards({ gateway: { egress: [] }, server: { ingress: [] } })),
        [`NetworkPolicy/gateway /spec/egress: ${OUT}`, `NetworkPolicy/server /spec/ingress: ${IN}`],
        'fixed',
      ],
      [
        'the port of the Service instead of the pod’s',
        [
          gateway(),
          server({ container: { ports: [{ name: 'mcp', containerPort: 9000 }] } }),
          serverService(),
          networkPolicy({ podSelector: SERVER, ingress: [{ from: [{ podSelector: GATEWAY }], ports: bridge }] }),
        ],
        [`NetworkPolicy/policy /spec/ingress: ${IN.replace('4444', '9000')}`],
        'fixed',
      ],
      [
        'a default for all pods is not opened by a fix',
        app(networkPolicy({ podSelector: {} }, 'default-deny')),
        [`NetworkPolicy/default-deny /spec: ${IN}`],
      ],
      [
        'the policy with rules is the one to change',
        app(
          networkPolicy({ podSelector: {} }, 'default-deny'),
          networkPolicy({ podSelector: SERVER, ingress: [{ from: [{ podSelector: SERVER }] }] }, 'own'),
        ),
        [`NetworkPolicy/own /spec/ingress: ${IN}`],
        'fixed',
      ],
      [
        'a policy for the pod is to be changed before a default with rules',
        app(
          networkPolicy({ podSelector: {}, ingress: [{ from: [{ podSelector: SERVER }] }] }, 'default'),
          networkPolicy({ podSelector: SERVER }, 'own'),
          networkPolicy({ ingress: [{ ports: [{ port: 8811 }] }] }, 'more'),
        ),
        [`NetworkPolicy/own /spec: ${IN}`],
        'fixed',
      ],
      [
        'of two policies for the pod, that with rules',
        app(
          networkPolicy({ podSelector: SERVER }, 'empty'),
          networkPolicy({ podSelector: SERVER, ingress: [{ from: [{ podSelector: SERVER }] }] }, 'own'),
        ),
        [`NetworkPolicy/own /spec/ingress: ${IN}`],
        'fixed',
      ],
      [
        'a selector of another namespace',
        app(...guards({ server: { ingress: [{ from: [{ ...namespaced('other'), podSelector: GATEWAY }] }] } })).map(
          (one) => object({ ...one.data, metadata: { ...(one.data['metadata'] as object), namespace: 'mcp' } }),
        ),
        [`NetworkPolicy/server /spec/ingress: ${IN}`],
        'fixed',
      ],
      [
        'a server without a Service, known by its bridge',
        [
          gateway(),
          deployment({
            name: 'clock',
            labels: { app: 'clock' },
            container: { command: ['/mcpk/mcpk-bridge', 'serve', '--', 'x'] },
          }),
          networkPolicy({ podSelector: { matchLabels: { app: 'clock' } } }),
        ],
        [
          'NetworkPolicy/policy /spec: no ingress rule lets the gateway (Deployment mcp-gateway) reach TCP 4444 of Deployment clock',
        ],
        'fixed',
      ],
      [
        'a gateway of another name, known by its image',
        [
          deployment({ name: 'front', labels: { app: 'front' }, container: { image: 'docker/mcp-gateway:v0.43.3' } }),
          server(),
          serverService(),
          networkPolicy({ podSelector: SERVER }),
        ],
        [
          'NetworkPolicy/policy /spec: no ingress rule lets the gateway (Deployment front) reach TCP 4444 of Deployment mcp-server-time',
        ],
        'fixed',
      ],
      [
        'only one says which app it is of',
        [
          gateway({ labels: { ...GATEWAY.matchLabels, 'app.kubernetes.io/instance': 'a' } }),
          server(),
          networkPolicy({ podSelector: SERVER }),
        ],
        [`NetworkPolicy/policy /spec: ${IN}`],
        'fixed',
      ],
      [
        'only the server says so',
        [
          gateway(),
          server({ labels: { ...SERVER.matchLabels, 'app.kubernetes.io/instance': 'b' } }),
          networkPolicy({ podSelector: SERVER }),
        ],
        [`NetworkPolicy/policy /spec: ${IN}`],
        'fixed',
      ],
      [
        'a gateway without labels cannot be named in a fix',
        [gateway({ labels: {} }), server(), networkPolicy({ podSelector: SERVER })],
        [`NetworkPolicy/policy /spec: ${IN}`],
      ],
      [
        'several servers behind one closed gateway',
        [
          ...app(...guards({ gateway: { egress: [DNS] } })),
          deployment({
            name: 'mcp-server-fetch',
            labels: { app: 'fetch' },
            container: { ports: [{ containerPort: 4444 }] },
          }),
        ],
        [`NetworkPolicy/gateway /spec/egress: ${OUT}, Deployment mcp-server-fetch`],
        'fixed',
      ],
    ],
    silent: [
      ['policies that are enough', app(...guards())],
      ['no policy', app()],
      ['policies of others', app(networkPolicy({ podSelector: { matchLabels: { app: 'other' } } }))],
      [
        'one policy of several allows',
        app(
          ...guards({ server: { ingress: [] } }),
          networkPolicy({ ingress: [{ from: [{ podSelector: {} }] }] }, 'more'),
        ),
      ],
      ['a named port', app(...guards({ server: { ingress: [{ ports: [{ port: 'mcp' }] }] } }))],
      ['a range of ports', app(...guards({ server: { ingress: [{ ports: [{ port: 4000, endPort: 5000 }] }] } }))],
      [
        'addresses that may be the pods’',
        app(...guards({ gateway: { egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }] } })),
      ],
      [
        'a label of the namespace that may be there',
        app(...guards({ server: { ingress: [{ from: [{ namespaceSelector: { matchLabels: { team: 'a' } } }] }] } })),
      ],
      ['policies of another kind may allow it', [...app(...guards({ server: { ingress: [] } })), cilium]],
      [
        'a gateway in the network of its node',
        [gateway({ pod: { hostNetwork: true } }), server(), serverService(), networkPolicy({ podSelector: SERVER })],
      ],
      [
        'a gateway of another namespace',
        [
          gateway({ namespace: 'a' }),
          server({ namespace: 'b' }),
          serverService({}, 'b'),
          networkPolicy({ podSelector: SERVER }, 'p', 'b'),
        ],
      ],
      [
        'a gateway of another app',
        [
          gateway({ labels: { ...GATEWAY.matchLabels, 'app.kubernetes.io/instance': 'a' } }),
          server({ labels: { ...SERVER.matchLabels, 'app.kubernetes.io/instance': 'b' } }),
          networkPolicy({ podSelector: SERVER }),
        ],
      ],
      [
        'docker’s bridge is in the image of its gateway, and no gateway',
        [
          server({ container: { image: 'docker/mcp-gateway:v0.43.3', command: ['/x/docker-mcp-bridge', 'y'] } }),
          networkPolicy({ podSelector: SERVER }),
        ],
      ],
      [
        'a component named server is not always MCP’s',
        [
          gateway(),
          deployment({ name: 'argocd-server', labels: { 'app.kubernetes.io/component': 'server' } }),
          networkPolicy({ podSelector: { matchLabels: { 'app.kubernetes.io/component': 'server' } } }),
        ],
      ],
      ['a gateway alone', [gateway(), ...guards({ gateway: { egress: [] } })]],
    ],
  },
});

it('a fix names the gateway by the labels that never change', () => {
  const labels = { ...GATEWAY.matchLabels, 'app.kubernetes.io/version': '1' };
  const objects = [gateway({ metadata: { labels } }), server(), networkPolicy({ podSelector: SERVER })];
  const rule = { from: [{ podSelector: GATEWAY }], ports: [{ protocol: 'TCP', port: 4444 }] };
  expect(faults(networkGatewayRules, objects).map(({ fix }) => fix)).toEqual([
    [{ op: 'set', pointer: '/spec/ingress/-', value: rule }],
  ]);
});

it('the next step is at the end that is closed', () => {
  const objects = app(...guards({ gateway: { egress: [] }, server: { ingress: [] } }));
  expect(faults(networkGatewayRules, objects).map(({ remedy }) => remedy)).toEqual([
    'egress of the gateway: to the pods of the servers, TCP 4444',
    'ingress of the servers: from the pods of the gateway, TCP 4444',
  ]);
});
