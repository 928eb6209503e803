import { Chalk } from 'chalk';
import type { VerifyResult } from '../../../src/contract.ts';
import { CHECKS } from '../../../src/core/checks/catalogue.ts';
import { runChecks } from '../../../src/core/checks/runner.ts';
import { plan } from '../../../src/core/checks/select.ts';
import { brokenServers, summarize } from '../../../src/core/checks/verdict.ts';
import type { VerifyContext } from '../../../src/output/verify/report.ts';
import { demo } from '../../core/checks/apps.ts';
import { gatewayLog, healthyWorld, portsOf, type World } from '../../core/checks/ports-in-memory.ts';

type Check = VerifyResult['checks'][number];

/** What the checks say of a pretended cluster. */
export async function report(
  change: (world: World) => void,
  bridge: 'mcpk' | 'docker' = 'mcpk',
): Promise<VerifyResult> {
  const app = demo(bridge);
  const world = healthyWorld(app);
  change(world);
  const results = await runChecks(plan(CHECKS, app, { only: [], skip: [] }), app, portsOf(world), {
    waitMs: 0,
    signal: new AbortController().signal,
  });
  // What a run on a fake clock takes depends on the order in which its sleepers wake.
  const checks = results.map((check, i) => ({ ...check, durationMs: check.status === 'skipped' ? 0 : i + 1 }));
  return resultOf(checks as Check[]);
}

export function resultOf(checks: Check[]): VerifyResult {
  return {
    app: 'demo',
    target: 'cluster',
    namespace: 'mcp',
    context: 'kind-dev',
    summary: summarize(checks),
    broken: brokenServers(checks),
    checks,
    durationMs: 1234,
  };
}

export function breakFetch(world: World): void {
  Object.assign(world.servers['fetch'] as object, {
    log: 'Error running command: fork/exec /app/.venv/bin/mcp-server-fetch: permission denied\n',
    failure: 'hang',
  });
  world.gatewayLog = `${gatewayLog(['duckduckgo', 'time']).replace('duckduckgo, time', 'duckduckgo, fetch, time')}\n  > Can't start fetch: EOF`;
}

export const CONTEXT: VerifyContext = {
  version: '1.2.3',
  failOn: 'error',
  exitCode: 1,
  warnings: [],
  folder: '',
  onGitHub: false,
  style: new Chalk({ level: 0 }),
  unicode: true,
  columns: Number.POSITIVE_INFINITY,
};

/** Text that breaks what is not escaped. */
export const NASTY =
  'a "b" \'c\' <d> & ]]> 100%0A, x:y; ::error::no ##[error]no | `e` *f* [g](h) {0} \\ # é 漢 😀 \u001b[31mred\u0007 \u202eabc \ud800 \ufffe\nnext line';

const bare = { title: 'what it looks at', severity: 'error', durationMs: 12 } as const;

/** Each state once, with text of other people in all its places. */
export const RESULT = resultOf([
  { ...bare, id: 'cluster.reachable', category: 'cluster', status: 'pass', message: 'Kubernetes v1.35.4' },
  {
    ...bare,
    id: 'dns.resolve',
    category: 'network',
    server: 'fetch',
    status: 'unchecked',
    message: 'you may not create pods/exec',
    remedies: ['ask for it'],
    at: { file: 'mcpk.yaml', line: 9, column: 3 },
  },
  {
    ...bare,
    id: 'mcp.server.initialize',
    category: 'server',
    server: 'fetch',
    status: 'fail',
    durationMs: 10_004,
    message: NASTY,
    cause: NASTY,
    remedies: [NASTY, 'mcpk deploy'],
    evidence: [NASTY],
    at: { file: 'my app, 50%#1:a.yaml', line: 9, column: 3 },
  },
  {
    ...bare,
    id: 'mcp.server.tools',
    category: 'server',
    server: 'fetch',
    status: 'skipped',
    durationMs: 0,
    message: 'blocked by mcp.server.initialize[fetch]',
    blockedBy: 'mcp.server.initialize[fetch]',
  },
  {
    ...bare,
    id: 'mcp.server.tools',
    category: 'server',
    server: 'time',
    status: 'pass',
    message: '2 tools',
    tools: ['a', 'b'],
  },
  {
    ...bare,
    id: 'mcp.gateway.tools',
    category: 'mcp',
    server: 'time',
    status: 'fail',
    message: 'missing: b',
    at: { file: 'mcpk.yaml', line: 12, column: 3 },
  },
  {
    ...bare,
    id: 'perf.init',
    category: 'perf',
    severity: 'warning',
    status: 'warn',
    message: '1.7 s, the budget is 1.0 s',
    value: 1740,
    unit: 'ms',
    at: { file: 'mcpk.yaml', line: 1, column: 1 },
  },
  {
    ...bare,
    id: 'perf.connect',
    category: 'perf',
    server: 'time',
    severity: 'warning',
    status: 'suppressed',
    message: '900 ms, the budget is 300 ms',
    reason: NASTY,
    at: { file: 'mcpk.yaml', line: 12, column: 3 },
  },
]);

export const CLEAN = resultOf(RESULT.checks.filter(({ status }) => status === 'pass'));
