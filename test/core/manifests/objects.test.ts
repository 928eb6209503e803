import type { V1Container, V1PodSpec } from '@kubernetes/client-node';
import { describe, expect, it } from 'vitest';
import type { ManifestObject } from '../../../src/core/manifests/object.ts';
import { buildObjects } from '../../../src/core/manifests/objects.ts';
import { toYamlDocuments } from '../../../src/core/manifests/yaml.ts';
import { appOf } from '../../helpers/config.ts';
import { expectGolden } from '../../helpers/golden.ts';

const config = (gateway: string, bridge: string) => `apiVersion: mcpk/v1
name: demo
namespace: mcp
gateway: { engine: ${gateway} }
bridge: { engine: ${bridge} }
servers:
  time: { image: example.com/time:1 }
  duckduckgo: {}
  memory: {}
  postgres: { egress: [{ cidr: 10.2.0.0/16, port: 5432 }] }
`;

const engines = ['mcpk', 'docker'] as const;
const variants = engines.flatMap((gateway) => engines.map((bridge) => [gateway, bridge] as const));

function podSpecs(objects: ManifestObject[]): V1PodSpec[] {
  return objects.flatMap((object) => (object.kind === 'Deployment' ? [object.spec?.template.spec as V1PodSpec] : []));
}

describe.each(variants)('gateway %s, bridge %s', (gateway, bridge) => {
  const objects = buildObjects(appOf(config(gateway, bridge)));

  it('renders the reviewed bytes', () => {
    expectGolden(`render/${gateway}-${bridge}.yaml`, toYamlDocuments(objects));
  });

  it('passes Pod Security "restricted" in every container, and asks for more', () => {
    for (const pod of podSpecs(objects)) {
      expect(pod.automountServiceAccountToken).toBe(false);
      expect(pod.securityContext).toMatchObject({ runAsNonRoot: true, seccompProfile: { type: 'RuntimeDefault' } });
      expect(pod.securityContext?.runAsUser).toBeGreaterThan(0);
      expect(pod.securityContext?.runAsGroup).toBeGreaterThan(0);
      for (const container of [...pod.containers, ...(pod.initContainers ?? [])]) {
        expect(container.securityContext).toEqual({
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
          readOnlyRootFilesystem: true,
        });
        expect(container.resources?.requests).toMatchObject({ cpu: expect.any(String), memory: expect.any(String) });
        expect(container.resources?.limits).toMatchObject({ cpu: expect.any(String), memory: expect.any(String) });
      }
    }
  });

  it('has no probe that opens :4444: each would start a server behind docker’s bridge', () => {
    const containers: V1Container[] = podSpecs(objects).flatMap((pod) => pod.containers);
    for (const { livenessProbe, readinessProbe, startupProbe } of containers) {
      for (const probe of [livenessProbe, readinessProbe, startupProbe]) {
        expect(probe?.tcpSocket).toBeUndefined();
        expect(probe?.httpGet?.port).not.toBe('mcp');
      }
    }
  });

  it('keeps the names and ports that docker/mcp-gateway hard-codes', () => {
    const services = objects.flatMap((object) =>
      object.kind === 'Service' ? [`${object.metadata.name}:${object.spec?.ports?.[0]?.port}`] : [],
    );
    expect(services).toEqual([
      'mcp-gateway:8811',
      'mcp-duckduckgo:4444',
      'mcp-memory:4444',
      'mcp-postgres:4444',
      'mcp-time:4444',
    ]);
  });

  it('holds no Secret and no value of one', () => {
    expect(objects.map(({ kind }) => kind as string)).not.toContain('Secret');
    const environment = podSpecs(objects).flatMap((pod) => pod.containers.flatMap(({ env }) => env ?? []));
    expect(
      environment.filter(({ name }) => /TOKEN|DATABASE_URL/.test(name)).every(({ value }) => value === undefined),
    ).toBe(true);
  });

  it('selectors find their pods', () => {
    const labels = objects.flatMap((o) => (o.kind === 'Deployment' ? [o.spec?.template.metadata?.labels ?? {}] : []));
    const matches = (selector: Record<string, string>) =>
      labels.filter((l) => Object.entries(selector).every(([k, v]) => l[k] === v)).length;
    for (const object of objects) {
      if (object.kind === 'Service') expect(matches(object.spec?.selector ?? {})).toBe(1);
      if (object.kind === 'NetworkPolicy') expect(matches(object.spec.podSelector?.matchLabels ?? {})).toBe(1);
    }
  });
});

it('does not depend on the order of the config', () => {
  const one = appOf('apiVersion: mcpk/v1\nname: a\nservers: { fetch: {}, duckduckgo: { env: { B: "1", A: "2" } } }\n');
  const two = appOf('apiVersion: mcpk/v1\nname: a\nservers: { duckduckgo: { env: { A: "2", B: "1" } }, fetch: {} }\n');
  expect(toYamlDocuments(buildObjects(one))).toBe(toYamlDocuments(buildObjects(two)));
});

it('restarts the gateway when the set of servers changes, and only then', () => {
  const hash = (servers: string) => {
    const objects = buildObjects(appOf(`apiVersion: mcpk/v1\nname: a\nservers: { ${servers} }\n`));
    const gateway = objects.find(({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'mcp-gateway');
    return gateway?.kind === 'Deployment'
      ? gateway.spec?.template.metadata?.annotations?.['mcpk/config-hash']
      : undefined;
  };
  expect(hash('fetch: {}')).toMatch(/^[0-9a-f]{16}$/);
  expect(hash('fetch: {}')).toBe(hash('fetch: { security: { runAsUser: 2000 } }'));
  expect(hash('fetch: {}')).not.toBe(hash('fetch: {}, duckduckgo: {}'));
});

it('a shared server has one process behind its bridge, the others one a session', () => {
  const app = appOf('apiVersion: mcpk/v1\nname: demo\nservers: { time: { shared: true }, duckduckgo: {} }\n');
  const commands = podSpecs(buildObjects(app)).map(({ containers }) => containers[0]?.command?.join(' '));
  expect(commands).toContain('/mcpk/mcpk-bridge serve --shared -- mcp-server-time --local-timezone UTC');
  expect(commands).toContain('/mcpk/mcpk-bridge serve -- python -m duckduckgo_mcp_server.server');
});

describe('a server that needs more than the usual pod', () => {
  const podSpec = (server: object) => {
    const notes = { image: 'x/y:1', command: ['s'], ...server };
    const app = appOf(JSON.stringify({ apiVersion: 'mcpk/v1', name: 'demo', servers: { notes } }));
    const deployment = buildObjects(app).find(
      ({ kind, metadata }) => kind === 'Deployment' && metadata.name === 'mcp-server-notes',
    );
    return (deployment as unknown as { spec: { template: { spec: V1PodSpec } } }).spec.template.spec;
  };

  it('is root of a user namespace of its own', () => {
    const spec = podSpec({ security: { runAsUser: 0, hostUsers: false } });
    expect(spec.hostUsers).toBe(false);
    expect(spec.securityContext).toMatchObject({ runAsUser: 0, runAsGroup: 0, runAsNonRoot: false });
    expect(podSpec({}).securityContext).toMatchObject({ runAsUser: 1000, runAsNonRoot: true });
    expect(podSpec({})).not.toHaveProperty('hostUsers');
  });

  it('writes to folders of its own', () => {
    const spec = podSpec({ writable: ['/app/data', '/var/run'] });
    const mounts = spec.containers[0]?.volumeMounts?.filter(({ name }) => name.startsWith('writable-'));
    expect(mounts).toEqual([
      { mountPath: '/app/data', name: 'writable-0' },
      { mountPath: '/var/run', name: 'writable-1' },
    ]);
    expect(spec.volumes?.filter(({ name }) => name.startsWith('writable-'))).toEqual([
      { name: 'writable-0', emptyDir: {} },
      { name: 'writable-1', emptyDir: {} },
    ]);
  });
});
