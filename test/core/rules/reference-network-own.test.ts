import { describe, expect, it } from 'vitest';
import { buildObjects } from '../../../src/core/manifests/objects.ts';
import type { KubeObject } from '../../../src/core/rules/finding.ts';
import { networkRules } from '../../../src/core/rules/network-rules.ts';
import { referenceRules } from '../../../src/core/rules/reference-rules.ts';
import { catalogFromTemplates } from '../../helpers/catalog.ts';
import { appOf } from '../../helpers/config.ts';
import { networkPolicy } from './network-objects.ts';
import { configMap, cronJob, deployment, faults, object, secret, service, statefulSet } from './objects.ts';

const RULES = [...referenceRules, ...networkRules];
const engines = ['mcpk', 'docker'] as const;
const variants = engines.flatMap((gateway) => engines.map((bridge) => [gateway, bridge] as const));

/** The objects of one app, as lint gets them. */
function rendered(servers: string, gateway: string, bridge: string, name = 'demo') {
  const app = appOf(`apiVersion: mcpk/v1
name: ${name}
namespace: mcp
gateway: { engine: ${gateway} }
bridge: { engine: ${bridge} }
servers:
${servers}`);
  return buildObjects(app).map((one) => object(structuredClone(one) as unknown as Record<string, unknown>));
}

const said = (objects: Parameters<typeof faults>[1]) =>
  faults(RULES, objects).map(({ rule, object: { kind, name }, message }) => `${rule} ${kind}/${name}: ${message}`);

const catalog = Object.values(catalogFromTemplates());
const server = ({ name, image }: (typeof catalog)[number]) =>
  `  ${name}: ${image ? '{}' : '{ image: example.com/x:1 }'}\n`;

describe.each(variants)('what mcpk renders, gateway %s, bridge %s', (gateway, bridge) => {
  it.each(catalog.map((entry) => [entry.name, entry] as const))('%s: nothing to say, no note either', (_, entry) => {
    expect(said(rendered(server(entry), gateway, bridge))).toEqual([]);
  });

  it('all of them together', () => {
    expect(said(rendered(catalog.map(server).join(''), gateway, bridge))).toEqual([]);
  });

  it('with everything that a server may have', () => {
    const all = `  own:
    image: example.com/own:1
    command: [own]
    secrets: [{ env: TOKEN, from: { name: my-secret, key: token } }]
    volumes: [{ name: data, mountPath: /data }, { name: more, mountPath: /more }]
    egress: [{ host: api.example.com, port: 443 }, { host: '*' }, { cidr: 10.0.5.0/24, port: 5432 }, { cidr: 'fd00::/8' }]
`;
    expect(said(rendered(all, gateway, bridge))).toEqual([]);
  });
});

describe('a part of what is deployed', () => {
  const whole = rendered('  time: { image: example.com/time:1 }\n  memory: {}\n', 'mcpk', 'mcpk');
  const only = (...kinds: string[]) => said(whole.filter(({ kind }) => kinds.includes(kind)));

  it.each(['Service', 'ConfigMap', 'NetworkPolicy', 'PersistentVolumeClaim', 'Namespace'])('%s: silent', (kind) => {
    expect(only(kind)).toEqual([]);
  });

  it('Deployments alone: what has to exist, and that nothing is known to guard the servers', () => {
    const open = 'there is no NetworkPolicy: every pod of the cluster reaches its port 4444';
    expect(only('Deployment')).toEqual([
      'reference.config-map-missing Deployment/mcp-gateway: ConfigMap mcp-gateway is not among these manifests: it must exist already',
      'reference.claim-missing Deployment/mcp-server-memory: PersistentVolumeClaim mcp-memory-data is not among these manifests: it must exist already',
      `network.server-open Deployment/mcp-server-memory: ${open}`,
      `network.server-open Deployment/mcp-server-time: ${open}`,
    ]);
  });

  it('two apps together', () => {
    const other = rendered('  time: { image: example.com/time:1 }\n', 'mcpk', 'mcpk', 'other').map((one) =>
      object(
        JSON.parse(
          JSON.stringify(one.data)
            .replaceAll('"namespace":"mcp"', '"namespace":"other"')
            .replaceAll('"name":"mcp",', '"name":"other",'),
        ),
      ),
    );
    expect(said([...whole, ...other])).toEqual([]);
  });
});

/** Written like docker/mcp-gateway's example for several pods: three Deployments, two Services, no NetworkPolicy. */
function handWritten(): KubeObject[] {
  const bridge = (name: string) => [
    deployment({
      name: `mcp-server-${name}`,
      labels: { app: `mcp-server-${name}` },
      container: { ports: [{ containerPort: 4444 }] },
    }),
    service({
      name: `mcp-${name}`,
      spec: { selector: { app: `mcp-server-${name}` }, ports: [{ port: 4444, targetPort: 4444 }] },
    }),
  ];
  const gateway = [
    deployment({
      name: 'mcp-gateway',
      labels: { app: 'mcp-gateway' },
      container: { ports: [{ containerPort: 8811 }] },
    }),
    service({
      name: 'mcp-gateway',
      spec: { type: 'NodePort', selector: { app: 'mcp-gatway' }, ports: [{ port: 8811 }] },
    }),
  ];
  return [...gateway, ...bridge('duckduckgo'), ...bridge('fetch')];
}

it('what somebody wrote by hand: the faults that matter', () => {
  const lines = said(handWritten()).filter((line) => !line.startsWith('reference.recommended-labels'));
  const open = 'there is no NetworkPolicy: every pod of the cluster reaches its port 4444';
  expect(lines).toEqual([
    'reference.service-selects-nothing Service/mcp-gateway: no pod has the labels app=mcp-gatway: Deployment mcp-gateway has app=mcp-gateway',
    `network.server-open Deployment/mcp-server-duckduckgo: ${open}`,
    `network.server-open Deployment/mcp-server-fetch: ${open}`,
    'network.exposed-service Service/mcp-gateway: type NodePort opens the gateway to the outside without TLS',
  ]);
});

describe('objects that lack something', () => {
  /** Every kind that these rules read. */
  const all: KubeObject[] = [
    ...rendered('  memory: {}\n', 'docker', 'mcpk'),
    ...handWritten(),
    networkPolicy({
      podSelector: { matchLabels: { app: 'x' } },
      ingress: [
        { from: [{ ipBlock: { cidr: '0.0.0.0/0', except: ['10.0.0.0/8'] } }], ports: [{ port: 1, endPort: 2 }] },
      ],
    }),
    statefulSet({ pod: { serviceAccountName: 'x' }, spec: { volumeClaimTemplates: [{ metadata: { name: 'data' } }] } }),
    cronJob({ container: { envFrom: [{ configMapRef: { name: 'c' } }, { secretRef: { name: 's' } }] } }),
    configMap({ a: 'b' }),
    secret({ stringData: { a: 'b' } }),
    ...[
      [
        'networking.k8s.io/v1',
        'Ingress',
        {
          tls: [{ hosts: ['a'] }],
          rules: [
            { host: 'a', http: { paths: [{ backend: { service: { name: 'mcp-gateway', port: { number: 1 } } } }] } },
          ],
        },
      ],
      ['gateway.networking.k8s.io/v1', 'HTTPRoute', { rules: [{ backendRefs: [{ name: 'mcp-gateway', port: 1 }] }] }],
      [
        'monitoring.coreos.com/v1',
        'ServiceMonitor',
        {
          selector: { matchExpressions: [{ key: 'a', operator: 'NotIn', values: ['b'] }] },
          namespaceSelector: { matchNames: ['mcp'] },
          endpoints: [{ port: 'x' }],
        },
      ],
      ['external-secrets.io/v1', 'ExternalSecret', { target: { name: 'x' } }],
    ].map(([apiVersion, kind, spec]) =>
      object({ apiVersion, kind, metadata: { name: 'x', annotations: { a: 'b' } }, spec }),
    ),
    object({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'RoleBinding',
      metadata: { name: 'x' },
      roleRef: { kind: 'Role', name: 'r' },
      subjects: [{ kind: 'ServiceAccount', name: 'x', namespace: 'y' }],
    }),
  ];

  /** Pointers of every node below an object's kind and name, as keys. */
  function nodes(value: unknown, path: string[] = []): string[][] {
    if (typeof value !== 'object' || value === null) return [path];
    return [path, ...Object.entries(value).flatMap(([key, member]) => nodes(member, [...path, key]))];
  }

  function without(one: KubeObject, [...path]: string[], put?: unknown): KubeObject {
    const data = structuredClone(one.data) as Record<string, unknown>;
    const last = path.pop() ?? '';
    const parent = path.reduce<Record<string, unknown>>((node, key) => node[key] as Record<string, unknown>, data);
    if (put !== undefined) parent[last] = put;
    else if (Array.isArray(parent)) parent.splice(Number(last), 1);
    else delete parent[last];
    return { ...one, data };
  }

  /** Each place once for each kind of object: the tenth variable of a container is like the first. */
  const places = [
    ...new Map(
      all.flatMap((one, i) =>
        nodes(one.data)
          .filter((path) => path.length > 0)
          .map((path) => [`${one.kind} ${path.join('/').replaceAll(/\d+/g, '*')}`, { i, path }] as const),
      ),
    ).values(),
  ];

  it('no rule stumbles over any key that is not there', () => {
    expect(places.length).toBeGreaterThan(300);
    for (const { i, path } of places) {
      const objects = all.map((one, j) => (i === j ? without(one, path) : one));
      expect(() => said(objects), `${all[i]?.kind} without ${path.join('/')}`).not.toThrow();
    }
  });

  it('nor over anything in kinds that have no schema', () => {
    const custom = places.filter(
      ({ i, path }) => path[0] === 'spec' && /^(gateway|monitoring|external)/.test(all[i]?.apiVersion ?? ''),
    );
    expect(custom.length).toBeGreaterThan(20);
    for (const { i, path } of custom) {
      for (const put of [7, 'x', true, [], [7, null], {}, { a: 7 }]) {
        const objects = all.map((one, j) => (i === j ? without(one, path, put) : one));
        expect(() => said(objects), `${all[i]?.kind} with ${JSON.stringify(put)} at ${path.join('/')}`).not.toThrow();
      }
    }
  });
});

it('every rule has an id of its family and a page, and no two the same', () => {
  const ids = RULES.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  for (const { id, page } of RULES) {
    expect(id).toMatch(/^(reference|network)\.[a-z-]+$/);
    expect([page.title, page.why, ...page.todo].every((text) => text.length > 0)).toBe(true);
    expect(page.todo.length).toBeGreaterThan(0);
  }
});

it('what is told as an error fails a build: the others are not that sure', () => {
  const of = (severity: string) => RULES.filter((rule) => rule.severity === severity).map(({ id }) => id);
  expect(of('error')).toEqual([
    'reference.service-target-port',
    'reference.service-port-name',
    'reference.service-port-duplicate',
    'reference.backend-port',
    'reference.monitor-port',
    'reference.config-map-key',
    'reference.secret-key',
    'reference.duplicate-object',
    'network.gateway-blocked',
    'network.rules-ignored',
    'network.block-except',
    'network.port-range',
    'network.peer',
  ]);
  expect(of('info')).toEqual([
    'reference.backend-missing',
    'reference.config-map-missing',
    'reference.secret-missing',
    'reference.service-account-missing',
    'reference.claim-missing',
    'reference.claim-unused',
    'reference.role-missing',
    'reference.subject-missing',
    'reference.namespace-mixed',
    'reference.recommended-labels',
    'network.namespace-label',
  ]);
  expect(of('warning')).toHaveLength(RULES.length - 24);
});
