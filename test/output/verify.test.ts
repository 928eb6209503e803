import { Chalk } from 'chalk';
import { expect, it } from 'vitest';
import type { VerifyResult } from '../../src/contract.ts';
import { CHECKS } from '../../src/core/checks/catalogue.ts';
import { runChecks } from '../../src/core/checks/runner.ts';
import { plan } from '../../src/core/checks/select.ts';
import { brokenServers, summarize } from '../../src/core/checks/verdict.ts';
import { checkListText, progressLine, verifyText } from '../../src/output/verify.ts';
import { demo } from '../core/checks/apps.ts';
import { gatewayLog, healthyWorld, portsOf, type World } from '../core/checks/ports-in-memory.ts';
import { expectGolden } from '../helpers/golden.ts';

const plain = new Chalk({ level: 0 });

async function report(change: (world: World) => void, bridge: 'mcpk' | 'docker' = 'mcpk'): Promise<VerifyResult> {
  const app = demo(bridge);
  const world = healthyWorld(app);
  change(world);
  const results = await runChecks(plan(CHECKS, app, { only: [], skip: [] }), app, portsOf(world), {
    waitMs: 0,
    signal: new AbortController().signal,
  });
  // What a run on a fake clock takes depends on the order in which its sleepers wake.
  const checks = results.map((check, i) => ({
    ...check,
    durationMs: check.status === 'skipped' ? 0 : i + 1,
  })) as VerifyResult['checks'];
  return {
    app: app.name,
    target: 'cluster',
    namespace: app.namespace,
    context: 'kind-dev',
    summary: summarize(results),
    broken: brokenServers(checks),
    checks,
    durationMs: 1234,
  };
}

function breakFetch(world: World): void {
  Object.assign(world.servers['fetch'] as object, {
    log: 'Error running command: fork/exec /app/.venv/bin/mcp-server-fetch: permission denied\n',
    failure: 'hang',
  });
  world.gatewayLog = `${gatewayLog(['duckduckgo', 'time']).replace('duckduckgo, time', 'duckduckgo, fetch, time')}\n  > Can't start fetch: EOF`;
}

it('reports a healthy app', async () => {
  expectGolden('verify/healthy.txt', verifyText(await report(() => {}), { unicode: true })(plain));
});

it('reports the seed’s broken server', async () => {
  expectGolden('verify/broken-fetch.txt', verifyText(await report(breakFetch, 'docker'), { unicode: true })(plain));
});

it('reports what could not be checked, in ASCII', async () => {
  const text = verifyText(await report((world) => world.denied.add('create pods/exec')), { unicode: false })(plain);
  expectGolden('verify/unchecked-ascii.txt', text);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is the point
  expect(text).toMatch(/^[\x09\x0a\x20-\x7e]*$/);
});

it('lists the checks', () => {
  expectGolden('verify/list.txt', checkListText(CHECKS));
});

it.each([
  ['a terminal', true, false, true],
  ['no terminal', false, false, false],
  ['--json on a terminal', true, true, false],
])('on %s', (_name, isTTY, quiet, expected) => {
  const written: string[] = [];
  const stream = { isTTY, columns: 20, write: (text: string) => written.push(text) } as unknown as NodeJS.WriteStream;
  const progress = progressLine(stream, {}, quiet);
  progress.update({ done: 1, total: 2, running: ['workload.ready[duckduckgo]'] });
  progress.clear();
  expect(written.length > 0).toBe(expected);
  if (expected) expect(written).toEqual(['\r\u001b[2K1/2 workload.ready[', '\r\u001b[2K']);
});
