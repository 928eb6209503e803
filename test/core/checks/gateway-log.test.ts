import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseGatewayLog, parseGoDuration } from '../../../src/core/checks/gateway-log.ts';

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}`, import.meta.url), 'utf8');

describe('parseGatewayLog', () => {
  it('reads a healthy start', () => {
    const log = parseGatewayLog(fixture('gateway-healthy.log'));
    expect(log.enabled).toEqual(['duckduckgo', 'fetch']);
    // "Calling tool search took" looks like a server line, and is none.
    expect([...log.servers]).toEqual([
      ['duckduckgo', { tools: 2 }],
      ['fetch', { tools: 1 }],
    ]);
    expect(log).toMatchObject({
      totalTools: 3,
      listedMs: 718,
      initializedMs: 1230,
      started: { transport: 'streaming', port: 8811 },
      tokenPrinted: false,
    });
  });

  it('reads one with a dead server, an unknown one and a printed token', () => {
    const log = parseGatewayLog(fixture('gateway-failed-server.log'));
    expect(log.servers.get('fetch')).toEqual({ error: 'failed to connect: calling "initialize": EOF' });
    expect(log).toMatchObject({
      unknown: ['ghost'],
      listedMs: 90_200,
      initializedMs: 91_000,
      started: { transport: 'sse' },
      tokenPrinted: true,
    });
  });

  it('takes the last word on a server', () => {
    const log = parseGatewayLog("  > Can't start time: EOF\n  > time: (2 tools)\n");
    expect(log.servers.get('time')).toEqual({ tools: 2 });
  });

  it('reads JSON lines', () => {
    const log = parseGatewayLog('{"level":"info","msg":"> Initialized in 12ms"}\n{"broken\n');
    expect(log.initializedMs).toBe(12);
  });
});

describe('parseGoDuration', () => {
  it.each([
    ['718ms', 718],
    ['1.02s', 1020],
    ['1m30s', 90_000],
    ['1m30.2s', 90_200],
    ['892.1ms', 892.1],
    ['210.018445ms', 210.018445],
    ['15.5µs', 0.0155],
    ['2h0m1s', 7_201_000],
    ['0', 0],
  ])('%s', (text, ms) => expect(parseGoDuration(text)).toBeCloseTo(ms, 9));

  it.each(['', 'ms', '1.5', '1x', '1s ', '-1s'])('is NaN for %j', (text) => expect(parseGoDuration(text)).toBeNaN());
});
