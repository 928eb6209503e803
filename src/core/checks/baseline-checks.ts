import { type Baseline, initOf } from './baseline.ts';
import { type Check, type CheckResult, fail, type Outcome, pass, skip } from './check.ts';
import { toResult } from './result.ts';
import { stepKey } from './select.ts';

/** A start that takes this much longer is no noise of the machine. */
const NOISE_MS = 200;

/** What a check of this kind is; it runs over the results of the others, and asks nobody. */
type Comparison = Omit<Check, 'run'>;

const base = { category: 'baseline', retry: false } as const;

const tools: Comparison = {
  ...base,
  id: 'baseline.tools',
  title: 'the server has every tool that it had (with --baseline)',
  severity: 'error',
  scope: 'server',
  needs: ['mcp.server.tools'],
};

const servers: Comparison = {
  ...base,
  id: 'baseline.servers',
  title: 'mcpk.yaml has every server that it had (with --baseline)',
  severity: 'warning',
  scope: 'app',
  needs: [],
};

const checks: Comparison = {
  ...base,
  id: 'baseline.checks',
  title: 'what passed still passes (with --baseline)',
  severity: 'warning',
  scope: 'app',
  needs: [],
};

const init: Comparison = {
  ...base,
  id: 'baseline.init',
  title: 'the gateway starts in less than twice its former time (with --baseline)',
  severity: 'warning',
  scope: 'app',
  needs: ['perf.init'],
};

/** In the order of the report. */
export const BASELINE_CHECKS: readonly Comparison[] = [checks, servers, tools, init];

interface Now {
  /** Servers of mcpk.yaml. */
  servers: readonly string[];
  results: readonly CheckResult[];
}

/** Compares a run with a former one: one result for each comparison, and for each server that both know. */
export function compareWith(baseline: Baseline, now: Now): CheckResult[] {
  const known = Object.keys(baseline.tools).filter((server) => toolsOf(server, now) !== undefined);
  return [
    toResult(checks, undefined, stillPassing(baseline, now), 0),
    toResult(servers, undefined, stillThere(baseline, now), 0),
    ...known.map((server) => toResult(tools, server, sameTools(baseline, server, now), 0)),
    ...(baseline.initMs === undefined ? [] : [toResult(init, undefined, asFast(baseline.initMs, now), 0)]),
  ];
}

/** What was skipped says nothing by itself: what it waits for is in the list. */
function stillPassing({ passed }: Baseline, { results }: Now): Outcome {
  const byKey = new Map(results.map((result) => [stepKey(result.id, result.server), result]));
  const compared = passed.filter((key) => byKey.has(key));
  const worse = compared.flatMap((key) => {
    const { status, message } = byKey.get(key) as CheckResult;
    const isWorse = status === 'fail' || status === 'warn' || status === 'unchecked';
    return isWorse ? [{ key, text: `${key}: ${message ?? status}` }] : [];
  });
  if (worse.length === 0) return pass(`${compared.length} compared`);
  return fail(`passed before: ${worse.map(({ key }) => key).join(', ')}`, {
    cause: 'something has changed since the baseline was written',
    remedies: ['follow what the report says of each', 'or --write-baseline, where it is meant to be so'],
    evidence: worse.map(({ text }) => text),
  });
}

function stillThere(baseline: Baseline, now: Now): Outcome {
  const gone = Object.keys(baseline.tools).filter((server) => !now.servers.includes(server));
  if (gone.length === 0) return pass(`${Object.keys(baseline.tools).length} servers`);
  return fail(`gone: ${gone.join(', ')}`, {
    cause: 'the server was taken out of mcpk.yaml, and clients lose its tools',
    remedies: ['--write-baseline, where it is meant to be so'],
  });
}

/** Undefined: they were not asked for, by --only or --skip. */
function toolsOf(server: string, { results }: Now): CheckResult | undefined {
  return results.find((result) => result.id === 'mcp.server.tools' && result.server === server);
}

function sameTools({ tools: former }: Baseline, server: string, now: Now): Outcome {
  const listed = toolsOf(server, now);
  if (!listed?.tools) {
    const blocker = listed?.blockedBy ?? stepKey('mcp.server.tools', server);
    return skip(`blocked by ${blocker}`, blocker);
  }
  const { tools: after } = listed;
  const before = former[server] ?? [];
  const missing = before.filter((tool) => !after.includes(tool));
  const more = after.filter((tool) => !before.includes(tool)).length;
  if (missing.length === 0) return pass(more > 0 ? `${before.length}, and ${more} new` : String(before.length));
  return fail(`gone: ${missing.join(', ')}`, {
    cause: 'the server no longer lists them: its image has changed, or a secret or an argument is missing',
    remedies: ['use the image version that has them', 'or --write-baseline, where it is meant to be so'],
  });
}

function asFast(before: number, { results }: Now): Outcome {
  const ms = initOf(results);
  if (ms === undefined) return skip('the time of the start is not known');
  const text = `${Math.round(ms)} ms, ${before} ms before`;
  if (ms <= 2 * before || ms - before <= NOISE_MS) return pass(text);
  return fail(text, {
    cause: 'a server answers later than it did, or the nodes are busier',
    remedies: ['see perf.connect of the servers', 'or --write-baseline, where it is meant to be so'],
  });
}
