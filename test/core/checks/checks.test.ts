import { describe, expect, it } from 'vitest';
import { CHECKS } from '../../../src/core/checks/catalogue.ts';
import { McpFailure } from '../../../src/core/checks/ports.ts';
import { demo } from './apps.ts';
import { gatewayLog, type World } from './ports-in-memory.ts';
import { check } from './run-checks.ts';

const DOCKER_LOG = 'Error running command: fork/exec /app/.venv/bin/mcp-server-fetch: permission denied\n';
const OUR_LOG =
  'mcpk-bridge: cannot start server: fork/exec /app/.venv/bin/mcp-server-fetch: permission denied (uid 1000, gid 1000)\n';

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

it('a pod that is not ready and whose log says nothing is explained by the cluster', async () => {
  const run = await check(demo(), (world) => {
    (world.servers['time'] as { ready: boolean }).ready = false;
    world.gatewayReady = false;
    world.gatewayLog = '';
  });
  expect(run.of('workload.ready[time]')).toMatchObject({
    status: 'fail',
    cause: 'explained: 0/1 ready',
    evidence: ['{"server":"time"}'],
  });
  expect(run.of('gateway.ready')).toMatchObject({
    status: 'fail',
    cause: 'explained: 0/1 ready',
    evidence: ['"gateway"'],
  });
});

it('a gateway that reaches no server says so', async () => {
  const run = await check(demo(), (world) => {
    world.gatewayReady = false;
    world.gatewayLog = "- Listing MCP tools...\n  > Can't start time: ENOTFOUND\n> Initialized in 5ms";
  });
  expect(run.of('gateway.ready')).toMatchObject({
    cause: 'it reaches none of its servers',
    evidence: ['time: ENOTFOUND'],
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
