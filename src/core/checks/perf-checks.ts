import type { App } from '../app/app.ts';
import { quantity } from '../rules/reliability-quantity.ts';
import { type AppCheck, fail, pass, type ServerCheck, type Story, skip } from './check.ts';
import { withLog } from './gateway-checks.ts';
import type { CommonPorts, MemoryUse } from './ports.ts';

/** mcpk's gateway gives a server 20 s, the seed waited 1m30s: whoever takes that long has waited for somebody. */
const INIT_BLOCKED_MS = 19_000;

const init: AppCheck<CommonPorts> = {
  id: 'perf.init',
  category: 'perf',
  title: 'the gateway starts in time',
  severity: 'warning',
  scope: 'app',
  needs: ['gateway.log.initialized'],
  retry: false,
  run: (ports, { app, budgets }) =>
    withLog(ports, (log) => {
      const ms = log.initializedMs ?? log.listedMs;
      if (ms === undefined) return skip('the log does not tell');
      const measured = { value: ms, unit: 'ms' } as const;
      if (ms <= budgets.initMs) return pass(duration(ms), measured);
      const failed = [...log.servers].filter(([, said]) => 'error' in said).map(([name]) => name);
      const blocker = failed.length > 0 ? failed.join(', ') : 'the slowest server';
      const story = slowStart(app, ms > INIT_BLOCKED_MS ? blocker : undefined);
      return fail(overBudget(ms, budgets.initMs), { ...story, ...measured });
    }),
};

function slowStart({ gateway }: App, blocker: string | undefined): Story {
  const docker = gateway.engine === 'docker';
  if (blocker === undefined) {
    return {
      cause: docker
        ? 'docker/mcp-gateway starts every server before it serves'
        : 'its servers took that long to answer first',
    };
  }
  return {
    cause: docker
      ? `it waited for ${blocker} before it served any tool`
      : `it waited for ${blocker}, and served the others meanwhile`,
    remedies: [
      `cure ${blocker}`,
      ...(docker ? ['or set gateway.engine: mcpk, which serves the others meanwhile'] : []),
    ],
  };
}

const connect: ServerCheck<CommonPorts> = {
  id: 'perf.connect',
  category: 'perf',
  title: 'time to connect and initialize, port-forward or start included',
  severity: 'warning',
  scope: 'server',
  needs: ['mcp.server.initialize'],
  retry: false,
  run: async (_ports, { server, facts, budgets }) => {
    const ms = facts.sessions.get(server.name)?.connectMs;
    if (ms === undefined) return skip('there is no session');
    const measured = { value: Math.round(ms), unit: 'ms' } as const;
    if (ms <= (budgets.connectMs ?? Number.POSITIVE_INFINITY)) return pass(duration(ms), measured);
    return fail(overBudget(ms, budgets.connectMs ?? 0), {
      ...measured,
      cause: 'the process starts slowly, or the way from here to it is slow',
      remedies: ['bridge.engine: mcpk keeps a process started ahead', 'or give it more time: --connect-budget'],
    });
  },
};

function overBudget(ms: number, budgetMs: number): string {
  return `${duration(ms)}, the budget is ${duration(budgetMs)}`;
}

/** Beyond this share of its limit a container is near being killed. */
const MEMORY_SHARE = 0.9;

const memory: AppCheck = {
  id: 'perf.memory',
  category: 'perf',
  title: 'no container is near its memory limit',
  severity: 'warning',
  scope: 'app',
  needs: ['cluster.namespace'],
  retry: false,
  run: async ({ cluster }) => {
    const all = await cluster.memory();
    if (!all) return skip('the cluster has no metrics (metrics.k8s.io)');
    const used = all.flatMap(shareOf).sort((a, b) => b.share - a.share);
    const [highest] = used;
    if (!highest) return skip('there are no figures of this app yet');
    const measured = { value: highest.bytes, unit: 'bytes' } as const;
    const near = used.filter(({ share }) => share > MEMORY_SHARE);
    if (near.length === 0) return pass(`at most ${highest.text}`, measured);
    return fail(near.map(({ text }) => text).join(', '), {
      ...measured,
      cause: 'at its limit a container is killed (OOMKilled), and its sessions with it',
      remedies: near.map(({ name }) =>
        name === 'gateway' ? 'raise gateway.resources.limits.memory' : `raise servers.${name}.resources.limits.memory`,
      ),
    });
  },
};

/** None where the container has no limit, or the figure is none. */
function shareOf({ name, used, limit }: MemoryUse): { name: string; bytes: number; share: number; text: string }[] {
  const [bytes, most] = [quantity(used), quantity(limit)];
  if (bytes === undefined || most === undefined || most <= 0) return [];
  const share = bytes / most;
  const text = `${name} ${mebibytes(bytes)} of ${mebibytes(most)} (${Math.round(share * 100)}%)`;
  return [{ name, bytes, share, text }];
}

function mebibytes(bytes: number): string {
  return `${Math.round(bytes / 2 ** 20)} MiB`;
}

function duration(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

/** Those that every target has. */
export const commonPerfChecks = [init, connect];

export const perfChecks = [...commonPerfChecks, memory];
