import { describe, expect, it } from 'vitest';
import { type Baseline, baselineOf, parseBaseline } from '../../../src/core/checks/baseline.ts';
import { BASELINE_CHECKS, compareWith } from '../../../src/core/checks/baseline-checks.ts';
import { stepKey } from '../../../src/core/checks/select.ts';
import { jsonText } from '../../../src/core/json.ts';
import { demo } from './apps.ts';
import type { World } from './ports-in-memory.ts';
import { check } from './run-checks.ts';

const SERVERS = ['duckduckgo', 'fetch', 'time'];

async function baseline(change?: (world: World) => void): Promise<Baseline> {
  const { results } = await check(demo(), change);
  return baselineOf('demo', 'cluster', results) as Baseline;
}

/** What a later run says, compared with a healthy one. */
async function compared(change: (world: World) => void, former?: Partial<Baseline>, skip: string[] = []) {
  const { results } = await check(demo(), change, { only: [], skip });
  const list = compareWith({ ...(await baseline()), ...former }, { servers: SERVERS, results });
  return new Map(list.map((one) => [stepKey(one.id, one.server), one]));
}

const all = ['baseline.checks', 'baseline.servers', ...SERVERS.map((s) => `baseline.tools[${s}]`), 'baseline.init'];

it('a baseline is small, sorted, and comes back as it was', async () => {
  const made = await baseline();
  expect(made).toMatchObject({ version: 1, app: 'demo', target: 'cluster', initMs: 718 });
  expect(made.tools['time']).toEqual(['time_a', 'time_b']);
  expect(made.passed).toEqual(made.passed.toSorted());
  expect(made.passed).toContain('mcp.gateway.tools[fetch]');
  expect(parseBaseline(jsonText(made))).toEqual(made);
});

it('holds nothing of what did not pass, and is none where nothing did', async () => {
  const broken = await baseline((w) => {
    w.health = 503;
  });
  expect(broken.passed).not.toContain('gateway.health');
  const { results } = await check(demo(), (w) => (w.unreachable = true));
  expect(baselineOf('demo', 'cluster', results)).toBeUndefined();
});

it.each([
  'x',
  '[]',
  'null',
  '{}',
  '{"version":1,"findings":[]}',
  '{"version":2,"app":"a","target":"cluster","passed":[],"tools":{}}',
  '{"version":1,"app":"a","target":"moon","passed":[],"tools":{}}',
  '{"version":1,"app":"a","target":"cluster","passed":[1],"tools":{}}',
  '{"version":1,"app":"a","target":"cluster","passed":[],"tools":{"x":1}}',
  '{"version":1,"app":"a","target":"cluster","passed":[],"tools":{},"initMs":"1"}',
])('%s is none', (text) => {
  expect(parseBaseline(text)).toBeUndefined();
});

describe('compared with a healthy run', () => {
  it('the same passes everything', async () => {
    const list = await compared(() => {});
    expect([...list.keys()]).toEqual(all);
    expect([...list.values()].filter(({ status }) => status !== 'pass')).toEqual([]);
  });

  it('a tool that is gone fails', async () => {
    const list = await compared((w) => {
      w.servers['time'] = { tools: ['time_b', 'time_c'], ready: true, log: '' };
      w.gatewayTools.push('time__time_c');
    });
    expect(list.get('baseline.tools[time]')).toMatchObject({ status: 'fail', message: 'gone: time_a' });
    expect(list.get('baseline.tools[fetch]')?.status).toBe('pass');
  });

  it('a tool more is told, and is fine', async () => {
    const list = await compared((w) => void w.servers['time']?.tools.push('time_c'));
    expect(list.get('baseline.tools[time]')).toMatchObject({ status: 'pass', message: '2, and 1 new' });
  });

  it('a tool that is expected and gone is found although the check itself fails', async () => {
    const app = demo('mcpk', 'mcpk', '  x: { image: a/b, command: [x], verify: { tools: [gone] } }\n');
    const { results } = await check(app);
    const former = { ...(await baseline()), tools: { x: ['x_a', 'gone'] } };
    const list = compareWith(former, { servers: [...SERVERS, 'x'], results });
    expect(list.find(({ id }) => id === 'baseline.tools')).toMatchObject({ status: 'fail', message: 'gone: gone' });
  });

  it('what passed and does not is named, without what merely waits for it', async () => {
    const list = await compared((w) => {
      Object.assign(w.servers['time'] as object, { failure: 'hang' });
      w.denied.add('create pods/exec');
    });
    const worse = list.get('baseline.checks');
    expect(worse?.status).toBe('warn');
    expect(worse?.message).toBe(
      'passed before: cluster.rbac, dns.resolve[duckduckgo], dns.resolve[fetch], dns.resolve[time], mcp.server.initialize[time]',
    );
    expect(list.get('baseline.tools[time]')).toMatchObject({
      status: 'skipped',
      blockedBy: 'mcp.server.initialize[time]',
    });
  });

  it('a check that was bad before is no news', async () => {
    const { results } = await check(demo(), (w) => {
      w.health = 503;
    });
    const former = baselineOf('demo', 'cluster', results) as Baseline;
    const list = compareWith(former, { servers: SERVERS, results });
    expect(list.filter(({ status }) => status !== 'pass' && status !== 'skipped')).toEqual([]);
  });

  it('a server that mcpk.yaml no longer has is a warning', async () => {
    const list = await compared(() => {}, { tools: { old: ['x'], time: ['time_a'] } });
    expect(list.get('baseline.servers')).toMatchObject({ status: 'warn', message: 'gone: old' });
    expect([...list.keys()].filter((key) => key.startsWith('baseline.tools'))).toEqual(['baseline.tools[time]']);
  });

  it('what was not asked for is not compared', async () => {
    const list = await compared(() => {}, {}, ['time', 'perf.init']);
    expect(list.has('baseline.tools[time]')).toBe(false);
    expect(list.get('baseline.init')?.status).toBe('skipped');
    expect(list.get('baseline.checks')?.status).toBe('pass');
  });

  it.each([
    [718, 'pass'],
    [359, 'pass'],
    [358, 'warn'],
    [100, 'warn'],
  ])('a start of 718 ms after one of %i ms: %s', async (initMs, status) => {
    expect((await compared(() => {}, { initMs })).get('baseline.init')?.status).toBe(status);
  });

  it.each([
    [1, '200ms', 'pass'],
    [1, '202ms', 'warn'],
  ])('a start of %i ms that takes %s: %s', async (initMs, took, status) => {
    const list = await compared(
      (w) => {
        w.gatewayLog = w.gatewayLog.replace('718ms', took);
      },
      { initMs },
    );
    expect(list.get('baseline.init')?.status).toBe(status);
  });

  it('without a time in it there is nothing to compare', async () => {
    const { initMs: _, ...former } = await baseline();
    const { results } = await check(demo());
    expect(compareWith(former, { servers: SERVERS, results }).map(({ id }) => id)).not.toContain('baseline.init');
  });
});

it('every comparison is in the catalogue', async () => {
  const list = await compared(() => {});
  expect([...new Set([...list.values()].map(({ id }) => id))]).toEqual(BASELINE_CHECKS.map(({ id }) => id));
});
