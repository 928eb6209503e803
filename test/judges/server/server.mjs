// The server that the conformance tool judges: directly over HTTP, and over stdio behind our bridge and gateway.
//   node server.mjs --stdio
//   node server.mjs --http PORT
import { randomUUID } from 'node:crypto';
import { createServer } from 'node:http';
import { hostHeaderValidation, NodeStreamableHTTPServerTransport, toNodeHandler } from '@modelcontextprotocol/node';
import { createMcpHandler, isInitializeRequest, isLegacyRequest, Server } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { askingTools } from './asking-tools.mjs';
import { servePrompts } from './prompts.mjs';
import { serveResources } from './resources.mjs';
import { requestState, roundTools } from './rounds.mjs';
import { SCHEMAS } from './schemas.mjs';
import { plainTools } from './tools.mjs';

const TOOLS = { ...plainTools, ...askingTools, ...roundTools };
const CAPABILITIES = {
  tools: { listChanged: true },
  prompts: { listChanged: true },
  resources: { listChanged: true, subscribe: true },
  completions: {},
  logging: {},
};
const HINT = { ttlMs: 0, cacheScope: 'private' };
const CACHED = ['tools/list', 'prompts/list', 'resources/list', 'resources/templates/list', 'resources/read'];

/** `changes` tells clients what changed; over stdio the server itself does. */
function makeServer(changes) {
  const cacheHints = Object.fromEntries([...CACHED, 'server/discover'].map((method) => [method, HINT]));
  const server = new Server(
    { name: 'mcpk-judges', version: '1.0.0' },
    { capabilities: CAPABILITIES, cacheHints, requestState, instructions: 'For tests only.' },
  );
  const told = changes ?? {
    toolsChanged: () => server.sendToolListChanged(),
    promptsChanged: () => server.sendPromptListChanged(),
    resourceUpdated: (uri) => server.sendResourceUpdated({ uri }),
  };
  server.setRequestHandler('tools/list', () => ({
    tools: Object.keys(TOOLS).map((name) => ({
      name,
      description: `The tool ${name}`,
      inputSchema: SCHEMAS[name] ?? { type: 'object', properties: {} },
    })),
  }));
  server.setRequestHandler('tools/call', ({ params }, ctx) => {
    const tool = TOOLS[params.name];
    if (tool === undefined) throw new Error(`unknown tool: ${params.name}`);
    return tool(params.arguments ?? {}, ctx, told);
  });
  servePrompts(server);
  serveResources(server, new Set());
  return server;
}

async function readBody(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return chunks.length === 0 ? undefined : JSON.parse(Buffer.concat(chunks).toString());
}

/** Both eras on one endpoint, as the SDK's documentation shows it. */
function serveHttp(port) {
  const modern = createMcpHandler(() => makeServer(modern.notify), { legacy: 'reject' });
  const serveModern = toNodeHandler(modern);
  const sessions = new Map();
  const isLocal = hostHeaderValidation(['localhost', '127.0.0.1', '[::1]']);

  async function serveLegacy(request, response, body) {
    const known = sessions.get(request.headers['mcp-session-id']);
    if (known !== undefined) return known.handleRequest(request, response, body);
    if (!isInitializeRequest(body)) return response.writeHead(request.headers['mcp-session-id'] ? 404 : 400).end();
    const transport = new NodeStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      onsessioninitialized: (id) => sessions.set(id, transport),
    });
    await makeServer().connect(transport);
    return transport.handleRequest(request, response, body);
  }

  createServer(async (request, response) => {
    if (!isLocal(request, response)) return;
    const body = request.method === 'POST' ? await readBody(request) : undefined;
    const headers = new Headers(Object.entries(request.headers).map(([key, value]) => [key, String(value)]));
    const probe = new Request(`http://localhost${request.url}`, { method: request.method, headers });
    if (await isLegacyRequest(probe, body)) await serveLegacy(request, response, body);
    else await serveModern(request, response, body);
  }).listen(port, '127.0.0.1', function listening() {
    process.stderr.write(`judges: listening on ${this.address().port}\n`);
  });
}

const [mode, port] = process.argv.slice(2);
if (mode === '--http') serveHttp(Number(port ?? 0));
else serveStdio(() => makeServer());
