import { describe, expect, it } from 'vitest';
import { McpFailure } from '../../../src/core/checks/ports.ts';
import { demo } from './apps.ts';
import type { World } from './ports-in-memory.ts';
import { check } from './run-checks.ts';

/** One fault each: what fails, and a word that its report must have. */
const FAULTS: [string, (world: World) => void, string, RegExp][] = [
  ['no namespace', (w) => w.missing.add('Namespace mcp'), 'cluster.namespace', /no namespace mcp/],
  ['a dying namespace', (w) => (w.metadata = { deletionTimestamp: 'now' }), 'cluster.namespace', /being deleted/],
  ['a stopped server', (w) => (w.deployment = { replicas: 0 }), 'workload.ready[time]', /scaled to 0/],
  ['a stopped gateway', (w) => (w.deployment = { replicas: 0 }), 'gateway.ready', /scaled to 0/],
  ['no Service', (w) => w.missing.add('Service mcp-time'), 'resource.exists[time]', /Service\/mcp-time/],
  ['no gateway ConfigMap', (w) => w.missing.add('ConfigMap mcp-gateway'), 'resource.gateway', /ConfigMap\/mcp-gateway/],
  ['runs as root', (w) => Object.assign(w.containerSecurity, { runAsUser: 0 }), 'security.nonroot[time]', /uid 0/],
  [
    'keeps capabilities',
    (w) => Object.assign(w.containerSecurity, { capabilities: {} }),
    'security.nonroot[time]',
    /capabilities/,
  ],
  [
    'writable root',
    (w) => Object.assign(w.containerSecurity, { readOnlyRootFilesystem: false }),
    'security.nonroot[time]',
    /writable/,
  ],
  [
    'a Secret that is gone',
    (w) => (w.secrets = { db: ['url'] }),
    'secret.refs[keyed]',
    /no Secret github \(key token\)/,
  ],
  [
    'a key that is gone',
    (w) => (w.secrets = { github: ['other'], db: ['url'] }),
    'secret.refs[keyed]',
    /Secret github has no key token/,
  ],
  ['a claim without storage', (w) => (w.claimPhase = 'Pending'), 'pvc.bound[keyed]', /mcp-keyed-data is Pending/],
  ['no token', (w) => (w.secret = undefined), 'security.token', /no Secret/],
  ['empty token', (w) => (w.secret = { keys: ['token'], length: 0 }), 'security.token', /no key token/],
  ['token in the log', (w) => (w.gatewayLog += '\nthe-token'), 'security.token', /log/],
  ['no endpoint', (w) => (w.endpoints = { ready: 0, notReady: 1 }), 'service.endpoints[time]', /none ready/],
  ['no DNS', (w) => (w.lookups['mcp-time'] = { error: 'ENOTFOUND' }), 'dns.resolve[time]', /ENOTFOUND/],
  [
    'policy',
    (w) => (w.lookups['mcp-time'] = { address: '10.0.0.9', connect: 'no answer within 3 s' }),
    'network.tcp[time]',
    /no answer/,
  ],
  [
    'hangs',
    (w) => Object.assign(w.servers['time'] as object, { failure: 'hang' }),
    'mcp.server.initialize[time]',
    /no answer within 10 s/,
  ],
  [
    'hangs up',
    (w) => Object.assign(w.servers['time'] as object, { failure: new McpFailure('closed', 'closed') }),
    'mcp.server.initialize[time]',
    /closed/,
  ],
  ['no tools', (w) => Object.assign(w.servers['time'] as object, { tools: [] }), 'mcp.server.tools[time]', /no tools/],
  ['unhealthy gateway', (w) => (w.health = 503), 'gateway.health', /503/],
  ['open gateway', (w) => (w.statusWithoutToken = 200), 'gateway.auth', /not 401/],
  ['stale token', (w) => (w.statusWithToken = 401), 'gateway.auth', /refused/],
  ['unknown server', (w) => (w.gatewayLog += '\n  - MCP server not found: ghost'), 'gateway.log.errors', /ghost/],
  [
    'not listed',
    (w) => (w.gatewayLog = w.gatewayLog.replace('  > time: (2 tools)', "  > Can't start time: EOF")),
    'gateway.log.listed[time]',
    /EOF/,
  ],
  [
    'tool not served',
    (w) => (w.gatewayTools = w.gatewayTools.filter((t) => t !== 'time__time_b')),
    'mcp.gateway.tools[time]',
    /time_b/,
  ],
];

const KEYED = `  keyed:
    image: a/b
    command: [x]
    secrets: [{ env: TOKEN, from: { name: github, key: token } }, { env: URL, from: { name: db, key: url } }]
    volumes: [{ name: data, mountPath: /data }]
`;

function withSecrets(change: (world: World) => void) {
  return (world: World) => {
    world.secrets = { github: ['token'], db: ['url'] };
    change(world);
  };
}

describe('one fault', () => {
  it('none of them is there to begin with', async () => {
    const run = await check(
      demo('mcpk', 'mcpk', KEYED),
      withSecrets(() => {}),
    );
    expect(run.results.filter(({ status }) => status !== 'pass')).toEqual([]);
    expect(run.of('secret.refs[keyed]').message).toBe('github, db');
    expect(run.of('pvc.bound[keyed]').message).toBe('1 bound');
  });

  it.each(FAULTS)('%s', async (_name, breakIt, key, words) => {
    const run = await check(demo('mcpk', 'mcpk', KEYED), withSecrets(breakIt));
    expect(run.of(key).status).toBe('fail');
    expect(run.of(key).message).toMatch(words);
    expect(run.verdict).toBe('failed');
  });

  it.each([
    [
      'enabled servers differ',
      (w: World): unknown => (w.gatewayLog = w.gatewayLog.replace('fetch, time', 'fetch')),
      'gateway.log.enabled',
      /missing: time/,
    ],
    [
      'slow start',
      (w: World): unknown => (w.gatewayLog = w.gatewayLog.replace('in 718ms', 'in 1.74s')),
      'perf.init',
      /1.7 s/,
    ],
    [
      'another image',
      (w: World): unknown => (w.image = 'mcp/time:old'),
      'workload.image[time]',
      /it runs mcp\/time:old, mcpk/,
    ],
    [
      'memory near its limit',
      (w: World): unknown => w.memory?.push({ name: 'fetch', used: '240Mi', limit: '256Mi' }),
      'perf.memory',
      /^fetch 240 MiB of 256 MiB \(94%\)$/,
    ],
    [
      'missing rights',
      (w: World) => w.denied.add('create pods/portforward'),
      'cluster.rbac',
      /create pods\/portforward/,
    ],
  ] as const)('%s is a warning', async (_name, breakIt, key, words) => {
    const run = await check(demo(), (world) => void breakIt(world));
    expect(run.of(key)).toMatchObject({ status: 'warn', message: expect.stringMatching(words) });
  });

  it('a slow start of more than 20 s names who kept it waiting', async () => {
    const run = await check(demo(), (w) => {
      w.gatewayLog = w.gatewayLog
        .replace('in 718ms', 'in 1m30s')
        .replace('  > time: (2 tools)', "  > Can't start time: EOF");
    });
    expect(run.of('perf.init').cause).toBe('it waited for time, and served the others meanwhile');
  });
});

describe('budgets', () => {
  it('the start has its own', async () => {
    const slow = (w: World) => {
      w.gatewayLog = w.gatewayLog.replace('in 718ms', 'in 1.74s');
    };
    expect((await check(demo(), slow)).of('perf.init')).toMatchObject({ status: 'warn', value: 1740, unit: 'ms' });
    const patient = { budgets: { initMs: 1740 } };
    expect((await check(demo(), slow, undefined, patient)).of('perf.init').status).toBe('pass');
  });

  it('a connection has one only where it is asked for', async () => {
    const run = (connectMs?: number) =>
      check(demo(), undefined, undefined, { budgets: { initMs: 1000, connectMs } }).then(({ of }) =>
        of('perf.connect[time]'),
      );
    expect(await run()).toMatchObject({ status: 'pass', value: 312, unit: 'ms' });
    expect((await run(313)).status).toBe('pass');
    expect(await run(300)).toMatchObject({ status: 'warn', message: '312 ms, the budget is 300 ms' });
  });
});

describe('what a cluster need not have', () => {
  it.each([
    ['no metrics', undefined, /metrics\.k8s\.io/],
    ['no figures yet', [], /no figures/],
    ['no limits', [{ name: 'time', used: '1Gi' }], /no figures/],
  ] as const)('%s: memory is skipped, and nothing else', async (_name, memory, words) => {
    const run = await check(demo(), (w) => (w.memory = memory && [...memory]));
    expect(run.of('perf.memory')).toMatchObject({ status: 'skipped', message: expect.stringMatching(words) });
    expect(run.summary).toMatchObject({ skipped: 1, fail: 0, warn: 0, unchecked: 0 });
  });

  it('the right to read metrics: unchecked', async () => {
    const run = await check(demo(), (w) => w.denied.add('list pods.metrics.k8s.io'));
    expect(run.of('perf.memory').status).toBe('unchecked');
  });

  it('a name for us: skipped, and blocks nothing', async () => {
    const run = await check(demo(), (w) => (w.user = undefined));
    expect(run.of('cluster.authn').status).toBe('skipped');
    expect(run.verdict).toBe('ok');
  });
});

it('where the server itself is not asked, the tools that mcpk.yaml expects must be served', async () => {
  const app = demo('mcpk', 'mcpk', '  x: { image: a/b, command: [x], verify: { tools: [x_a, gone] } }\n');
  const { of } = await check(app, undefined, { only: [], skip: ['mcp.server.tools'] });
  expect(of('mcp.gateway.tools[x]')).toMatchObject({ status: 'fail', message: 'missing: gone' });
  expect(of('mcp.gateway.tools[time]').status).toBe('skipped');
});
