import { describe, expect, it } from 'vitest';
import { type Check, fail, type Outcome, pass } from '../../../src/core/checks/check.ts';
import { CannotCheck, type Ports } from '../../../src/core/checks/ports.ts';
import { runChecks } from '../../../src/core/checks/runner.ts';
import { plan } from '../../../src/core/checks/select.ts';
import { demo } from './apps.ts';
import { fakeClock, healthyWorld, portsOf } from './ports-in-memory.ts';

const app = demo();
const none = { only: [], skip: [] };

function appCheck(id: string, needs: string[], run: () => Promise<Outcome> | Outcome, retry = false): Check {
  return { id, category: 'cluster', title: id, severity: 'error', scope: 'app', needs, retry, run: async () => run() };
}

function serverCheck(
  id: string,
  needs: string[],
  run: (server: string) => Outcome | Promise<Outcome>,
  rest: Partial<Check> = {},
): Check {
  const base = { id, category: 'server', title: id, severity: 'error', scope: 'server', needs, retry: false } as const;
  return {
    ...base,
    ...rest,
    run: async (_ports: Ports, { server }: { server: { name: string } }) => run(server.name),
  } as Check;
}

async function run(checks: Check[], waitMs = 0, selection: { only: string[]; skip: string[] } = none) {
  const ports = portsOf(healthyWorld(app));
  const results = await runChecks(plan(checks, app, selection), app, ports, {
    waitMs,
    signal: new AbortController().signal,
  });
  const shown = results.map(
    ({ id, server, status, blockedBy }) =>
      `${id}${server ? `[${server}]` : ''} ${status}${blockedBy ? ` by ${blockedBy}` : ''}`,
  );
  return { results, shown, now: ports.clock.now() };
}

describe('runChecks', () => {
  it('skips what needs a failed check, and names where it began', async () => {
    const { shown } = await run([
      appCheck('a', [], () => fail('no')),
      appCheck('b', ['a'], () => pass()),
      appCheck('c', ['b'], () => pass()),
      appCheck('d', [], () => pass()),
    ]);
    expect(shown).toEqual(['a fail', 'b skipped by a', 'c skipped by a', 'd pass']);
  });

  it('never lets one server block another', async () => {
    const { shown } = await run([
      serverCheck('first', [], (server) => (server === 'fetch' ? fail('broken') : pass())),
      serverCheck('second', ['first'], () => pass()),
    ]);
    expect(shown).toEqual([
      'first[duckduckgo] pass',
      'first[fetch] fail',
      'first[time] pass',
      'second[duckduckgo] pass',
      'second[fetch] skipped by first[fetch]',
      'second[time] pass',
    ]);
  });

  it('calls what could not be checked neither good nor bad, and blocks what needs it', async () => {
    const { shown, results } = await run([
      appCheck('a', [], () => {
        throw new CannotCheck('no right', { remedies: ['ask'] });
      }),
      appCheck('b', ['a'], () => pass()),
    ]);
    expect(shown).toEqual(['a unchecked', 'b skipped by a']);
    expect(results[0]).toMatchObject({ message: 'no right', remedies: ['ask'] });
  });

  it('does not hide a fault of its own as an environment fault', async () => {
    const broken = appCheck('a', [], () => {
      throw new TypeError('x is not a function');
    });
    await expect(run([broken])).rejects.toThrow(TypeError);
  });

  it('turns a failure that is no error into a warning that blocks nobody', async () => {
    const { shown } = await run([
      { ...appCheck('a', [], () => fail('slow')), severity: 'warning' } as Check,
      appCheck('b', ['a'], () => pass()),
    ]);
    expect(shown).toEqual(['a warn', 'b pass']);
  });

  it('tries again until it passes', async () => {
    let tries = 0;
    const { shown } = await run([appCheck('a', [], () => (++tries < 4 ? fail('not yet') : pass()), true)], 30_000);
    expect(shown).toEqual(['a pass']);
    expect(tries).toBe(4);
  });

  it('stops trying at the shared deadline', async () => {
    let tries = 0;
    const { shown, now } = await run(
      [
        appCheck(
          'a',
          [],
          () => {
            tries++;
            return fail('never');
          },
          true,
        ),
      ],
      10_000,
    );
    expect(shown).toEqual(['a fail']);
    expect(now).toBe(10_000);
    expect(tries).toBeGreaterThan(3);
    expect(tries).toBeLessThan(10);
  });

  it.each([
    ['a terminal diagnosis', true, () => fail('dead', { terminal: true })],
    ['a check that is not retried', false, () => fail('dead')],
    [
      'a refusal',
      true,
      () => {
        throw new CannotCheck('forbidden');
      },
    ],
  ] as const)('does not try again after %s', async (_name, retry, outcome) => {
    let tries = 0;
    await run(
      [
        appCheck(
          'a',
          [],
          () => {
            tries++;
            return outcome();
          },
          retry,
        ),
      ],
      30_000,
    );
    expect(tries).toBe(1);
  });

  it('tries again when the environment may recover', async () => {
    let tries = 0;
    const check = appCheck(
      'a',
      [],
      () => (++tries < 3 ? Promise.reject(new CannotCheck('busy', { transient: true })) : pass()),
      true,
    );
    expect((await run([check], 30_000)).shown).toEqual(['a pass']);
  });

  it('runs what is independent at once, but not more than eight', async () => {
    let running = 0;
    let most = 0;
    const checks = Array.from({ length: 30 }, (_, i) =>
      appCheck(`c${i}`, [], async () => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
        return pass();
      }),
    );
    await run(checks);
    expect(most).toBe(8);
  });

  it('stops when it is interrupted', async () => {
    const controller = new AbortController();
    const check = appCheck(
      'a',
      [],
      () => {
        controller.abort(new Error('interrupted'));
        return fail('again');
      },
      true,
    );
    const running = runChecks(
      plan([check], app, none),
      app,
      { ...portsOf(healthyWorld(app)), clock: fakeClock() },
      { waitMs: 30_000, signal: controller.signal },
    );
    await expect(running).rejects.toThrow('interrupted');
  });

  it('refuses to run nothing', async () => {
    await expect(run([])).rejects.toThrow('nothing to check');
  });

  it('refuses checks that need each other', async () => {
    await expect(run([appCheck('a', ['b'], () => pass()), appCheck('b', ['a'], () => pass())])).rejects.toThrow(
      'circle',
    );
  });
});

describe('plan', () => {
  const checks = [
    appCheck('cluster.one', [], () => pass()),
    serverCheck('s.first', ['cluster.one'], () => pass()),
    serverCheck('s.second', ['s.first'], () => pass()),
  ];
  const keys = (only: string[], skip: string[]) => plan(checks, app, { only, skip }).map(({ key }) => key);

  it.each([
    [['fetch'], [], ['cluster.one', 's.first[fetch]', 's.second[fetch]']],
    [['s.first'], [], ['cluster.one', 's.first[duckduckgo]', 's.first[fetch]', 's.first[time]']],
    [['cluster'], [], ['cluster.one']],
    [['s.second[time]'], [], ['cluster.one', 's.first[time]', 's.second[time]']],
    [[], ['fetch', 'time', 's.first'], ['cluster.one', 's.second[duckduckgo]']],
    [['fetch'], ['cluster'], ['s.first[fetch]', 's.second[fetch]']],
    [['fetch'], ['fetch'], []],
  ])('--only %j --skip %j', (only, skip, expected) => {
    expect(keys(only, skip)).toEqual(expected);
  });

  it('leaves out checks that do not apply', () => {
    const picky = serverCheck('s.picky', [], () => pass(), {
      applies: (_app: unknown, server: { name: string }) => server.name === 'time',
    } as never);
    expect(plan([picky], app, none).map(({ key }) => key)).toEqual(['s.picky[time]']);
  });
});
