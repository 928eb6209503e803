import type { App } from '../../../src/core/app/app.ts';
import { CHECKS } from '../../../src/core/checks/catalogue.ts';
import { type RunOptions, runChecks } from '../../../src/core/checks/runner.ts';
import { plan, stepKey } from '../../../src/core/checks/select.ts';
import { brokenServers, summarize, verdict } from '../../../src/core/checks/verdict.ts';
import { healthyWorld, portsOf, type World } from './ports-in-memory.ts';

/** Runs every check on a pretended cluster where the app runs well, but for the change. */
export async function check(
  app: App,
  change: (world: World) => void = () => {},
  selection = { only: [] as string[], skip: [] as string[] },
  options: Partial<RunOptions> = {},
) {
  const world = healthyWorld(app);
  change(world);
  const ports = portsOf(world);
  const results = await runChecks(plan(CHECKS, app, selection), app, ports, {
    waitMs: 30_000,
    signal: new AbortController().signal,
    ...options,
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
