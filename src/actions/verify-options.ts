import { resolve } from 'node:path';
import { readFileIfThere } from '../adapters/files.ts';
import type { App, TargetKind } from '../core/app/app.ts';
import { type Baseline, parseBaseline } from '../core/checks/baseline.ts';
import { BASELINE_CHECKS } from '../core/checks/baseline-checks.ts';
import type { Budgets, Check } from '../core/checks/check.ts';
import type { CommonPorts } from '../core/checks/ports.ts';
import type { Progress } from '../core/checks/runner.ts';
import { plan, type Selection, type Step, selectors } from '../core/checks/select.ts';
import { parseSuppression, type Suppression } from '../core/checks/suppress.ts';
import type { FailOn } from '../core/checks/verdict.ts';
import { didYouMean } from '../core/did-you-mean.ts';
import { UsageError } from '../errors.ts';
import type { LoadOptions } from './load-app.ts';

export interface VerifyOptions extends LoadOptions, Selection {
  version: string;
  target: TargetKind;
  kubeconfig?: string | undefined;
  context?: string | undefined;
  env: NodeJS.ProcessEnv;
  /** How long retries may take altogether. */
  waitMs: number;
  /** What is left out has its default. */
  budgets: { [budget in keyof Budgets]?: number | undefined };
  failOn: FailOn;
  /** ID=REASON or ID[SERVER]=REASON, each. */
  suppress: string[];
  /** Path of a baseline to compare with. */
  baseline?: string | undefined;
  /** Path of a baseline to write. */
  writeBaseline?: string | undefined;
  signal: AbortSignal;
  onProgress?: (progress: Progress) => void;
}

const LIST = 'mcpk verify --list lists the checks';

/** The steps that --only and --skip leave. @throws UsageError */
export function planned<P extends CommonPorts>(checks: readonly Check<P>[], app: App, selection: Selection): Step<P>[] {
  const known = selectors(checks, app);
  // They run over the results of the others: they can be left out, and not be alone.
  const knownToSkip = [...known, 'baseline', ...BASELINE_CHECKS.map(({ id }) => id)];
  for (const word of selection.only) mustBeKnown(word, known);
  for (const word of selection.skip) mustBeKnown(word, knownToSkip);
  const steps = plan(checks, app, selection);
  if (steps.length > 0) return steps;
  throw new UsageError('verify.nothing', '--only and --skip leave nothing to check', { suggestions: [LIST] });
}

function mustBeKnown(word: string, known: readonly string[]): void {
  const plain = /^([^[]+)\[([^\]]+)\]$/.exec(word);
  if (plain ? plain.slice(1).every((part) => known.includes(part)) : known.includes(word)) return;
  throw new UsageError('verify.unknown-check', `there is no check, category or server "${word}"`, {
    suggestions: [...didYouMean(word, known), LIST],
  });
}

/** Reads what --suppress names. @throws UsageError where it is no suppression of a check of this app */
export function suppressions(
  texts: readonly string[],
  checks: readonly Pick<Check, 'id' | 'scope'>[],
  app: App,
): Suppression[] {
  const all = [...checks, ...BASELINE_CHECKS];
  const servers = app.servers.map(({ name }) => name);
  return texts.map((text) => {
    const found = parseSuppression(text);
    if (!found) {
      throw new UsageError('usage.invalid', `--suppress ${text} is not ID[SERVER]=REASON`, {
        suggestions: ["--suppress 'perf.init=the nodes are slow'", "--suppress 'mcp.server.tools[fetch]=no key in CI'"],
      });
    }
    const { id, server } = found;
    const check = all.find((one) => one.id === id);
    const ids = all.map((one) => one.id);
    if (!check) {
      throw new UsageError('verify.unknown-check', `--suppress: there is no check "${id}"`, {
        suggestions: [...didYouMean(id, ids), LIST],
      });
    }
    if (server === undefined) return found;
    if (check.scope === 'app') {
      throw new UsageError('usage.invalid', `--suppress: ${id} is about the whole app, not about a server`, {
        suggestions: [`--suppress '${id}=REASON'`],
      });
    }
    if (servers.includes(server)) return found;
    throw new UsageError('verify.unknown-check', `--suppress: there is no server "${server}"`, {
      suggestions: didYouMean(server, servers),
    });
  });
}

/** @throws UsageError where it is no baseline of this app */
export async function readBaseline({ cwd, baseline, target }: VerifyOptions, app: App): Promise<Baseline | undefined> {
  if (baseline === undefined) return undefined;
  const bytes = await readFileIfThere(resolve(cwd, baseline));
  const parsed = bytes && parseBaseline(new TextDecoder().decode(bytes));
  const suggestions = [`mcpk verify --write-baseline ${baseline} writes one`];
  if (!parsed) {
    const message = bytes ? `${baseline} is no baseline of mcpk verify` : `there is no ${baseline}`;
    throw new UsageError('verify.baseline', message, { suggestions });
  }
  if (parsed.app === app.name && parsed.target === target) return parsed;
  const whose = `app ${parsed.app} on target ${parsed.target}`;
  throw new UsageError('verify.baseline', `${baseline} is of ${whose}, not of ${app.name} on ${target}`, {
    suggestions,
  });
}
