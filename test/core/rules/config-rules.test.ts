import { describe, expect, it } from 'vitest';
import { readConfig } from '../../../src/core/lint/read-config.ts';
import { configRules } from '../../../src/core/rules/config-rules.ts';
import { catalogFromTemplates } from '../../helpers/catalog.ts';

const catalog = catalogFromTemplates();

/** What the rule of this id finds in a config with these lines below `servers:`, or above it. */
function faultsIn(id: string, servers: string, head = ''): string[] {
  const text = `apiVersion: mcpk/v1\nname: demo\n${head}servers:\n${servers}`;
  const config = readConfig({ file: 'mcpk.yaml', text, named: true }, catalog, '1.2.3');
  expect(config.found).toEqual([]);
  const rule = configRules.find((one) => one.id === id);
  if (!rule || !config.resolved) throw new Error(`no rule ${id}`);
  return [...rule.check(config.resolved.subject)].map(({ pointer, message }) => `${pointer}: ${message}`);
}

const CASES: [id: string, fires: [string, string?], faults: string[], silent: [string, string?]][] = [
  [
    'config.image-cannot-run',
    ['  fetch: {}\n'],
    [
      expect.stringMatching(
        /^\/servers\/fetch: mcp\/fetch cannot run as uid 1000: .*\/root has mode 0700/,
      ) as unknown as string,
    ],
    ['  fetch: { image: example.com/mended:1 }\n  memory: {}\n'],
  ],
  [
    'config.image-cannot-run',
    ['  fetch: {}\n'],
    [expect.stringContaining('cannot run') as unknown as string],
    ['  fetch: { security: { runAsUser: 0, hostUsers: false } }\n'],
  ],
  [
    'config.shared-stateful',
    ['  memory: { shared: true }\n'],
    [
      '/servers/memory/shared: memory keeps state (the file at MEMORY_FILE_PATH), and shared gives all clients one process',
    ],
    ['  fetch: { shared: true }\n  memory: {}\n'],
  ],
  [
    'config.state-lost',
    ['  memory: { volumes: [{ name: d, mountPath: /elsewhere }] }\n'],
    ['/servers/memory/volumes: no volume is mounted at /data, where memory keeps the file at MEMORY_FILE_PATH'],
    ['  memory: { volumes: [{ name: d, mountPath: /data, size: 2Gi }] }\n'],
  ],
  [
    'config.secret-overridden',
    ['  postgres: { env: { DATABASE_URL: x } }\n'],
    ['/servers/postgres/env/DATABASE_URL: DATABASE_URL is a secret of this server and is written out here'],
    ['  postgres: { env: { PGTZ: UTC } }\n'],
  ],
  [
    'config.egress-any-port',
    ['  fetch: { egress: [{ host: example.com, port: 443 }, { host: api.example.com }] }\n'],
    ['/servers/fetch/egress/1: egress to api.example.com names no port, which opens all ports of all public addresses'],
    ['  fetch: { egress: [{ host: "*" }, { cidr: 10.0.0.0/8 }] }\n'],
  ],
  [
    'config.unknown-tool',
    ['  fetch: { verify: { tools: [fetch, fetsh], call: { tool: get } } }\n'],
    [
      '/servers/fetch/verify/tools/1: fetch is not known to have a tool fetsh',
      '/servers/fetch/verify/call/tool: fetch is not known to have a tool get',
    ],
    ['  fetch: { image: mine:1, verify: { tools: [other] } }\n'],
  ],
  [
    'config.system-namespace',
    ['  memory: {}\n', 'namespace: kube-system\n'],
    ['/namespace: kube-system belongs to the cluster itself'],
    ['  memory: {}\n', 'namespace: kube\n'],
  ],
  [
    'config.default-namespace',
    ['  memory: {}\n', 'namespace: default\n'],
    ['/namespace: the namespace default is not the app’s own'],
    ['  memory: {}\n'],
  ],
];

describe('each rule of the config fires where it should and nowhere near', () => {
  it.each(CASES)('%s', (id, fires, faults, silent) => {
    expect(faultsIn(id, ...fires)).toEqual(faults);
    expect(faultsIn(id, ...silent)).toEqual([]);
  });

  it('and each has a case', () => {
    const tried = new Set(CASES.map(([id]) => id));
    expect(configRules.map(({ id }) => id).filter((id) => !tried.has(id))).toEqual([]);
  });
});
