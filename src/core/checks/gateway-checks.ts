import { names } from '../app/app.ts';
import { type AppCheck, fail, type Outcome, pass, type ServerCheck, skip, type Target } from './check.ts';
import { type GatewayLog, parseGatewayLog } from './gateway-log.ts';
import type { CommonPorts, Pod, Ports } from './ports.ts';
import { causeInLog, diagnosePod, isStartFault, readLog } from './why.ts';
import { rollout, STOPPED } from './workload-checks.ts';

/** Any body that no gateway takes for a session: the question is only who is let in. */
const NO_MESSAGE = '{}';

const ready: AppCheck = {
  id: 'gateway.ready',
  category: 'gateway',
  title: "the gateway's pod is ready",
  severity: 'error',
  scope: 'app',
  needs: ['resource.gateway'],
  retry: true,
  run: async (ports, target) => {
    const state = rollout(await ports.cluster.get('Deployment', names.gateway));
    if (state.ready) return pass(state.text);
    if (state.stopped) return fail('scaled to 0', STOPPED);
    const pod = (await ports.cluster.pods('gateway'))[0];
    return pod ? notReady(ports, target, pod, state.text) : unexplained(ports, `${state.text}, no pod`);
  },
};

async function notReady(ports: Ports, target: Target, pod: Pod, state: string): Promise<Outcome> {
  const reason = pod.containers[0]?.reason;
  const message = reason === undefined ? state : `${state}, ${reason}`;
  const log = parseGatewayLog((await readLog(ports, pod, 'gateway')) ?? '');
  const waiting = target.app.servers.filter(({ name }) => !log.servers.has(name)).map(({ name }) => name);
  if (log.listing && log.initializedMs === undefined && waiting.length > 0)
    return blockedOn(ports, target, waiting, state);
  const unreached = [...log.servers].flatMap(([name, said]) => ('error' in said ? [`${name}: ${said.error}`] : []));
  if (unreached.length === 0 || unreached.length < log.servers.size) return unexplained(ports, message);
  return fail(message, {
    cause: 'it reaches none of its servers',
    remedies: ['see the checks of the servers, and dns.resolve'],
    evidence: unreached,
  });
}

async function unexplained({ cluster }: Ports, message: string): Promise<Outcome> {
  return fail(message, await cluster.explain('gateway', message));
}

/** docker/mcp-gateway lists every server before it serves anything, and waits for ever. */
async function blockedOn(ports: Ports, target: Target, waiting: string[], state: string): Promise<Outcome> {
  const dead = await Promise.all(waiting.map((name) => cannotStart(ports, target, name)));
  const blockers = waiting.filter((_, i) => dead[i]);
  const guilty = blockers.length > 0 ? blockers : waiting;
  return fail(`${state}, waiting for ${guilty.join(', ')}`, {
    cause: `the gateway lists the tools of every server before it serves any, and ${guilty.join(', ')} does not answer: no tool is served`,
    remedies: [
      `cure ${guilty.join(', ')} (see above)`,
      'or set gateway.engine: mcpk, which serves the others meanwhile',
    ],
    terminal: blockers.length > 0,
  });
}

async function cannotStart(ports: Ports, target: Target, name: string): Promise<boolean> {
  const server = target.app.servers.find((s) => s.name === name);
  const pod = (await ports.cluster.pods({ server: name }))[0];
  return (
    server !== undefined &&
    pod !== undefined &&
    isStartFault((await diagnosePod(ports, { ...target, server }, pod))?.diagnosis)
  );
}

const health: AppCheck<CommonPorts> = {
  id: 'gateway.health',
  category: 'gateway',
  title: 'the gateway says that it is healthy',
  severity: 'error',
  scope: 'app',
  needs: ['gateway.ready'],
  retry: true,
  run: async ({ gateway }) => {
    const status = await gateway.status({ method: 'GET', path: '/health', token: false });
    return status === 200
      ? pass('/health 200')
      : fail(`/health answers ${status}`, { cause: 'the gateway runs, and calls itself unfit' });
  },
};

const auth: AppCheck<CommonPorts> = {
  id: 'gateway.auth',
  category: 'gateway',
  title: 'the gateway lets nobody in without the token',
  severity: 'error',
  scope: 'app',
  needs: ['gateway.ready', 'security.token'],
  retry: false,
  run: async ({ gateway, place }) => {
    const question = { method: 'POST', path: '/mcp', body: NO_MESSAGE };
    const without = await gateway.status({ ...question, token: false });
    if (without !== 401) {
      return fail(`a request without a token is answered with ${without}, not 401`, {
        cause:
          'everybody who reaches the Service can call every tool (docker/mcp-gateway before v0.43.1 ignores the token)',
        remedies: ['use a gateway.image of v0.43.1 or newer, or gateway.engine: mcpk', 'then mcpk deploy'],
      });
    }
    const withToken = await gateway.status({ ...question, token: true });
    if (withToken === 401 || withToken === 403) {
      return fail(`a request with the token is refused (${withToken})`, {
        cause: `the gateway does not know the token of ${place.tokenIn}: it was changed after the gateway started`,
        remedies: [place.restartGateway],
      });
    }
    return pass('401 without');
  },
};

const enabled: AppCheck<CommonPorts> = {
  id: 'gateway.log.enabled',
  category: 'gateway',
  title: 'the gateway knows the servers of mcpk.yaml',
  severity: 'warning',
  scope: 'app',
  needs: ['gateway.ready'],
  retry: false,
  run: (ports, target) =>
    withLog(ports, (log) => {
      if (!log.enabled) return skip('the log no longer has the line');
      const wanted = target.app.servers.map(({ name }) => name);
      const missing = wanted.filter((name) => !log.enabled?.includes(name));
      const extra = log.enabled.filter((name) => !wanted.includes(name));
      if (missing.length === 0 && extra.length === 0) return pass(`${wanted.length} servers`);
      const parts = [
        missing.length > 0 && `missing: ${missing.join(', ')}`,
        extra.length > 0 && `not in mcpk.yaml: ${extra.join(', ')}`,
      ];
      return fail(parts.filter(Boolean).join('; '), {
        cause: `mcpk.yaml changed after the last ${ports.place.apply}`,
        remedies: [ports.place.apply],
      });
    }),
};

const listed: ServerCheck<CommonPorts> = {
  id: 'gateway.log.listed',
  category: 'gateway',
  title: "the gateway listed the server's tools",
  severity: 'error',
  scope: 'server',
  needs: ['mcp.server.tools', 'gateway.ready'],
  retry: true,
  run: (ports, { server }) =>
    withLog(ports, (log) => {
      const said = log.servers.get(server.name);
      if (said && 'tools' in said) return pass(`${said.tools} tools`);
      if (said) {
        return fail(said.error, {
          cause:
            causeInLog(said.error, server)?.cause ?? 'the server did not answer when the gateway asked; it does now',
          remedies: [ports.place.restartGateway],
        });
      }
      if (!log.listing) return skip('the log no longer has the lines');
      return fail('the gateway has not named it', {
        cause: 'it was added after the gateway started',
        remedies: [ports.place.apply],
      });
    }),
};

const errors: AppCheck<CommonPorts> = {
  id: 'gateway.log.errors',
  category: 'gateway',
  title: 'the gateway reports no server that it does not know',
  severity: 'error',
  scope: 'app',
  needs: ['gateway.ready'],
  retry: false,
  run: (ports) =>
    withLog(ports, (log) => {
      if (log.authDisabled)
        return fail('the gateway runs with authentication switched off', {
          remedies: [`${ports.place.apply} switches it on`],
        });
      if (log.unknown.length === 0) return pass();
      return fail(`not in its catalog: ${log.unknown.join(', ')}`, {
        cause: "the gateway's configuration names servers that its catalog lacks",
        remedies: [ports.place.apply],
      });
    }),
};

const initialized: AppCheck<CommonPorts> = {
  id: 'gateway.log.initialized',
  category: 'gateway',
  title: 'the gateway says that it has started',
  severity: 'error',
  scope: 'app',
  needs: ['gateway.ready'],
  retry: true,
  run: (ports) =>
    withLog(ports, (log) => {
      if (log.started)
        return pass(`${log.started.transport}${log.started.port === undefined ? '' : ` on port ${log.started.port}`}`);
      if (!log.listing) return skip('the log no longer has the line');
      return fail('no "Start ... server" line in its log', { cause: 'the gateway is still listing its servers' });
    }),
};

/** Reads what the gateway printed; every replica starts alike. */
export async function withLog({ output }: CommonPorts, judge: (log: GatewayLog) => Outcome): Promise<Outcome> {
  const text = await output.gateway();
  return text === undefined ? fail('the gateway has printed nothing') : judge(parseGatewayLog(text));
}

/** Those that every target has. */
export const commonGatewayChecks = [health, auth, enabled, listed, errors, initialized];

export const gatewayChecks = [ready, ...commonGatewayChecks];
