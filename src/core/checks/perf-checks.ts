import type { App } from '../app/app.ts';
import { type AppCheck, fail, pass, type ServerCheck, type Story, skip } from './check.ts';
import { withLog } from './gateway-checks.ts';
import type { CommonPorts } from './ports.ts';

/** The seed's own figure: "about one second". */
const INIT_BUDGET_MS = 1_000;
/** mcpk's gateway gives a server 20 s, the seed waited 1m30s: whoever takes that long has waited for somebody. */
const INIT_BLOCKED_MS = 19_000;

const init: AppCheck<CommonPorts> = {
  id: 'perf.init',
  category: 'perf',
  title: 'the gateway starts within a second',
  severity: 'warning',
  scope: 'app',
  needs: ['gateway.log.initialized'],
  retry: false,
  run: (ports, { app }) =>
    withLog(ports, (log) => {
      const ms = log.initializedMs ?? log.listedMs;
      if (ms === undefined) return skip('the log does not tell');
      if (ms <= INIT_BUDGET_MS) return pass(duration(ms));
      const failed = [...log.servers].filter(([, said]) => 'error' in said).map(([name]) => name);
      const blocker = failed.length > 0 ? failed.join(', ') : 'the slowest server';
      return fail(duration(ms), slowStart(app, ms > INIT_BLOCKED_MS ? blocker : undefined));
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
  severity: 'info',
  scope: 'server',
  needs: ['mcp.server.initialize'],
  retry: false,
  run: async (_ports, { server, facts }) => {
    const session = facts.sessions.get(server.name);
    return session ? pass(duration(session.connectMs)) : skip('there is no session');
  },
};

function duration(ms: number): string {
  return ms < 1_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`;
}

export const perfChecks = [init, connect];
