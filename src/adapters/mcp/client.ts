import type { Duplex } from 'node:stream';
import type { Client } from '@modelcontextprotocol/sdk/client/index.js';
import type { Transport } from '@modelcontextprotocol/sdk/shared/transport.js';
import { type CallOptions, McpFailure, type McpSession } from '../../core/checks/ports.ts';
import { DuplexTransport } from './duplex-transport.ts';
import { type Dial, tunnelFetch } from './tunnel-fetch.ts';

const CLIENT = { name: 'mcpk-verify', version: '1' };
/** A server that hands out cursors for ever must not keep us. */
const MAX_PAGES = 1_000;
const RPC_CONNECTION_CLOSED = -32000;
const RPC_TIMEOUT = -32001;

/** What the SDK knows of its transport does not reach its errors. */
interface Knows {
  stray?: string | undefined;
  fault?: Error | undefined;
}

/** Starts a session over a byte stream, as MCP frames it on stdio. @throws McpFailure */
export async function connectOverStream(stream: Duplex, options: CallOptions): Promise<McpSession> {
  const transport = new DuplexTransport(stream);
  return connect(transport, transport, options, async () => {});
}

export interface HttpTarget {
  url: URL;
  token?: string;
  dial: Dial;
}

/** Starts a session over Streamable HTTP. @throws McpFailure */
export async function connectOverHttp({ url, token, dial }: HttpTarget, options: CallOptions): Promise<McpSession> {
  const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/sdk/client/streamableHttp.js');
  const lifetime = new AbortController();
  const transport = new StreamableHTTPClientTransport(url, {
    fetch: tunnelFetch(dial, lifetime.signal),
    ...(token !== undefined && { requestInit: { headers: { authorization: `Bearer ${token}` } } }),
    reconnectionOptions: {
      maxRetries: 0,
      initialReconnectionDelay: 1,
      maxReconnectionDelay: 1,
      reconnectionDelayGrowFactor: 1,
    },
  });
  // Clients that leave without a word fill a gateway with sessions; a gateway that does not answer this is left alone.
  const goodbye = async () => {
    const patience = AbortSignal.timeout(2_000);
    const patient = new Promise<void>((resolve) => patience.addEventListener('abort', () => resolve(), { once: true }));
    await Promise.race([transport.terminateSession().catch(() => {}), patient]);
    lifetime.abort();
  };
  // The SDK's own declaration does not meet exactOptionalPropertyTypes.
  return connect(transport as Transport, {}, options, goodbye);
}

async function connect(
  transport: Transport,
  knows: Knows,
  options: CallOptions,
  goodbye: () => Promise<void>,
): Promise<McpSession> {
  const { Client } = await import('@modelcontextprotocol/sdk/client/index.js');
  const client = new Client(CLIENT);
  const close = async () => {
    await goodbye();
    await client.close().catch(() => {});
  };
  const started = performance.now();
  try {
    await client.connect(transport, requestOptions(options));
  } catch (error) {
    await close();
    throw failure(error, knows, options);
  }
  const { name, version } = client.getServerVersion() ?? { name: 'unnamed', version: '' };
  return {
    server: { name, version },
    protocolVersion: (transport as { protocolVersion?: string }).protocolVersion ?? 'unknown',
    connectMs: performance.now() - started,
    listTools: (call) => guarded(knows, call, () => listTools(client, call)),
    callTool: (tool, args, call) => guarded(knows, call, () => callTool(client, tool, args, call)),
    close,
  };
}

/** The SDK never takes its listeners off a signal: give it one that dies with the call. */
function requestOptions({ timeoutMs, signal }: CallOptions) {
  return { timeout: timeoutMs, signal: AbortSignal.any([signal]) };
}

async function listTools(client: Client, options: CallOptions): Promise<string[]> {
  const { ListToolsResultSchema } = await import('@modelcontextprotocol/sdk/types.js');
  const names: string[] = [];
  const seen = new Set<string>();
  let cursor: string | undefined;
  for (let page = 0; page < MAX_PAGES; page++) {
    // Not client.listTools: it compiles a validator for every tool's output, which nobody here needs.
    const result = await client.request(
      { method: 'tools/list', params: cursor === undefined ? {} : { cursor } },
      ListToolsResultSchema,
      requestOptions(options),
    );
    names.push(...result.tools.map(({ name }) => name));
    cursor = result.nextCursor;
    if (cursor === undefined) return names;
    if (seen.has(cursor)) break;
    seen.add(cursor);
  }
  throw new McpFailure('invalid', 'tools/list never ends: the same cursor comes again');
}

async function callTool(
  client: Client,
  name: string,
  args: Record<string, unknown>,
  { timeoutMs, signal }: CallOptions,
) {
  const { CallToolResultSchema } = await import('@modelcontextprotocol/sdk/types.js');
  const result = await client.request(
    { method: 'tools/call', params: { name, arguments: args } },
    CallToolResultSchema,
    { timeout: timeoutMs, signal },
  );
  const text = result.content.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('\n');
  return { isError: result.isError === true, text };
}

async function guarded<T>(knows: Knows, options: CallOptions, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw failure(error, knows, options);
  }
}

/** Whatever the SDK throws, in our words. Errors of the tunnel pass as they are. */
function failure(error: unknown, { stray, fault }: Knows, { signal }: CallOptions): unknown {
  if (signal.aborted) return signal.reason;
  if (error instanceof McpFailure) return error;
  if (fault) return fault;
  const { code, data, message, name } = error as { code?: unknown; data?: unknown; message: string; name?: string };
  if (name === 'McpError' && typeof code === 'number') return rpcFailure(code, message, data, stray);
  // StreamableHTTPError carries the HTTP status as its code.
  if (typeof code === 'number')
    return new McpFailure('http', `the gateway answers with HTTP status ${code}`, { status: code });
  if (name === 'ZodError' || error instanceof SyntaxError)
    return new McpFailure('invalid', 'the answer is not valid MCP');
  return error;
}

/** The SDK uses codes for its own events that servers use too; only its fixed texts tell them apart. */
function rpcFailure(code: number, message: string, data: unknown, stray: string | undefined): McpFailure {
  const said = message.replace(/^MCP error -?\d+: /, '');
  if (code === RPC_CONNECTION_CLOSED && said === 'Connection closed') {
    if (stray !== undefined) return new McpFailure('invalid', `it writes other text than MCP and hangs up: ${stray}`);
    return new McpFailure('closed', 'the connection was closed without an answer');
  }
  if (code === RPC_TIMEOUT && (said === 'Request timed out' || said === 'Maximum total timeout exceeded')) {
    if (stray !== undefined) return new McpFailure('invalid', `it writes other text than MCP: ${stray}`);
    return new McpFailure('timeout', 'no answer in time');
  }
  return new McpFailure('rpc', said, { code, data });
}
