import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '../adapters/kube/connection.ts';
import { Probe } from '../adapters/kube/probe.ts';
import { LocalProbe } from '../adapters/local/local-probe.ts';
import { localFolder } from '../adapters/local/state.ts';
import type { VerifyResult } from '../contract.ts';
import type { App, TargetKind } from '../core/app/app.ts';
import { CHECKS, LOCAL_CHECKS } from '../core/checks/catalogue.ts';
import type { Check, CheckResult } from '../core/checks/check.ts';
import type { ClockPort, CommonPorts } from '../core/checks/ports.ts';
import { type Progress, runChecks } from '../core/checks/runner.ts';
import { plan, type Selection, type Step, selectors } from '../core/checks/select.ts';
import { brokenServers, summarize, verdict } from '../core/checks/verdict.ts';
import { didYouMean } from '../core/did-you-mean.ts';
import { EXIT, type ExitCode, UsageError } from '../errors.ts';
import { configPath, type LoadOptions, loadApp } from './load-app.ts';

export interface VerifyOptions extends LoadOptions, Selection {
  version: string;
  target: TargetKind;
  kubeconfig?: string | undefined;
  context?: string | undefined;
  env: NodeJS.ProcessEnv;
  /** How long retries may take altogether. */
  waitMs: number;
  signal: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

/** Runs the checks against the app's target. @throws UsageError, EnvironmentError */
export async function verify(options: VerifyOptions): Promise<{ result: VerifyResult; exitCode: ExitCode }> {
  const { app } = await loadApp(options);
  const started = clock.now();
  const { where, checks } = await (options.target === 'local' ? onThisMachine(app, options) : onCluster(app, options));
  const result = {
    app: app.name,
    target: options.target,
    ...where,
    summary: summarize(checks),
    broken: brokenServers(checks),
    checks: checks as VerifyResult['checks'],
    durationMs: Math.round(clock.now() - started),
  };
  return { result, exitCode: exitCodeOf(checks) };
}

interface Ran {
  where: Pick<VerifyResult, 'namespace' | 'context' | 'url'>;
  checks: CheckResult[];
}

async function onCluster(app: App, options: VerifyOptions): Promise<Ran> {
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

async function onThisMachine(app: App, options: VerifyOptions): Promise<Ran> {
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
  return target === 'local' ? LOCAL_CHECKS : CHECKS;
}

function planned<P extends CommonPorts>(checks: readonly Check<P>[], app: App, selection: Selection): Step<P>[] {
  const known = selectors(checks, app);
  for (const word of [...selection.only, ...selection.skip]) {
    const plain = /^([^[]+)\[([^\]]+)\]$/.exec(word);
    if (plain ? plain.slice(1).every((part) => known.includes(part)) : known.includes(word)) continue;
    throw new UsageError('verify.unknown-check', `there is no check, category or server "${word}"`, {
      suggestions: [...didYouMean(word, known), 'mcpk verify --list lists the checks'],
    });
  }
  const steps = plan(checks, app, selection);
  if (steps.length > 0) return steps;
  throw new UsageError('verify.nothing', '--only and --skip leave nothing to check', {
    suggestions: ['mcpk verify --list lists the checks'],
  });
}

function exitCodeOf(checks: readonly CheckResult[]): ExitCode {
  const codes = { ok: EXIT.ok, failed: EXIT.failed, unknown: EXIT.environment };
  return codes[verdict(summarize(checks))];
}

const clock: ClockPort = {
  now: () => performance.now(),
  wall: () => Date.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
  },
};
