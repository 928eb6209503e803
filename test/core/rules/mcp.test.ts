import { describe, expect, it } from 'vitest';
import { mcpRules } from '../../../src/core/rules/mcp-rules.ts';
import type { Rule } from '../../../src/core/rules/rule.ts';
import { faultObjects, faultsIn } from './in-yaml.ts';

/** A Deployment of docker/mcp-gateway; lines replace those of the container by their key. */
const gateway = ({
  image = 'docker/mcp-gateway:v0.43.3',
  args = '[--static, --long-lived, --servers=time, --catalog=mcpk.yaml]',
  env = '[{ name: HOME, value: /home/mcp }, { name: MCP_GATEWAY_AUTH_TOKEN, valueFrom: { secretKeyRef: { name: t, key: token } } }]',
  probes = 'readinessProbe: { httpGet: { path: /health, port: 8811 } }',
  mounts = '[{ name: c, mountPath: /home/mcp/.docker/mcp/catalogs }]',
  beside = '',
  replicas = 1,
} = {}) => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: mcp-gateway }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: mcp-gateway } }
  template:
    metadata: { labels: { app: mcp-gateway } }
    spec:
      securityContext: { runAsUser: 1000 }
      containers:
      - name: gateway
        image: ${image}
        args: ${args}
        env: ${env}
        volumeMounts: ${mounts}
        ${probes}
${beside}
      volumes: [{ name: c, configMap: { name: c } }]
---
`;

const server = ({
  name = 'time',
  command = '[/mcpk/mcpk-bridge, serve, --, mcp-server-time]',
  probes = 'readinessProbe: { httpGet: { path: /readyz, port: 4445 } }',
  mounts = '[{ name: bridge, mountPath: /mcpk }]',
  volumes = '[{ name: bridge, emptyDir: {} }]',
  init = '[{ name: i, image: b, volumeMounts: [{ name: bridge, mountPath: /mcpk }] }]',
  replicas = 1,
} = {}) => `
apiVersion: apps/v1
kind: Deployment
metadata: { name: mcp-server-${name} }
spec:
  replicas: ${replicas}
  selector: { matchLabels: { app: ${name} } }
  template:
    metadata: { labels: { app: ${name} } }
    spec:
      initContainers: ${init}
      containers:
      - name: server
        image: mcp/${name}
        command: ${command}
        ports: [{ containerPort: 4444, name: mcp }]
        volumeMounts: ${mounts}
        ${probes}
      volumes: ${volumes}
---
`;

const service = (name: string, { app = name.replace(/^mcp-/, ''), port = 4444, more = '' } = {}) => `
apiVersion: v1
kind: Service
metadata: { name: ${name} }
spec: { selector: { app: ${app} }, ports: [{ port: ${port}, targetPort: 4444 }]${more} }
---
`;

const SOUND = gateway() + server() + service('mcp-time');

/** Ids of all rules here that find something. */
function idsIn(yaml: string): string[] {
  return mcpRules.filter((rule) => faultsIn(rule, yaml).length > 0).map(({ id }) => id);
}

it('finds nothing in an app that is as it should be', () => {
  expect(idsIn(SOUND)).toEqual([]);
});

const AT = 'Deployment/mcp-gateway /spec/template/spec/containers/0';
const SERVER = 'Deployment/mcp-server-time /spec/template/spec/containers/0';

const CASES: [id: string, fires: string, faults: string[], silent: string][] = [
  [
    'mcp.docker-gateway-version',
    gateway({ image: 'docker/mcp-gateway:v0.43.0' }),
    [`${AT}/image: docker/mcp-gateway with tag v0.43.0: it takes requests without a token`],
    gateway({ image: 'docker/mcp-gateway:v0.43.1' }),
  ],
  [
    'mcp.docker-gateway-version',
    gateway({ image: 'docker.io/docker/mcp-gateway' }),
    [`${AT}/image: docker/mcp-gateway with no tag: it may be one that takes requests without a token`],
    gateway({ image: `docker.io/docker/mcp-gateway@sha256:${'a'.repeat(64)}` }),
  ],
  [
    'mcp.docker-gateway-version',
    gateway({ image: 'docker/mcp-gateway:latest' }),
    [`${AT}/image: docker/mcp-gateway with tag latest: it may be one that takes requests without a token`],
    gateway({ image: 'example.com/other-gateway:latest' }),
  ],
  [
    'mcp.docker-gateway-version',
    gateway({ image: 'docker/mcp-gateway:v0' }),
    [`${AT}/image: docker/mcp-gateway with tag v0: it takes requests without a token`],
    gateway({ image: 'docker/mcp-gateway:v1.0.0' }),
  ],
  [
    'mcp.token-literal',
    gateway({ env: '[{ name: MCP_GATEWAY_AUTH_TOKEN, value: test-token-123 }]' }),
    [`${AT}/env/0/value: MCP_GATEWAY_AUTH_TOKEN is written out in the manifest`],
    gateway({ env: '[{ name: MCP_GATEWAY_AUTH_TOKEN, value: $(TOKEN) }]' }),
  ],
  [
    'mcp.probe-token',
    gateway({
      probes:
        'livenessProbe: { httpGet: { path: /health, port: 8811, httpHeaders: [{ name: Authorization, value: Bearer test-token-123 }] }, periodSeconds: 30 }',
    }),
    [`${AT}/livenessProbe/httpGet/httpHeaders/0: livenessProbe sends Authorization as plain text`],
    gateway({
      probes:
        'livenessProbe: { httpGet: { path: /health, port: 8811, httpHeaders: [{ name: Accept, value: text/plain }] } }',
    }),
  ],
  [
    'mcp.no-token',
    gateway({ env: '[{ name: HOME, value: /h }]' }),
    [`${AT}/env: MCP_GATEWAY_AUTH_TOKEN is not set`],
    gateway({ env: '[]\n        envFrom: [{ secretRef: { name: token } }]' }),
  ],
  [
    'mcp.allow-unauthenticated',
    gateway({ args: '[--static, --allow-unauthenticated]' }),
    [`${AT}/args/1: --allow-unauthenticated turns the token off`],
    gateway({ args: '[--static, --allow-unauthenticated=false]' }),
  ],
  [
    'mcp.in-container-env',
    gateway({ env: '[{ name: DOCKER_MCP_IN_CONTAINER, value: "1" }]' }),
    [`${AT}/env/0: DOCKER_MCP_IN_CONTAINER is set`],
    gateway({ env: '[{ name: DOCKER_MCP_IN_CONTAINER, value: "0" }]' }),
  ],
  [
    'mcp.no-long-lived',
    gateway({ args: '[--static]' }),
    [`${AT}/args: the gateway runs without --long-lived`],
    gateway({ args: '[--static, --long-lived=true]' }),
  ],
  [
    'mcp.not-static',
    gateway({ args: '[--long-lived, --static=false]' }),
    [`${AT}/args: the gateway runs without --static`],
    gateway({ args: '[--static]' }),
  ],
  [
    'mcp.catalog-from-internet',
    gateway({ args: '[--static]' }),
    [`${AT}/args: the gateway runs without --catalog`],
    gateway(),
  ],
  [
    'mcp.catalog-from-internet',
    gateway({ mounts: '[{ name: c, mountPath: /etc/catalogs }]' }),
    [`${AT}/args: no volume is mounted where --catalog is looked up: ~/.docker/mcp/catalogs`],
    gateway(),
  ],
  [
    'mcp.gateway-home',
    gateway({ env: '[]' }),
    [`${AT}/env: uid 1000 runs the gateway, and HOME is not set`],
    gateway({ env: '[{ name: HOME, value: /home/mcp }]' }),
  ],
  [
    'mcp.gateway-tcp-probe',
    gateway({ probes: 'readinessProbe: { tcpSocket: { port: 8811 }, periodSeconds: 3 }' }),
    [`${AT}/readinessProbe: readinessProbe opens a TCP connection to the gateway and asks it nothing`],
    gateway(),
  ],
  [
    'mcp.gateway-liveness',
    gateway({ probes: 'livenessProbe: { httpGet: { path: /health, port: 8811 }, initialDelaySeconds: 10 }' }),
    [`${AT}/livenessProbe: the gateway is killed 40 s after its start if a server hangs`],
    gateway({ probes: 'livenessProbe: { httpGet: { path: /health, port: 8811 }, initialDelaySeconds: 30 }' }),
  ],
  [
    'mcp.tcp-probe',
    server({ probes: 'livenessProbe: { tcpSocket: { port: mcp } }' }),
    [
      `${SERVER}/livenessProbe: livenessProbe opens a TCP connection to the bridge: it succeeds though the server cannot start`,
    ],
    server({ probes: 'livenessProbe: { tcpSocket: { port: 4445 } }' }),
  ],
  [
    'mcp.docker-bridge',
    server({ command: '[/mcp-bridge/docker-mcp-bridge, time]' }),
    [`${SERVER}/command: the server runs behind docker-mcp-bridge`],
    server(),
  ],
  [
    'mcp.bridge-without-command',
    server({ command: '[/mcpk/mcpk-bridge, serve, --]' }),
    [`${SERVER}/command: no command of a server follows the bridge`],
    server({ command: '[/mcpk/mcpk-bridge, install, /mcpk]' }),
  ],
  [
    'mcp.bridge-not-installed',
    server({ init: '[{ name: i, image: b }]' }),
    [
      `${SERVER}/command/0: /mcpk/mcpk-bridge lies in the volume bridge, which is empty at start: no init container mounts it`,
    ],
    server({ init: '[]', mounts: '[]' }),
  ],
  [
    'mcp.mount-hides-program',
    server({
      command: '[/mcpk/mcpk-bridge, serve, --, node, /app/server.js]',
      mounts: '[{ name: bridge, mountPath: /mcpk }, { name: data, mountPath: /app }]',
      volumes: '[{ name: bridge, emptyDir: {} }, { name: data, persistentVolumeClaim: { claimName: d } }]',
    }),
    [`${SERVER}/volumeMounts/1/mountPath: volume data at /app hides /app/server.js`],
    server({
      command: '[/mcpk/mcpk-bridge, serve, --, node, /app/server.js]',
      mounts: '[{ name: bridge, mountPath: /mcpk }, { name: data, mountPath: /app/data }]',
      volumes: '[{ name: bridge, emptyDir: {} }, { name: data, persistentVolumeClaim: { claimName: d } }]',
    }),
  ],
  [
    'mcp.sidecar',
    gateway({ beside: '      - { name: time, image: mcp/time, command: [/b/docker-mcp-bridge, mcp-server-time] }' }),
    [
      'Deployment/mcp-gateway /spec/template/spec/containers/1: container time runs a server in the gateway’s own pod, where mcp-<server>:4444 does not lead',
    ],
    SOUND,
  ],
  [
    'mcp.shared-with-storage',
    server({
      command: '[/mcpk/mcpk-bridge, serve, --shared, --, s]',
      mounts: '[{ name: data, mountPath: /data }]',
      volumes: '[{ name: data, persistentVolumeClaim: { claimName: d } }]',
    }),
    [`${SERVER}/command: --shared, and the server stores data at /data`],
    server({
      command: '[/mcpk/mcpk-bridge, serve, --, s, --shared]',
      mounts: '[{ name: data, mountPath: /data }]',
      volumes: '[{ name: data, persistentVolumeClaim: { claimName: d } }]',
    }),
  ],
  [
    'mcp.listed-not-deployed',
    gateway({ args: '[--static, --long-lived, "--servers=time,fetch", --catalog=x]' }) +
      server() +
      service('mcp-time') +
      service('mcp-fetchh', { app: 'time' }),
    [`${AT}/args/2: server fetch is listed, and no Service mcp-fetch is among these manifests; there is mcp-fetchh`],
    gateway(),
  ],
  [
    'mcp.deployed-not-listed',
    SOUND + server({ name: 'fetch' }) + service('mcp-fetch'),
    ['Service/mcp-fetch /metadata/name: Service mcp-fetch is there, and no gateway lists fetch'],
    server({ name: 'fetch' }) + service('mcp-fetch'),
  ],
  [
    'mcp.service-name',
    server() + service('time-server', { app: 'time' }),
    [
      'Service/time-server /metadata/name: Service time-server leads to an MCP server; the gateway looks for mcp-<server>',
    ],
    service('database', { app: 'db', port: 5432 }),
  ],
  [
    'mcp.service-port',
    server() + service('mcp-time', { port: 80 }),
    ['Service/mcp-time /spec/ports/0/port: Service mcp-time has port 80, and the gateway connects to 4444'],
    server() + service('mcp-time'),
  ],
  [
    'mcp.scaled-gateway',
    gateway({ replicas: 2 }) + service('mcp-gateway', { app: 'mcp-gateway', port: 8811 }),
    ['Service/mcp-gateway /spec: 2 gateways stand behind Service mcp-gateway, which sends each request to any of them'],
    gateway({ replicas: 2 }) +
      service('mcp-gateway', { app: 'mcp-gateway', port: 8811, more: ', sessionAffinity: ClientIP' }),
  ],
  [
    'mcp.scaled-stateful',
    server({ replicas: 2, volumes: '[{ name: bridge, persistentVolumeClaim: { claimName: d } }]' }),
    ['Deployment/mcp-server-time /spec/replicas: 2 pods of a server that stores data'],
    server({ replicas: 2 }),
  ],
];

describe('each rule fires where it should and nowhere near', () => {
  it.each(CASES)('%s', (id, fires, faults, silent) => {
    const rule = mcpRules.find((one) => one.id === id) as Rule;
    expect(faultsIn(rule, fires)).toEqual(faults);
    expect(faultsIn(rule, silent)).toEqual([]);
  });

  it('and each has a case', () => {
    const tried = new Set(CASES.map(([id]) => id));
    expect(mcpRules.map(({ id }) => id).filter((id) => !tried.has(id))).toEqual([]);
  });
});

it('no message, and no fix, repeats a token', () => {
  const yaml = gateway({ env: '[{ name: MCP_GATEWAY_AUTH_TOKEN, value: test-token-123 }]' });
  const all = mcpRules.flatMap((rule) => faultObjects(rule, yaml)).map(({ message, fix }) => ({ message, fix }));
  expect(all.length).toBeGreaterThan(0);
  expect(JSON.stringify(all)).not.toContain('test-token-123');
});

it('reads the servers of mcpk’s own gateway from its ConfigMap', () => {
  const map = `
apiVersion: v1
kind: ConfigMap
metadata: { name: c }
data:
  gateway.json: |
    {"servers": {"time": {"tcp": "mcp-time:4444"}, "git": {"tcp": "mcp-git:4444"}, "far": {"tcp": "example.com:1"}}}
---
`;
  const rule = mcpRules.find(({ id }) => id === 'mcp.listed-not-deployed') as Rule;
  const yaml = gateway({ image: 'ghcr.io/mcpk/gateway:1' }) + map + server() + service('mcp-time');
  expect(faultsIn(rule, yaml)).toEqual([
    'ConfigMap/c /data/gateway.json: server git is listed, and no Service mcp-git is among these manifests',
  ]);
});
