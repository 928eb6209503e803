import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { bareNodeMs, initializeBody, Lab, post, until } from './helpers/processes.ts';
import { TcpMcpServer, type TcpServerOptions } from './helpers/tcp-server.ts';

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.end());

async function upstream(options: TcpServerOptions = {}): Promise<TcpMcpServer> {
  const server = await TcpMcpServer.start(options);
  lab.defer(() => server.stop());
  return server;
}

const tool = (name: string) => ({ name, inputSchema: { type: 'object' } });

/** Starts a session by hand and returns a function that posts messages in it. */
async function session(url: URL, version?: string) {
  const response = await post(url, initializeBody(version));
  const id = response.headers.get('mcp-session-id') as string;
  const send = (body: string, headers: Record<string, string> = {}) =>
    post(url, body, { 'mcp-session-id': id, ...headers });
  return { id, send, initialized: (await response.json()) as { result: { protocolVersion: string } } };
}

describe('sessions', () => {
  it('serves the official client: initialize, list, call', async () => {
    const time = await upstream();
    const gateway = await lab.gateway({ servers: { time: { tcp: time.address } } });
    const client = await gateway.client();
    expect(client.getServerVersion()?.name).toBe('mcpk-gateway');
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['hello']);
    const result = await client.callTool({ name: 'hello', arguments: {} });
    expect(result.content).toEqual([{ type: 'text', text: 'hello' }]);
    await client.ping();
  });

  it('negotiates the revision', async () => {
    const gateway = await lab.gateway({ servers: {} });
    expect((await session(gateway.url, '2025-03-26')).initialized.result.protocolVersion).toBe('2025-03-26');
    expect((await session(gateway.url, '1999-01-01')).initialized.result.protocolVersion).toBe('2025-11-25');
  });

  it('ends a session on DELETE and says 404 after', async () => {
    const gateway = await lab.gateway({ servers: {} });
    const { id, send } = await session(gateway.url);
    const ping = '{"jsonrpc":"2.0","id":2,"method":"ping"}';
    expect(await (await send(ping)).text()).toBe('{"jsonrpc":"2.0","id":2,"result":{}}');
    const ended = await fetch(gateway.url, { method: 'DELETE', headers: { 'mcp-session-id': id } });
    expect(ended.status).toBe(204);
    expect((await send(ping)).status).toBe(404);
  });

  it('gives each session a connection of its own, and closes it with the session', async () => {
    const server = await upstream();
    const gateway = await lab.gateway({ servers: { s: { tcp: server.address } } });
    await gateway.program.logged(/Initialized in/);
    const call = '{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"hello"}}';
    const [one, two] = [await session(gateway.url), await session(gateway.url)];
    await one.send(call);
    // The connection that listed the tools serves the first session.
    expect(server.connections).toBe(1);
    await two.send(call);
    await two.send(call);
    expect(server.connections).toBe(2);
    await fetch(gateway.url, { method: 'DELETE', headers: { 'mcp-session-id': two.id } });
    await until('the connection to close', () => server.openConnections === 1);
    await one.send(call);
    expect(server.connections).toBe(2);
  });

  it('refuses what is no proper request', async () => {
    const gateway = await lab.gateway({ servers: {} });
    const { send } = await session(gateway.url);
    const ping = '{"jsonrpc":"2.0","id":2,"method":"ping"}';
    const status = async (response: Promise<Response>) => (await response).status;
    expect(await status(send('{"jsonrpc":"2.0","method":"notifications/initialized"}'))).toBe(202);
    expect(await status(send('{nonsense'))).toBe(400);
    expect(await status(send(`[${ping}]`))).toBe(400);
    expect(await status(send(ping, { 'mcp-protocol-version': '1999-01-01' }))).toBe(400);
    expect(await status(send(ping, { 'content-type': 'text/plain' }))).toBe(415);
    expect(await status(post(gateway.url, ping))).toBe(400);
    expect(await status(fetch(gateway.url))).toBe(405);
    expect(await status(send(`{"id":1,"method":"ping","params":{"x":"${'x'.repeat(5 << 20)}"}}`))).toBe(413);
    const unknown = await send('{"jsonrpc":"2.0","id":"a","method":"tasks/list"}');
    expect(await unknown.json()).toMatchObject({ id: 'a', error: { code: -32601 } });
  });

  it('answers a batch in the one revision that has them', async () => {
    const gateway = await lab.gateway({ servers: {} });
    const { send } = await session(gateway.url, '2025-03-26');
    const ping = (id: number) => `{"jsonrpc":"2.0","id":${id},"method":"ping"}`;
    const response = await send(`[${ping(1)},{"jsonrpc":"2.0","method":"notifications/x"},${ping(2)}]`);
    expect(await response.json()).toEqual([
      { jsonrpc: '2.0', id: 1, result: {} },
      { jsonrpc: '2.0', id: 2, result: {} },
    ]);
  });
});

describe('tools', () => {
  it('follows every page of a server', async () => {
    const pages = [[tool('a')], [tool('b')], [tool('c'), tool('d')]];
    const server = await upstream({ pages });
    const gateway = await lab.gateway({ servers: { paged: { tcp: server.address } } });
    const client = await gateway.client();
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['a', 'b', 'c', 'd']);
    await gateway.program.logged(/^ {2}> paged: \(4 tools\)$/m);
  });

  it('prefixes the names that collide, and only those', async () => {
    const first = await upstream({ pages: [[tool('search'), tool('only')]] });
    const second = await upstream({ pages: [[tool('search')]] });
    const gateway = await lab.gateway({ servers: { a: { tcp: first.address }, b: { tcp: second.address } } });
    const client = await gateway.client();
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['a__search', 'only', 'b__search']);
    await client.callTool({ name: 'b__search', arguments: {} });
    expect(second.received.at(-1)?.params?.name).toBe('search');
    expect(first.received.some(({ method }) => method === 'tools/call')).toBe(false);
    await expect(client.callTool({ name: 'search' })).rejects.toThrow(/a__search or b__search/);
  });

  it('takes in a changed list', async () => {
    const server = await upstream();
    const gateway = await lab.gateway({ servers: { s: { tcp: server.address } } });
    const client = await gateway.client();
    await client.listTools();
    server.changeTools([[tool('fresh')]]);
    await until('the new tool', async () => (await client.listTools()).tools[0]?.name === 'fresh');
  });

  it('relays numbers and strings as they came', async () => {
    const callResult = '{"content":[],"structuredContent":{"big":18446744073709551615,"one":1.0,"s":"\\u00e9\\"}"}}';
    const schema = { name: 'hello', inputSchema: { type: 'object' } };
    const server = await upstream({ callResult, pages: [[schema]] });
    const gateway = await lab.gateway({ servers: { s: { tcp: server.address } } });
    await gateway.program.logged(/Initialized in/);
    const { send } = await session(gateway.url);
    const params = '{"name":"hello","arguments":{"n":12345678901234567890, "x":1.50}}';
    const response = await send(`{"jsonrpc":"2.0","id":99999999999999999999,"method":"tools/call","params":${params}}`);
    expect(await response.text()).toBe(`{"jsonrpc":"2.0","id":99999999999999999999,"result":${callResult}}`);
    expect(server.lines.at(-1)).toContain(params);
  });
});

describe('servers that fail', () => {
  it('is up at once with a dead server, and says which and why', async () => {
    const good = await upstream();
    const gateway = await lab.gateway({ servers: { good: { tcp: good.address }, dead: { tcp: '127.0.0.1:1' } } });
    expect(gateway.startMs - (await bareNodeMs())).toBeLessThan(1000);
    await gateway.program.logged(/Can't start dead: failed to connect: connect ECONNREFUSED/);
    const { status, servers } = await until('ready', async () => {
      const ready = await gateway.ready();
      return ready.status === 200 && ready;
    });
    expect(status).toBe(200);
    expect(servers).toMatchObject({ good: { state: 'ready', tools: 1 }, dead: { state: 'failed' } });
    expect((await (await gateway.client()).listTools()).tools).toHaveLength(1);
  });

  it('takes in a server that comes back, again and again', async () => {
    const first = await upstream();
    const { port } = first;
    await first.stop();
    const gateway = await lab.gateway({ servers: { late: { tcp: `127.0.0.1:${port}` } } });
    const state = async () => (await gateway.ready()).servers.late?.state;
    await until('failed', async () => (await state()) === 'failed');
    expect((await gateway.ready()).status).toBe(503);
    const second = await upstream({ port });
    await until('ready', async () => (await state()) === 'ready');
    const client = await gateway.client();
    await client.callTool({ name: 'hello' });
    await second.stop();
    await expect(client.callTool({ name: 'hello' })).rejects.toThrow(
      /server "late": .*ECONNREFUSED|server "late": the server closed/,
    );
    await until('failed', async () => (await state()) === 'failed');
    await upstream({ port });
    await until('ready', async () => (await state()) === 'ready');
    await client.callTool({ name: 'hello' });
  });

  it('does not wait for a server that accepts and never answers', async () => {
    const good = await upstream();
    const hole = await upstream({ silent: true });
    const gateway = await lab.gateway({
      servers: { hole: { tcp: hole.address }, good: { tcp: good.address } },
      timeouts: { initialize: 1 },
    });
    await gateway.program.logged(/ {2}> good: \(1 tools\)/);
    expect((await gateway.ready()).servers).toMatchObject({ hole: { state: 'connecting' }, good: { state: 'ready' } });
    expect((await gateway.ready()).status).toBe(200);
    await (await gateway.client()).callTool({ name: 'hello' });
    await gateway.program.logged(/Can't start hole: failed to connect: calling "initialize": no answer in 1s/);
  });
});

describe('errors of servers', () => {
  it("relays a server's error as it is", async () => {
    const server = await upstream({ callError: { code: -32042, message: 'not so', data: { why: 'x' } } });
    const gateway = await lab.gateway({ servers: { s: { tcp: server.address } } });
    await gateway.program.logged(/Initialized in/);
    const { send } = await session(gateway.url);
    const response = await send('{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"hello"}}');
    const error = { code: -32042, message: 'not so', data: { why: 'x' } };
    expect(await response.json()).toEqual({ jsonrpc: '2.0', id: 2, error });
  });

  it('answers when the server hangs up in the middle of a call', async () => {
    const server = await upstream({ hangUpOnCall: true });
    const gateway = await lab.gateway({ servers: { s: { tcp: server.address } } });
    const client = await gateway.client();
    await client.listTools();
    await expect(client.callTool({ name: 'hello' })).rejects.toThrow(/server "s": the server closed the connection/);
  });
});

describe('the process', () => {
  it("keeps the seed's log lines", async () => {
    const server = await upstream();
    const { program } = await lab.gateway({ servers: { a: { tcp: server.address }, b: { tcp: '127.0.0.1:1' } } });
    await program.logged(/^> Initialized in [\d.]+(ms|s)$/m);
    for (const line of [
      /^- Those servers are enabled: a, b$/m,
      /^- Listing MCP tools\.\.\.$/m,
      /^ {2}> a: \(1 tools\)$/m,
      /^ {2}> Can't start b: /m,
      /^> 1 tools listed in [\d.]+(ms|s)$/m,
      /^> Start streaming server on port \d+$/m,
    ]) {
      expect(program.stderr).toMatch(line);
    }
  });

  it('is ready and alive without any server, and counts', async () => {
    const gateway = await lab.gateway({ servers: {} });
    expect((await gateway.get('/health')).status).toBe(200);
    expect(await gateway.ready()).toEqual({ status: 200, ready: true, servers: {} });
    await session(gateway.url);
    const metrics = await (await gateway.get('/metrics')).text();
    expect(metrics).toContain('mcpk_gateway_requests_total{method="initialize",outcome="ok"} 1\n');
    expect(metrics).toContain('mcpk_gateway_sessions_open 1\n');
  });

  it('lets a request finish on SIGTERM', async () => {
    const hole = await upstream({ silent: true });
    const gateway = await lab.gateway({ servers: { hole: { tcp: hole.address } }, timeouts: { initialize: 2 } });
    const { send } = await session(gateway.url);
    // The list waits for the server that is still connecting.
    const listing = send('{"jsonrpc":"2.0","id":2,"method":"tools/list"}');
    await until('the request to be under way', async () =>
      (await gateway.get('/metrics')).text().then((t) => t.includes('requests_running 1\n')),
    );
    gateway.program.child.kill('SIGTERM');
    expect(await (await listing).json()).toEqual({ jsonrpc: '2.0', id: 2, result: { tools: [] } });
    expect(await gateway.program.exited).toBe(0);
  });

  it.each([
    ['{', /JSON/],
    ['{"servers":{}}', /auth must be/],
    ['{"auth":{"none":true},"servers":{"A":{"tcp":"x:1"}}}', /"A" is not a server name/],
    ['{"auth":{"none":true},"servers":{"a":{"url":"x"}}}', /servers\.a has an unknown key "url"/],
    ['{"auth":{"tokenFile":"/nonexistent"},"servers":{}}', /ENOENT/],
  ])('refuses the config %s in one line', async (config, message) => {
    const program = lab.gatewayProgram(config);
    expect(await program.exited).toBe(2);
    expect(program.stderr).toMatch(message);
    expect(program.stderr.trim().split('\n')).toHaveLength(1);
  });
});
