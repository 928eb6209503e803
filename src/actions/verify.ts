import { setTimeout as delay } from 'node:timers/promises';
import { connect } from '../adapters/kube/connection.ts';
import { Probe } from '../adapters/kube/probe.ts';
import type { VerifyResult } from '../contract.ts';
import type { App } from '../core/app/app.ts';
import { CHECKS } from '../core/checks/catalogue.ts';
import type { Check, CheckResult } from '../core/checks/check.ts';
import type { ClockPort } from '../core/checks/ports.ts';
import { type Progress, runChecks } from '../core/checks/runner.ts';
import { plan, type Selection, type Step, selectors } from '../core/checks/select.ts';
import { brokenServers, summarize, verdict } from '../core/checks/verdict.ts';
import { didYouMean } from '../core/did-you-mean.ts';
import { EXIT, type ExitCode, UsageError } from '../errors.ts';
import { type LoadOptions, loadApp } from './load-app.ts';

export interface VerifyOptions extends LoadOptions, Selection {
  version: string;
  kubeconfig?: string | undefined;
  context?: string | undefined;
  env: NodeJS.ProcessEnv;
  /** How long retries may take altogether. */
  waitMs: number;
  signal: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

/** Runs the checks against the cluster. @throws UsageError, EnvironmentError */
export async function verify(options: VerifyOptions): Promise<{ result: VerifyResult; exitCode: ExitCode }> {
  const { app } = await loadApp(options);
  const steps = planned(app, options);
  const kube = await connect(options);
  try {
    const started = clock.now();
    const probe = new Probe({ kube, app, signal: options.signal });
    const checks = await runChecks(steps, app, portsOf(probe), options).finally(() => probe.close());
    const summary = summarize(checks);
    const result = {
      app: app.name,
      namespace: app.namespace,
      context: kube.context,
      summary,
      broken: brokenServers(checks),
      checks: checks as VerifyResult['checks'],
      durationMs: Math.round(clock.now() - started),
    };
    return { result, exitCode: exitCodeOf(checks) };
  } finally {
    kube.close();
  }
}

/** The catalogue of checks, for --list. */
export function listChecks(): readonly Check[] {
  return CHECKS;
}

function planned(app: App, selection: Selection): Step[] {
  const known = selectors(CHECKS, app);
  for (const word of [...selection.only, ...selection.skip]) {
    const plain = /^([^[]+)\[([^\]]+)\]$/.exec(word);
    if (plain ? plain.slice(1).every((part) => known.includes(part)) : known.includes(word)) continue;
    throw new UsageError('verify.unknown-check', `there is no check, category or server "${word}"`, {
      suggestions: [...didYouMean(word, known), 'mcpk verify --list lists the checks'],
    });
  }
  const steps = plan(CHECKS, app, selection);
  if (steps.length > 0) return steps;
  throw new UsageError('verify.nothing', '--only and --skip leave nothing to check', {
    suggestions: ['mcpk verify --list lists the checks'],
  });
}

function exitCodeOf(checks: readonly CheckResult[]): ExitCode {
  const codes = { ok: EXIT.ok, failed: EXIT.failed, unknown: EXIT.environment };
  return codes[verdict(summarize(checks))];
}

function portsOf(probe: Probe) {
  const { cluster, token, gateway, mcp } = probe;
  return { cluster, token, gateway, mcp, clock };
}

const clock: ClockPort = {
  now: () => performance.now(),
  wall: () => Date.now(),
  sleep: async (ms, signal) => {
    await delay(ms, undefined, { signal }).catch(() => signal.throwIfAborted());
  },
};
