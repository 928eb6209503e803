import { networkExposureRules } from '../../../src/core/rules/network-exposure.ts';
import { networkIsolationRules } from '../../../src/core/rules/network-isolation.ts';
import { app, GATEWAY, gateway, guards, networkPolicy, SERVER, server, serverService } from './network-objects.ts';
import { configMap, deployment, job, object, service } from './objects.ts';
import { describeRules } from './table.ts';

const NONE = 'there is no NetworkPolicy: every pod of the cluster reaches its port 4444';
const POD = 'Deployment/mcp-server-time /spec/template/spec';
const serverRule = (from: object[], namespace?: string) =>
  networkPolicy({ podSelector: SERVER, ingress: [{ from, ports: [{ port: 4444 }] }] }, 'server', namespace);
const cilium = object({ apiVersion: 'cilium.io/v2', kind: 'CiliumNetworkPolicy', metadata: { name: 'c' }, spec: {} });

describeRules(networkIsolationRules, {
  'network.server-open': {
    fires: [
      ['no policy', app(), [`${POD}: ${NONE}`]],
      [
        'policies for others',
        app(networkPolicy({ podSelector: GATEWAY })),
        [`${POD}: no NetworkPolicy for ingress selects it: every pod of the cluster reaches its port 4444`],
      ],
      [
        'a policy for egress',
        app(networkPolicy({ policyTypes: ['Egress'] })),
        [`${POD}: no NetworkPolicy for ingress selects it: every pod of the cluster reaches its port 4444`],
      ],
      [
        'the pod’s own number of the port',
        [server({ container: { ports: [{ name: 'mcp', containerPort: 9000 }] } }), serverService()],
        [`${POD}: ${NONE.replace('4444', '9000')}`],
      ],
      [
        'a rule without peers',
        app(serverRule([])),
        [
          'NetworkPolicy/server /spec/ingress: every pod of the cluster reaches port 4444 of Deployment mcp-server-time',
        ],
      ],
      [
        'every namespace',
        app(serverRule([{ namespaceSelector: {} }])),
        [
          'NetworkPolicy/server /spec/ingress: every pod of the cluster reaches port 4444 of Deployment mcp-server-time',
        ],
      ],
      [
        'every address',
        app(serverRule([{ ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8'] } }])),
        ['NetworkPolicy/server /spec/ingress: every address reaches port 4444 of Deployment mcp-server-time'],
      ],
      [
        'every pod of the namespace',
        app(serverRule([{ podSelector: {} }])),
        [
          '[info] NetworkPolicy/server /spec/ingress: every pod of the namespace reaches port 4444 of Deployment mcp-server-time',
        ],
      ],
      [
        'one of two policies is too wide',
        app(...guards(), networkPolicy({ ingress: [{}] }, 'wide')),
        ['NetworkPolicy/wide /spec/ingress: every pod of the cluster reaches port 4444 of Deployment mcp-server-time'],
      ],
    ],
    silent: [
      ['only the gateway', app(...guards())],
      [
        'only the gateway, while all egress is closed',
        app(...guards(), networkPolicy({ policyTypes: ['Egress'] }, 'deny')),
      ],
      ['nobody', app(networkPolicy({}))],
      ['another port is open', app(...guards(), networkPolicy({ ingress: [{ ports: [{ port: 4445 }] }] }, 'health'))],
      [
        'a namespace',
        app(serverRule([{ namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': 'x' } } }])),
      ],
      ['pods of the same labels', app(serverRule([{ podSelector: GATEWAY }], 'mcp'))],
      ['policies of another kind', [...app(), cilium]],
      ['no server', [gateway(), deployment()]],
      ['the network of the node', [server({ pod: { hostNetwork: true } })]],
    ],
  },
  'network.not-isolated': {
    fires: [
      [
        'a pod beside others',
        [deployment(), ...app(...guards())],
        [
          'Deployment/web /spec/template/spec: no NetworkPolicy for ingress selects it, as one does Deployment mcp-gateway, Deployment mcp-server-time',
        ],
      ],
      [
        'a gateway beside its server',
        app(networkPolicy({ podSelector: SERVER })),
        [
          'Deployment/mcp-gateway /spec/template/spec: no NetworkPolicy for ingress selects it, as one does Deployment mcp-server-time',
        ],
      ],
    ],
    silent: [
      ['all are guarded', app(...guards())],
      ['none is', [deployment(), gateway()]],
      ['a server has a rule of its own', [gateway(), server(), networkPolicy({ podSelector: GATEWAY })]],
      ['a pod without ports', [job(), ...app(...guards())]],
      [
        'another namespace',
        [
          deployment({ namespace: 'a' }),
          deployment({ namespace: 'b', name: 'x', labels: { app: 'x' } }),
          networkPolicy({ podSelector: { matchLabels: { app: 'x' } } }, 'p', 'b'),
        ],
      ],
      ['policies of another kind', [deployment(), ...app(...guards()), cilium]],
    ],
  },
});

const gatewayService = (spec: object = {}, annotations?: Record<string, string>) =>
  object({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name: 'front', annotations },
    spec: { selector: GATEWAY.matchLabels, ports: [{ port: 80, targetPort: 'http' }], ...spec },
  });
const ingress = (spec: object, more: object = {}) =>
  object({ apiVersion: 'networking.k8s.io/v1', kind: 'Ingress', metadata: { name: 'web', ...more }, spec });
const backend = (name: string) => ({ service: { name, port: { number: 80 } } });
const rule = (host: string | undefined, name = 'mcp-gateway', ...more: string[]) => ({
  host,
  http: { paths: ['/', ...more].map((path) => ({ path, pathType: 'Prefix', backend: backend(name) })) },
});
const AT = 'Ingress/web /spec/rules/0/http/paths/0/backend/service';

describeRules(networkExposureRules, {
  'network.exposed-service': {
    fires: [
      [
        'the gateway, NodePort',
        [gateway(), gatewayService({ type: 'NodePort' })],
        ['Service/front /spec/type: type NodePort opens the gateway to the outside without TLS'],
      ],
      [
        'the gateway, LoadBalancer',
        [gateway(), gatewayService({ type: 'LoadBalancer' })],
        ['Service/front /spec/type: type LoadBalancer opens the gateway to the outside without TLS'],
      ],
      [
        'the gateway, by its name',
        [service({ name: 'mcp-gateway', spec: { type: 'NodePort' } })],
        ['Service/mcp-gateway /spec/type: type NodePort opens the gateway to the outside without TLS'],
      ],
      [
        'a server',
        [server(), serverService({ type: 'NodePort' })],
        [
          '[error] Service/mcp-time /spec/type: type NodePort opens an MCP server to the outside, and it asks for no token',
        ],
      ],
      [
        'a server, by its name',
        [serverService({ type: 'LoadBalancer' })],
        [
          '[error] Service/mcp-time /spec/type: type LoadBalancer opens an MCP server to the outside, and it asks for no token',
        ],
      ],
      [
        'a server with more ports, by its name',
        [
          serverService({
            type: 'NodePort',
            ports: [
              { name: 'health', port: 4445 },
              { name: 'mcp', port: 4444 },
            ],
          }),
        ],
        [
          '[error] Service/mcp-time /spec/type: type NodePort opens an MCP server to the outside, and it asks for no token',
        ],
      ],
      [
        'a server among other pods',
        [
          server({ labels: { app: 'web' } }),
          deployment({ container: { command: ['/mcpk/mcpk-bridge', 'serve', '--', 'x'] } }),
          deployment({ name: 'other' }),
          service({ spec: { type: 'NodePort' } }),
        ],
        ['[error] Service/web /spec/type: type NodePort opens an MCP server to the outside, and it asks for no token'],
      ],
      [
        'a server, by its pods',
        [server(), service({ name: 'time', spec: { type: 'NodePort', selector: SERVER.matchLabels } })],
        ['[error] Service/time /spec/type: type NodePort opens an MCP server to the outside, and it asks for no token'],
      ],
    ],
    silent: [
      ['inside', [gateway(), server(), gatewayService({ type: 'ClusterIP' }), serverService()]],
      ['something else', [deployment(), service({ spec: { type: 'LoadBalancer' } })]],
      [
        'a load balancer with a certificate',
        [
          gateway(),
          gatewayService(
            { type: 'LoadBalancer' },
            { 'service.beta.kubernetes.io/aws-load-balancer-ssl-cert': 'arn:x' },
          ),
        ],
      ],
    ],
  },
  'network.external-ips': {
    fires: [
      [
        'two',
        service({ spec: { externalIPs: ['203.0.113.1', '203.0.113.2'] } }),
        ['Service/web /spec/externalIPs: externalIPs: 203.0.113.1, 203.0.113.2'],
      ],
    ],
    silent: [
      ['none', service()],
      ['an empty list', service({ spec: { externalIPs: [] } })],
    ],
  },
  'network.ingress-tls': {
    fires: [
      [
        'no TLS at all',
        ingress({ rules: [rule('mcp.example.com')] }),
        [`${AT}: the gateway is published for host mcp.example.com without TLS`],
      ],
      [
        'two hosts',
        ingress({ rules: [rule('a.example.com'), rule('b.example.com')] }),
        [
          `${AT}: the gateway is published for host a.example.com without TLS`,
          `${AT.replace('rules/0', 'rules/1')}: the gateway is published for host b.example.com without TLS`,
        ],
      ],
      ['any host', ingress({ rules: [rule(undefined)] }), [`${AT}: the gateway is published for any host without TLS`]],
      [
        'the default',
        ingress({ defaultBackend: backend('mcp-gateway') }),
        ['Ingress/web /spec/defaultBackend/service: the gateway is published for any host without TLS'],
      ],
      [
        'TLS for another host',
        ingress({ tls: [{ hosts: ['x.example.com'] }], rules: [rule('mcp.example.com')] }),
        [`${AT}: the gateway is published for host mcp.example.com without TLS`],
      ],
      [
        'a wildcard is one label deep',
        ingress({ tls: [{ hosts: ['*.example.com'] }], rules: [rule('a.b.example.com')] }),
        [`${AT}: the gateway is published for host a.b.example.com without TLS`],
      ],
      [
        'several paths are one host',
        ingress({ rules: [rule('mcp.example.com', 'mcp-gateway', '/sse')] }),
        [`${AT}: the gateway is published for host mcp.example.com without TLS`],
      ],
      [
        'a gateway behind another name',
        [gateway(), gatewayService(), ingress({ rules: [rule('mcp.example.com', 'front')] })],
        [`${AT}: the gateway is published for host mcp.example.com without TLS`],
      ],
      [
        'an issuer makes no certificate without tls',
        ingress({ rules: [rule('mcp.example.com')] }, { annotations: { 'cert-manager.io/cluster-issuer': 'x' } }),
        [`${AT}: the gateway is published for host mcp.example.com without TLS`],
      ],
    ],
    silent: [
      [
        'TLS for the host',
        ingress({ tls: [{ hosts: ['mcp.example.com'], secretName: 's' }], rules: [rule('mcp.example.com')] }),
      ],
      ['a wildcard', ingress({ tls: [{ hosts: ['*.example.com'] }], rules: [rule('mcp.example.com')] })],
      [
        'TLS for a host, and a rule for any',
        ingress({ tls: [{ hosts: ['mcp.example.com'] }], rules: [rule(undefined)] }),
      ],
      ['TLS for all hosts', ingress({ tls: [{ secretName: 's' }], rules: [rule('mcp.example.com')] })],
      [
        'the load balancer’s certificate',
        ingress(
          { rules: [rule('mcp.example.com')] },
          { annotations: { 'alb.ingress.kubernetes.io/certificate-arn': 'arn:x' } },
        ),
      ],
      ['something else', [configMap({ a: 'b' }), ingress({ rules: [rule('example.com', 'web')] })]],
      [
        'a Service of that name that leads elsewhere',
        [gateway(), deployment(), service({ name: 'front' }), ingress({ rules: [rule('example.com', 'front')] })],
      ],
    ],
  },
});
