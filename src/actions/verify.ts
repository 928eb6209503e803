import { resolve } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { writeFileAtomically } from '../adapters/files.ts';
import { connect } from '../adapters/kube/connection.ts';
import { Probe } from '../adapters/kube/probe.ts';
import { LocalProbe } from '../adapters/local/local-probe.ts';
import { localFolder } from '../adapters/local/state.ts';
import type { VerifyResult } from '../contract.ts';
import type { App, TargetKind } from '../core/app/app.ts';
import { type Baseline, baselineOf } from '../core/checks/baseline.ts';
import { BASELINE_CHECKS, compareWith } from '../core/checks/baseline-checks.ts';
import { CHECKS, LOCAL_CHECKS } from '../core/checks/catalogue.ts';
import { type Budgets, type Check, type CheckResult, DEFAULT_BUDGETS } from '../core/checks/check.ts';
import type { ClockPort } from '../core/checks/ports.ts';
import { runChecks } from '../core/checks/runner.ts';
import { isMeant } from '../core/checks/select.ts';
import { type Needless, suppress, suppressionName } from '../core/checks/suppress.ts';
import { brokenServers, summarize, verdict } from '../core/checks/verdict.ts';
import type { ParsedConfig } from '../core/config/parse.ts';
import { jsonText } from '../core/json.ts';
import { EXIT, type ExitCode } from '../errors.ts';
import { configPath } from './config-path.ts';
import { loadApp } from './load-app.ts';
import { planned, readBaseline, suppressions, type VerifyOptions } from './verify-options.ts';

export interface Verified {
  result: VerifyResult;
  exitCode: ExitCode;
  /** What is to be told beside the result. */
  remarks: string[];
}

/** Runs the checks against the app's target. @throws UsageError, EnvironmentError */
export async function verify(options: VerifyOptions): Promise<Verified> {
  const { app, parsed } = await loadApp(options);
  const budgets = { ...options.budgets, initMs: options.budgets.initMs ?? DEFAULT_BUDGETS.initMs };
  const accepted = suppressions(options.suppress, listChecks(options.target), app);
  const former = await readBaseline(options, app);
  const started = clock.now();
  const run = options.target === 'local' ? onThisMachine : onCluster;
  const { where, checks: ran } = await run(app, { ...options, budgets });
  const compared = former ? comparisons(former, app, ran, options) : [];
  const { checks, needless } = suppress([...ran, ...compared], accepted);
  const summary = summarize(checks);
  const result = {
    app: app.name,
    target: options.target,
    ...where,
    summary,
    broken: brokenServers(checks),
    checks: checks.map((check) => placed(check, parsed)) as VerifyResult['checks'],
    durationMs: Math.round(clock.now() - started),
  };
  const codes = { ok: EXIT.ok, failed: EXIT.failed, unknown: EXIT.environment };
  const remarks = [...needlessRemarks(needless, options), ...(await keepBaseline(app, checks, options))];
  return { result, exitCode: codes[verdict(summary, options.failOn)], remarks };
}

type RunnableOptions = Omit<VerifyOptions, 'budgets'> & { budgets: Budgets };

interface Ran {
  where: Pick<VerifyResult, 'namespace' | 'context' | 'url'>;
  checks: CheckResult[];
}

async function onCluster(app: App, options: RunnableOptions): Promise<Ran> {
  const steps = planned(CHECKS, app, options);
  const kube = await connect(options);
  try {
    const probe = new Probe({ kube, app, signal: options.signal });
    const { cluster, token, gateway, mcp, output, place } = probe;
    const ports = { cluster, token, gateway, mcp, output, place, clock };
    const checks = await runChecks(steps, app, ports, options).finally(() => probe.close());
    return { where: { namespace: app.namespace, context: kube.context }, checks };
  } finally {
    kube.close();
  }
}

async function onThisMachine(app: App, options: RunnableOptions): Promise<Ran> {
  const steps = planned(LOCAL_CHECKS, app, options);
  const probe = new LocalProbe(localFolder(options.env, app.name, configPath(options)), options.env);
  const { local, token, gateway, mcp, output, place } = probe;
  const ports = { local, token, gateway, mcp, output, place, clock };
  const running = await local.running();
  const checks = await runChecks(steps, app, ports, options).finally(() => probe.close());
  return { where: running ? { url: running.url } : {}, checks };
}

/** The catalogue of checks, for --list. */
export function listChecks(target: TargetKind): readonly Omit<Check, 'run'>[] {
  return [...(target === 'local' ? LOCAL_CHECKS : CHECKS), ...BASELINE_CHECKS];
}

function comparisons(former: Baseline, app: App, results: CheckResult[], { skip }: VerifyOptions): CheckResult[] {
  const servers = app.servers.map(({ name }) => name);
  return compareWith(former, { servers, results }).filter((check) => !skip.some((word) => isMeant(check, word)));
}

/** With the line of the config that it is about; what passed or was skipped asks nobody to look there. */
function placed(check: CheckResult, { file, locate }: ParsedConfig): CheckResult & Pick<VerifyCheck, 'at'> {
  if (check.status === 'pass' || check.status === 'skipped') return check;
  const aboutTheWhole = check.category === 'cluster' || check.category === 'resource' ? '/namespace' : '/gateway';
  const pointer = check.server === undefined ? aboutTheWhole : `/servers/${check.server}`;
  return { ...check, at: { file, ...locate(pointer) } };
}

type VerifyCheck = VerifyResult['checks'][number];

/** What was not looked at in this run may be needed in another. */
function needlessRemarks(needless: readonly Needless[], { only, skip }: VerifyOptions): string[] {
  const isWhole = only.length === 0 && skip.length === 0;
  return needless.flatMap(({ suppression, why }) => {
    const name = suppressionName(suppression);
    if (why === 'passed') return [`--suppress ${name} is not needed: it passes`];
    return isWhole ? [`--suppress ${name} is not needed: there is nothing that it could speak of`] : [];
  });
}

/** Writes the baseline that is asked for. @returns what is to be told about it */
async function keepBaseline(
  app: App,
  checks: readonly CheckResult[],
  { cwd, target, writeBaseline }: VerifyOptions,
): Promise<string[]> {
  if (writeBaseline === undefined) return [];
  const baseline = baselineOf(app.name, target, checks);
  if (!baseline) return [`${writeBaseline} was not written: nothing passed that it could hold`];
  await writeFileAtomically(resolve(cwd, writeBaseline), jsonText(baseline));
  return [];
}

const clock: ClockPort = {
  now: () => performance.now(),
  wall: () => Date.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
  },
};
