/** What a gateway says about itself in its log. docker/mcp-gateway's words; mcpk's gateway uses the same. */

/**
 * The one table of log patterns, as written by docker/mcp-gateway v0.43.3 (configuration.go, reload.go,
 * capabilitites.go, run.go). Fixtures: test/core/checks/fixtures.
 */
const GATEWAY_LOG_PATTERNS = {
  enabled: /^- Those servers are enabled: (.+)$/,
  noneEnabled: /^- No server is enabled$/,
  listing: /^- Listing MCP tools\.\.\.$/,
  listed: /^ {2}> ([^\s:]+): (?=\()(.*)$/,
  tools: /\((\d+) tools?\)/,
  cannotStart: /^ {2}> Can't (?:start|list tools) ([^\s:]+): (.*)$/,
  notFound: /^ {2}- MCP server not found: (\S+)$/,
  total: /^> (\d+) tools listed in (\S+)$/,
  initialized: /^> Initialized in (\S+)$/,
  started: /^> Start (streaming|sse|stdio) server(?: on port (\d+))?$/,
  tokenPrinted: /^> Use Bearer token: /,
  authDisabled: /^> Authentication disabled/,
} as const;

export interface GatewayLog {
  /** Undefined: the line is not there (yet). */
  enabled?: string[];
  listing: boolean;
  /** The last word on each server. */
  servers: Map<string, { tools: number } | { error: string }>;
  /** Names in the gateway's own configuration that it does not know. */
  unknown: string[];
  totalTools?: number;
  listedMs?: number;
  initializedMs?: number;
  started?: { transport: string; port?: number };
  tokenPrinted: boolean;
  authDisabled: boolean;
}

export function parseGatewayLog(text: string): GatewayLog {
  const log: GatewayLog = { listing: false, servers: new Map(), unknown: [], tokenPrinted: false, authDisabled: false };
  for (const line of text.split('\n')) readLine(log, message(line));
  return log;
}

/** The line itself, or the message of a JSON log line. */
function message(line: string): string {
  const trimmed = line.trimEnd();
  if (!trimmed.startsWith('{')) return trimmed;
  try {
    const entry = JSON.parse(trimmed) as { msg?: unknown; message?: unknown };
    return String(entry.msg ?? entry.message ?? '');
  } catch {
    return trimmed;
  }
}

type Note = (log: GatewayLog, first: string, second: string) => Partial<GatewayLog>;

const P = GATEWAY_LOG_PATTERNS;

/** What each line adds; the first pattern that fits counts. */
const NOTES: [RegExp, Note][] = [
  [P.enabled, (_log, names) => ({ enabled: names.split(',').map((name) => name.trim()) })],
  [P.noneEnabled, () => ({ enabled: [] })],
  [P.listing, () => ({ listing: true })],
  [P.cannotStart, ({ servers }, server, error) => ({ servers: servers.set(server, { error }) })],
  [
    P.listed,
    ({ servers }, server, counts) => ({
      servers: servers.set(server, { tools: Number(P.tools.exec(counts)?.[1] ?? 0) }),
    }),
  ],
  [P.notFound, ({ unknown }, server) => ({ unknown: [...unknown, server] })],
  [P.total, (_log, tools, took) => ({ totalTools: Number(tools), listedMs: parseGoDuration(took) })],
  [P.initialized, (_log, took) => ({ initializedMs: parseGoDuration(took) })],
  [P.started, (_log, transport, port) => ({ started: { transport, ...(port !== '' && { port: Number(port) }) } })],
  [P.tokenPrinted, () => ({ tokenPrinted: true })],
  [P.authDisabled, () => ({ authDisabled: true })],
];

function readLine(log: GatewayLog, line: string): void {
  for (const [pattern, note] of NOTES) {
    const match = pattern.exec(line);
    if (!match) continue;
    Object.assign(log, note(log, match[1] ?? '', match[2] ?? ''));
    return;
  }
}

const UNIT_MS: Record<string, number> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** Milliseconds of what Go prints for a time.Duration: `718ms`, `1.02s`, `1m30.2s`. NaN for anything else. */
export function parseGoDuration(text: string): number {
  if (!/^(?:\d+(?:\.\d+)?(?:ns|us|µs|μs|ms|s|m|h))+$/.test(text)) return text === '0' ? 0 : Number.NaN;
  let total = 0;
  for (const [, amount, unit] of text.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|μs|ms|s|m|h)/g)) {
    total += Number(amount) * (UNIT_MS[unit ?? ''] ?? Number.NaN);
  }
  return total;
}
