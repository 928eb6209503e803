import { type AppCheck, fail, type Outcome, pass, type ServerCheck, type ServerTarget, skip } from './check.ts';
import { type CommonPorts, McpFailure, type McpSession } from './ports.ts';
import { type Cause, causeInError, diagnoseServer, failBecause, hidden, isStartFault } from './why.ts';

/** How long one question to an MCP server may take. docker's bridge never closes when the server cannot start. */
const MCP_TIMEOUT_MS = 10_000;
/** While nobody answers, the log may already say why. */
const LOG_LOOK_MS = 1_500;

const initialize: ServerCheck<CommonPorts> = {
  id: 'mcp.server.initialize',
  category: 'server',
  title: 'the server answers initialize, asked directly',
  severity: 'error',
  scope: 'server',
  needs: ['workload.ready', 'security.exec-permission'],
  retry: true,
  run: async (ports, target) => {
    try {
      const session = await openUnlessDiagnosed(ports, target);
      if ('diagnosis' in session) return notAnswering(target, session, 'nobody answers');
      target.facts.sessions.set(target.server.name, session);
      return pass(introduction(session));
    } catch (error) {
      if (!(error instanceof McpFailure)) throw error;
      const told = causeInError(error, target.server) ?? (await diagnoseServer(ports, target));
      return told ? notAnswering(target, told, inWords(error)) : silent(ports, target, error);
    }
  },
};

/** Connects, and looks into the pod's log now and then: a start fault there ends the waiting. */
async function openUnlessDiagnosed(ports: CommonPorts, target: ServerTarget): Promise<McpSession | Cause> {
  const stop = new AbortController();
  const signal = AbortSignal.any([target.signal, stop.signal]);
  const opening = ports.mcp.server(target.server.name, { timeoutMs: MCP_TIMEOUT_MS, signal });
  const diagnosed = new Promise<Cause>((resolve, reject) => {
    watchLog(ports, target, signal).then((cause) => cause && resolve(cause), reject);
  });
  // Either may lose the race and fail later, when nobody listens any more.
  opening.catch(() => {});
  diagnosed.catch(() => {});
  try {
    return await Promise.race([opening, diagnosed]);
  } finally {
    stop.abort();
  }
}

/** Undefined when the waiting ended first. */
async function watchLog(ports: CommonPorts, target: ServerTarget, signal: AbortSignal): Promise<Cause | undefined> {
  for (;;) {
    await ports.clock.sleep(LOG_LOOK_MS, signal).catch(() => {});
    if (signal.aborted) return undefined;
    const cause = await diagnoseServer(ports, target);
    if (cause && isStartFault(cause.diagnosis)) return cause;
  }
}

function notAnswering({ app }: ServerTarget, cause: Cause, message: string): Outcome {
  const why = [cause.cause, isStartFault(cause.diagnosis) ? hidden(app) : ''].filter(Boolean).join('; ');
  return failBecause(message, { ...cause, cause: why });
}

function silent({ place }: CommonPorts, { server }: ServerTarget, error: McpFailure): Outcome {
  const causes: Record<McpFailure['kind'], string> = {
    timeout:
      'the server runs but does not answer: it may wait for something that it cannot reach, or not speak MCP on stdio',
    closed: 'the server ended before it answered',
    refused: place.refused,
    rpc: 'the server refuses to start a session',
    http: 'the server answers HTTP where newline-delimited JSON is expected',
    invalid: 'the server writes something else than MCP to its standard output',
  };
  return fail(inWords(error), {
    cause: causes[error.kind],
    remedies: [place.serverOutput(server.name), `try its command line by hand: ${server.argv.join(' ')}`],
  });
}

/** Some servers have no version. */
function introduction({ server, protocolVersion }: McpSession): string {
  return `${[server.name, server.version].filter(Boolean).join(' ')}, protocol ${protocolVersion}`;
}

function inWords(error: McpFailure): string {
  return error.kind === 'timeout' ? `no answer within ${MCP_TIMEOUT_MS / 1000} s` : error.message;
}

const tools: ServerCheck<CommonPorts> = {
  id: 'mcp.server.tools',
  category: 'server',
  title: 'the server lists its tools, asked directly',
  severity: 'error',
  scope: 'server',
  needs: ['mcp.server.initialize'],
  retry: false,
  run: async (_ports, { server, facts, signal }) => {
    const session = facts.sessions.get(server.name);
    if (!session) return skip('there is no session', `mcp.server.initialize[${server.name}]`);
    try {
      const found = await session.listTools({ timeoutMs: MCP_TIMEOUT_MS, signal });
      facts.tools.set(server.name, found);
      const missing = server.expect.tools.filter((tool) => !found.includes(tool));
      if (missing.length > 0) {
        return fail(`missing: ${missing.join(', ')}`, {
          tools: found,
          cause: `the server has ${found.length} tools: ${shown(found)}`,
          remedies: [`correct servers.${server.name}.verify.tools`, 'or use the image version that has them'],
        });
      }
      if (found.length === 0)
        return fail('no tools', { cause: 'the server lists none: it may need a secret or an argument first' });
      return pass(`${found.length} tools`, { tools: found });
    } catch (error) {
      if (error instanceof McpFailure)
        return fail(inWords(error), { cause: 'the server answers initialize, but not tools/list' });
      throw error;
    }
  },
};

const gatewayInitialize: AppCheck<CommonPorts> = {
  id: 'mcp.gateway.initialize',
  category: 'mcp',
  title: 'the gateway answers initialize with the token',
  severity: 'error',
  scope: 'app',
  needs: ['gateway.ready', 'security.token'],
  retry: true,
  run: async (ports, { facts, signal }) => {
    try {
      const session = await ports.mcp.gateway({ timeoutMs: MCP_TIMEOUT_MS, signal });
      facts.gatewaySession = session;
      facts.gatewayTools = await session.listTools({ timeoutMs: MCP_TIMEOUT_MS, signal });
      return pass(
        `${session.server.name} ${session.server.version}, protocol ${session.protocolVersion}, ${facts.gatewayTools.length} tools`,
      );
    } catch (error) {
      if (!(error instanceof McpFailure)) throw error;
      return fail(inWords(error), {
        ...(error.details.status === 401 && {
          cause: `the gateway does not know the token of ${ports.place.tokenIn}: it was changed after the gateway started`,
          remedies: [ports.place.restartGateway],
        }),
      });
    }
  },
};

const gatewayTools: ServerCheck<CommonPorts> = {
  id: 'mcp.gateway.tools',
  category: 'mcp',
  title: "the gateway serves the server's tools",
  severity: 'error',
  scope: 'server',
  needs: ['mcp.server.tools', 'mcp.gateway.initialize'],
  retry: true,
  run: async ({ place }, { server, facts, signal }) => {
    // Where the server itself is not asked (--skip), what mcpk.yaml expects still counts.
    const direct = facts.tools.get(server.name);
    const wanted = direct ?? server.expect.tools;
    const session = facts.gatewaySession;
    if (wanted.length === 0 || !session) return skip('there is nothing to compare');
    const missingIn = (served: string[]) => wanted.filter((tool) => !servedName(tool, server.name, served));
    if (missingIn(facts.gatewayTools ?? []).length > 0) facts.gatewayTools = await relist(session, signal);
    const missing = missingIn(facts.gatewayTools ?? []);
    if (missing.length === 0) return pass(`${wanted.length} of ${wanted.length}`);
    return fail(`missing: ${shown(missing)}`, {
      cause: direct
        ? 'the server has them, the gateway does not serve them: it asked the server while it was down, or knows it by another name'
        : `servers.${server.name}.verify.tools expects them`,
      remedies: [place.restartGateway],
    });
  },
};

async function relist(session: McpSession, signal: AbortSignal): Promise<string[]> {
  try {
    return await session.listTools({ timeoutMs: MCP_TIMEOUT_MS, signal });
  } catch (error) {
    if (error instanceof McpFailure) return [];
    throw error;
  }
}

/** A gateway may put the server's name before a tool's, always or only where two servers have a tool of that name. */
function servedName(tool: string, server: string, served: readonly string[]): string | undefined {
  return [`${server}__${tool}`, tool].find((name) => served.includes(name));
}

const call: ServerCheck<CommonPorts> = {
  id: 'mcp.gateway.call',
  category: 'mcp',
  title: 'the declared tool call succeeds through the gateway',
  severity: 'error',
  scope: 'server',
  needs: ['mcp.gateway.tools'],
  retry: false,
  applies: (_app, server) => server.expect.call !== undefined,
  run: async (_ports, { server, facts, signal }) => {
    const wanted = server.expect.call;
    const session = facts.gatewaySession;
    if (!wanted || !session) return skip('there is nothing to call');
    const name = servedName(wanted.tool, server.name, facts.gatewayTools ?? []);
    if (!name)
      return fail(`the gateway has no tool ${wanted.tool}`, {
        remedies: [`correct servers.${server.name}.verify.call.tool`],
      });
    try {
      const { isError, text } = await session.callTool(name, wanted.arguments, { timeoutMs: MCP_TIMEOUT_MS, signal });
      if (!isError) return pass(wanted.tool);
      return fail(`${wanted.tool} answers with an error`, {
        cause: firstLine(text),
        remedies: [`check servers.${server.name}.verify.call.arguments`],
      });
    } catch (error) {
      if (error instanceof McpFailure) return fail(`${wanted.tool}: ${inWords(error)}`);
      throw error;
    }
  },
};

function firstLine(text: string): string {
  return (text.trim().split('\n')[0] ?? '').slice(0, 300);
}

function shown(list: readonly string[]): string {
  return list.length > 8 ? `${list.slice(0, 8).join(', ')} and ${list.length - 8} more` : list.join(', ');
}

export const mcpChecks = [initialize, tools, gatewayInitialize, gatewayTools, call];
