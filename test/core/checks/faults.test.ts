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

describe('one fault', () => {
  it.each(FAULTS)('%s', async (_name, breakIt, key, words) => {
    const run = await check(demo(), breakIt);
    expect(run.of(key).status).toBe('fail');
    expect(run.of(key).message).toMatch(words);
    expect(run.verdict).toBe('failed');
  });

  it.each([
    [
      'enabled servers differ',
      (w: World) => (w.gatewayLog = w.gatewayLog.replace('fetch, time', 'fetch')),
      'gateway.log.enabled',
      /missing: time/,
    ],
    ['slow start', (w: World) => (w.gatewayLog = w.gatewayLog.replace('in 718ms', 'in 1.74s')), 'perf.init', /1.7 s/],
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
