import { describe, expect, it } from 'vitest';
import type { CheckResult } from '../../../src/core/checks/check.ts';
import { parseSuppression, suppress } from '../../../src/core/checks/suppress.ts';
import { summarize, verdict } from '../../../src/core/checks/verdict.ts';

function result(id: string, server: string | undefined, status: CheckResult['status']): CheckResult {
  return { id, category: 'c', title: 't', ...(server && { server }), severity: 'error', status, durationMs: 1 };
}

it.each([
  ['perf.init=slow nodes', { id: 'perf.init', server: undefined, reason: 'slow nodes' }],
  ['a.b[fetch]=x=y [z]', { id: 'a.b', server: 'fetch', reason: 'x=y [z]' }],
  ['a.b[fetch]= why ', { id: 'a.b', server: 'fetch', reason: 'why' }],
])('%s', (text, expected) => {
  expect(parseSuppression(text)).toEqual(expected);
});

it.each(['perf.init', 'perf.init=', 'perf.init=  ', '=x', '[fetch]=x', 'a[]=x', 'a[fetch=x', 'a b=x', ''])(
  '"%s" is none',
  (text) => {
    expect(parseSuppression(text)).toBeUndefined();
  },
);

describe('suppress', () => {
  const results = [
    result('a', 'one', 'fail'),
    result('a', 'two', 'fail'),
    result('b', undefined, 'warn'),
    result('c', undefined, 'unchecked'),
    result('d', undefined, 'skipped'),
    result('e', undefined, 'pass'),
  ];
  const because = (id: string, server?: string) => ({ id, server, reason: 'known' });
  const states = (...list: ReturnType<typeof because>[]) => suppress(results, list).checks.map(({ status }) => status);

  it('marks one server, or all, and keeps the reason', () => {
    expect(states(because('a', 'one'))).toEqual(['suppressed', 'fail', 'warn', 'unchecked', 'skipped', 'pass']);
    expect(states(because('a'), because('b'))).toEqual([
      ...['suppressed', 'suppressed', 'suppressed', 'unchecked', 'skipped', 'pass'],
    ]);
    expect(suppress(results, [because('b')]).checks[2]).toEqual({
      ...results[2],
      status: 'suppressed',
      reason: 'known',
    });
  });

  it('makes nothing of what was not seen to fail', () => {
    expect(states(because('c'), because('d'), because('e'))).toEqual(results.map(({ status }) => status));
  });

  it('tells which were not needed, and nothing of what is not known', () => {
    const { needless } = suppress(results, [because('a'), because('c'), because('d'), because('e'), because('z')]);
    expect(needless.map(({ suppression, why }) => `${suppression.id} ${why}`)).toEqual(['e passed', 'z absent']);
  });

  it('is no pass: a run with nothing else is not ok', () => {
    const { checks } = suppress([result('a', undefined, 'fail')], [because('a')]);
    expect(summarize(checks)).toMatchObject({ pass: 0, fail: 0, suppressed: 1 });
    expect(verdict(summarize(checks))).toBe('unknown');
  });
});

it('--fail-on warning makes a warning fail', () => {
  const summary = summarize([result('a', undefined, 'warn'), result('b', undefined, 'pass')]);
  expect([verdict(summary), verdict(summary, 'warning')]).toEqual(['ok', 'failed']);
  const unsure = summarize([result('a', undefined, 'warn'), result('b', undefined, 'unchecked')]);
  expect([verdict(unsure), verdict(unsure, 'warning')]).toEqual(['unknown', 'failed']);
});
