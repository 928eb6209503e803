import { describe, expect, it } from 'vitest';
import type { App } from '../../../src/core/app/app.ts';
import { CHECKS } from '../../../src/core/checks/catalogue.ts';
import { McpFailure } from '../../../src/core/checks/ports.ts';
import { runChecks } from '../../../src/core/checks/runner.ts';
import { plan, stepKey } from '../../../src/core/checks/select.ts';
import { brokenServers, summarize, verdict } from '../../../src/core/checks/verdict.ts';
import { demo } from './apps.ts';
import { gatewayLog, healthyWorld, portsOf, type World } from './ports-in-memory.ts';

const DOCKER_LOG = 'Error running command: fork/exec /app/.venv/bin/mcp-server-fetch: permission denied\n';
const OUR_LOG =
  'mcpk-bridge: cannot start server: fork/exec /app/.venv/bin/mcp-server-fetch: permission denied (uid 1000, gid 1000)\n';

async function check(
  app: App,
  change: (world: World) => void = () => {},
  selection = { only: [] as string[], skip: [] as string[] },
) {
  const world = healthyWorld(app);
  change(world);
  const ports = portsOf(world);
  const results = await runChecks(plan(CHECKS, app, selection), app, ports, {
    waitMs: 30_000,
    signal: new AbortController().signal,
  });
  const byKey = new Map(results.map((result) => [stepKey(result.id, result.server), result]));
  const of = (key: string) => {
    const result = byKey.get(key);
    if (!result) throw new Error(`no result ${key}`);
    return result;
  };
  const summary = summarize(results);
  const failed = results.filter(({ status }) => status === 'fail').map(({ id, server }) => stepKey(id, server));
  return {
    world,
    results,
    of,
    failed,
    summary,
    verdict: verdict(summary),
    broken: brokenServers(results),
    now: ports.clock.now(),
  };
}

function breakFetch(world: World, log: string): void {
  Object.assign(world.servers['fetch'] as object, { log, failure: 'hang' });
  world.gatewayTools = world.gatewayTools.filter((tool) => !tool.startsWith('fetch__'));
  world.gatewayLog =
    gatewayLog(['duckduckgo', 'time']).replace('duckduckgo, time', 'duckduckgo, fetch, time') +
    "\n  > Can't start fetch: EOF";
}

describe('a healthy app', () => {
  it.each([
    ['mcpk', 'mcpk'],
    ['docker', 'docker'],
  ] as const)('passes everything with bridge %s and gateway %s', async (bridge, gateway) => {
    const run = await check(demo(bridge, gateway));
    expect(run.results.filter(({ status }) => status !== 'pass')).toEqual([]);
    expect(run.verdict).toBe('ok');
    expect(run.summary.pass).toBeGreaterThan(40);
  });
});

describe('the seed’s broken server', () => {
  it('behind docker’s bridge: Ready pod, dead server, one story', async () => {
    const run = await check(demo('docker'), (world) => breakFetch(world, DOCKER_LOG));
    expect(run.verdict).toBe('failed');
    expect(run.broken).toEqual(['fetch']);
    expect(run.failed).toEqual(['security.exec-permission[fetch]']);
    const story = run.of('security.exec-permission[fetch]');
    expect(story.cause).toMatch(
      /uid 1000 .*\/app\/\.venv\/bin\/mcp-server-fetch.*permission denied.*; the pod is Ready all the same/,
    );
    expect(story.remedies?.length).toBeGreaterThan(1);
    expect(story.evidence).toEqual([DOCKER_LOG.trim()]);
    expect(run.of('mcp.gateway.tools[fetch]')).toMatchObject({
      status: 'skipped',
      blockedBy: 'security.exec-permission[fetch]',
    });
    expect(run.of('mcp.gateway.tools[time]').status).toBe('pass');
    // It knew from the log, without one connection to a server that hangs.
    expect(run.world.opened.get('fetch')).toBeUndefined();
  });

  it('behind docker’s bridge with an empty log at first: the hang ends as soon as the log tells', async () => {
    const run = await check(demo('docker'), (world) => {
      breakFetch(world, '');
      const fetch = world.servers['fetch'];
      let looks = 0;
      Object.defineProperty(fetch, 'log', { get: () => (looks++ < 2 ? '' : DOCKER_LOG) });
    });
    expect(run.failed).toEqual(['mcp.server.initialize[fetch]']);
    expect(run.of('mcp.server.initialize[fetch]').cause).toMatch(/uid 1000 .*permission denied.*Ready all the same/);
    expect(run.world.opened.get('fetch')).toBe(1);
  });

  it('behind our bridge: the pod is not ready, for the same reason', async () => {
    const run = await check(demo('mcpk'), (world) => {
      breakFetch(world, OUR_LOG);
      (world.servers['fetch'] as { ready: boolean }).ready = false;
    });
    expect(run.broken).toEqual(['fetch']);
    expect(run.failed).toEqual(['workload.ready[fetch]']);
    expect(run.of('workload.ready[fetch]').cause).toMatch(
      /uid 1000 may not execute \/app\/\.venv\/bin\/mcp-server-fetch/,
    );
    expect(run.now).toBeLessThan(5_000);
  });

  it('behind our bridge without the right to read logs: the bridge says it itself', async () => {
    const data = { errno: 'EACCES', path: '/app/.venv/bin/mcp-server-fetch', uid: 1000, gid: 1000 };
    const message =
      'server cannot start: fork/exec /app/.venv/bin/mcp-server-fetch: permission denied (uid 1000, gid 1000)';
    const run = await check(demo('mcpk'), (world) => {
      world.denied.add('get pods/log');
      Object.assign(world.servers['fetch'] as object, {
        ready: false,
        failure: new McpFailure('rpc', message, { code: -32000, data }),
      });
    });
    expect(run.of('workload.ready[fetch]')).toMatchObject({
      status: 'fail',
      evidence: [`the bridge answers: ${message}`, 'errno EACCES, path /app/.venv/bin/mcp-server-fetch, uid 1000'],
    });
  });

  it('behind docker’s gateway: no tool is served, and it says whose fault that is', async () => {
    const run = await check(demo('docker', 'docker'), (world) => {
      breakFetch(world, DOCKER_LOG);
      world.gatewayReady = false;
      world.gatewayLog =
        '- Those servers are enabled: duckduckgo, fetch, time\n- Listing MCP tools...\n  > duckduckgo: (2 tools)\n  > time: (2 tools)\n';
    });
    expect(run.failed).toEqual(['security.exec-permission[fetch]', 'gateway.ready']);
    expect(run.broken).toEqual(['fetch']);
    expect(run.of('gateway.ready').message).toBe('0/1 ready, waiting for fetch');
    expect(run.of('mcp.gateway.tools[time]')).toMatchObject({ status: 'skipped', blockedBy: 'gateway.ready' });
  });
});

/** One fault each: what fails, and a word that its report must have. */
const FAULTS: [string, (world: World) => void, string, RegExp][] = [
  ['no namespace', (w) => w.missing.add('Namespace mcp'), 'cluster.namespace', /no namespace mcp/],
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
    expect(run.of('perf.init').cause).toBe('it waited for time');
  });
});

describe('what cannot be checked', () => {
  it('without exec, DNS is unchecked and the run is not green', async () => {
    const run = await check(demo(), (w) => w.denied.add('create pods/exec'));
    expect(run.of('dns.resolve[time]').status).toBe('unchecked');
    expect(run.verdict).toBe('unknown');
    expect(run.summary.fail).toBe(0);
  });

  it('an unreachable cluster says nothing about servers', async () => {
    const run = await check(demo(), (w) => (w.unreachable = true));
    expect(run.verdict).toBe('unknown');
    expect(run.summary).toMatchObject({ pass: 0, fail: 0, unchecked: 1 });
    expect(run.broken).toEqual([]);
  });
});

describe('declared expectations', () => {
  const app = () =>
    demo(
      'mcpk',
      'mcpk',
      '  everything: { image: example/everything, command: [everything], verify: { tools: [everything_a, echo], call: { tool: everything_a } } }\n',
    );

  it('a tool that is expected and not there fails', async () => {
    const run = await check(app());
    expect(run.of('mcp.server.tools[everything]').message).toBe('missing: echo');
  });

  it('a declared call is made, and its error is a failure', async () => {
    const change = (isError: boolean) => (w: World) => {
      const tools = ['everything_a', 'echo'];
      Object.assign(w.servers['everything'] as object, { tools });
      w.gatewayTools.push(...tools);
      w.callResult = { isError, text: 'boom\nmore' };
    };
    expect((await check(app(), change(false))).of('mcp.gateway.call[everything]').status).toBe('pass');
    expect((await check(app(), change(true))).of('mcp.gateway.call[everything]')).toMatchObject({
      status: 'fail',
      cause: 'boom',
    });
  });
});

it('every need of a check is a check', () => {
  const ids = new Set(CHECKS.map(({ id }) => id));
  expect(CHECKS.flatMap(({ needs }) => needs).filter((id) => !ids.has(id))).toEqual([]);
});
