import { request } from 'node:http';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { featureServer, type Gateway, Lab, post, until } from './helpers/processes.ts';

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.end());

const REVISION = '2026-07-28';
const KEY = 'io.modelcontextprotocol/';

async function start(names = ['one']): Promise<Gateway> {
  const servers = Object.fromEntries(names.map((name) => [name, { command: [...featureServer, name] }]));
  const gateway = await lab.gateway({ servers });
  await gateway.program.logged(/Initialized in/);
  return gateway;
}

type Json = Record<string, unknown>;

function meta(capabilities: object = {}): Json {
  return { [`${KEY}protocolVersion`]: REVISION, [`${KEY}clientCapabilities`]: capabilities };
}

function headersOf(method: string, params: Json): Record<string, string> {
  const name = params.name ?? params.uri;
  return {
    'mcp-protocol-version': REVISION,
    'mcp-method': method,
    ...(typeof name === 'string' ? { 'mcp-name': name } : {}),
  };
}

interface Answer {
  status: number;
  body: { id: unknown; result: Json; error: { code: number; message: string; data: Json } };
  /** What came before the answer. */
  before: Json[];
}

async function ask(
  gateway: Gateway,
  method: string,
  params: Json = {},
  options: { meta?: Json; headers?: Record<string, string> } = {},
): Promise<Answer> {
  const body = { jsonrpc: '2.0', id: 7, method, params: { ...params, _meta: options.meta ?? meta() } };
  const response = await post(gateway.url, JSON.stringify(body), { ...headersOf(method, params), ...options.headers });
  const text = await response.text();
  const isStream = response.headers.get('content-type') === 'text/event-stream';
  const messages = isStream ? [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => data as string) : [text];
  const parsed = messages.map((message) => JSON.parse(message));
  return { status: response.status, body: parsed.at(-1), before: parsed.slice(0, -1) };
}

async function call(gateway: Gateway, name: string, args: Json = {}, options: { meta?: Json } = {}): Promise<Answer> {
  return ask(gateway, 'tools/call', { name, arguments: args }, options);
}

function textOf({ body }: Answer): string {
  return (body.result.content as Array<{ text: string }>)[0]?.text as string;
}

describe('a stateless client of older servers', () => {
  it('discovers, lists, calls, reads, without a session', async () => {
    const gateway = await start(['one', 'two']);
    const { result } = (await ask(gateway, 'server/discover')).body;
    expect(result).toMatchObject({ resultType: 'complete', cacheScope: 'private' });
    expect(result.supportedVersions).toContain(REVISION);
    expect(result.capabilities).toMatchObject({ tools: { listChanged: true }, resources: { subscribe: true } });
    const { tools, ttlMs } = (await ask(gateway, 'tools/list')).body.result;
    expect((tools as Json[]).map(({ name }) => name)).toContain('two__echo');
    expect(ttlMs).toBeGreaterThanOrEqual(0);
    const called = await call(gateway, 'two__echo', { n: 1 });
    expect(called.body).toMatchObject({ id: 7, result: { resultType: 'complete' } });
    expect(textOf(called)).toContain('"name":"two"');
    const read = (await ask(gateway, 'resources/read', { uri: 'one://own' })).body.result;
    expect(read).toMatchObject({ resultType: 'complete', ttlMs: 0, cacheScope: 'private' });
    const gone = (await ask(gateway, 'resources/read', { uri: 'nowhere://x' })).body.error;
    expect(gone).toMatchObject({ code: -32602, data: { uri: 'nowhere://x' } });
    expect((await gateway.get('/metrics').then((r) => r.text())).includes('sessions_total 0\n')).toBe(true);
  });

  it('shares one process with other clients as long as nothing is asked of it', async () => {
    const gateway = await start();
    const pids = await Promise.all([1, 2, 3, 4].map(async () => textOf(await call(gateway, 'pid'))));
    expect(new Set(pids).size).toBe(1);
  });

  it('gets its progress', async () => {
    const answer = await call(await start(), 'steps', {}, { meta: { ...meta(), progressToken: 'mine' } });
    const progress = answer.before.map(({ params }) => params);
    expect(progress).toEqual([1, 2, 3].map((n) => ({ progressToken: 'mine', progress: n, total: 3 })));
  });

  it('gets log messages only if it asks for them', async () => {
    const gateway = await start();
    expect((await call(gateway, 'log')).before).toEqual([]);
    const { before } = await call(gateway, 'log', {}, { meta: { ...meta(), [`${KEY}logLevel`]: 'warning' } });
    expect(before.map(({ params }) => (params as Json).data)).toEqual(['warning of one']);
    // Nor because somebody else asked before on a connection that is used again.
    const able = meta({ elicitation: {} });
    const loud = await call(gateway, 'log', {}, { meta: { ...able, [`${KEY}logLevel`]: 'debug' } });
    expect(loud.before).toHaveLength(2);
    expect((await call(gateway, 'log', {}, { meta: able })).before).toEqual([]);
  });

  it('cancels by going away', async () => {
    const gateway = await start();
    const params = { name: 'wait', arguments: {}, _meta: meta() };
    const going = request(gateway.url, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headersOf('tools/call', params) },
    });
    going.on('error', () => {});
    going.end(JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }));
    await gateway.program.logged(/\[one\] waiting/);
    going.destroy();
    await gateway.program.logged(/\[one\] wait was cancelled/);
  });
});

describe('what an older server asks of a stateless client', () => {
  it('comes as input_required, and the answers go with the next request', async () => {
    const gateway = await start();
    const able = { meta: meta({ elicitation: { form: {} } }) };
    const first = (await call(gateway, 'ask_person', {}, able)).body.result;
    expect(first).toMatchObject({ resultType: 'input_required', requestState: expect.any(String) });
    const [[key, question]] = Object.entries(first.inputRequests as Json) as [[string, Json]];
    expect(question).toMatchObject({ method: 'elicitation/create', params: { message: 'Which color?' } });
    const again = {
      name: 'ask_person',
      arguments: {},
      requestState: first.requestState,
      inputResponses: { [key]: { action: 'accept', content: { color: 'blue' } } },
    };
    const second = await ask(gateway, 'tools/call', again, able);
    expect(second.body.result.resultType).toBe('complete');
    expect(textOf(second)).toContain('blue');
    // A state is good for once.
    expect((await ask(gateway, 'tools/call', again, able)).body.error.code).toBe(-32602);
  });

  it('gathers questions that are asked at once, and asks again for what is missing', async () => {
    const gateway = await start();
    const able = { meta: meta({ elicitation: { form: {} }, sampling: {} }) };
    const first = (await call(gateway, 'ask_both', {}, able)).body.result;
    const keys = Object.keys(first.inputRequests as Json);
    expect(keys).toHaveLength(2);
    const params = { name: 'ask_both', arguments: {} };
    const sampled = { role: 'assistant', model: 'm', content: { type: 'text', text: 'well' } };
    const sampling = keys.find((key) => key.startsWith('sampling')) as string;
    const second = (
      await ask(
        gateway,
        'tools/call',
        { ...params, requestState: first.requestState, inputResponses: { [sampling]: sampled } },
        able,
      )
    ).body.result;
    expect(Object.keys(second.inputRequests as Json)).toEqual(keys.filter((key) => key !== sampling));
    const [last] = Object.keys(second.inputRequests as Json) as [string];
    const inputResponses = { [last]: { action: 'decline' } };
    const third = await ask(
      gateway,
      'tools/call',
      { ...params, requestState: second.requestState, inputResponses },
      able,
    );
    expect(textOf(third)).toContain('well');
  });

  it('is not asked without the capability', async () => {
    const answer = await call(await start(), 'ask_person');
    expect(answer.body.error.message).toMatch(/elicitation/);
  });
});

describe('subscriptions/listen', () => {
  /** Opens a stream and collects what comes. */
  async function listen(gateway: Gateway, id: string, params: Json) {
    const body = JSON.stringify({ jsonrpc: '2.0', id, method: 'subscriptions/listen', params });
    const response = await post(gateway.url, body, headersOf('subscriptions/listen', params));
    let text = '';
    const reading = (async () => {
      for await (const chunk of response.body as unknown as AsyncIterable<Uint8Array>) text += Buffer.from(chunk);
    })();
    return {
      reading,
      messages: () => [...text.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data as string)),
    };
  }

  it('acknowledges first, then tells what was asked for and nothing else', async () => {
    const gateway = await start();
    const params = {
      notifications: { toolsListChanged: true, resourceSubscriptions: ['one://own', 'nowhere://x'] },
      _meta: meta(),
    };
    const { reading, messages } = await listen(gateway, 'sub', params);
    const other = await listen(gateway, 'other', { notifications: { promptsListChanged: true }, _meta: meta() });
    await until('the acknowledgement', () => messages().length > 0);
    expect(messages()[0]).toMatchObject({
      method: 'notifications/subscriptions/acknowledged',
      params: { _meta: { [`${KEY}subscriptionId`]: 'sub' }, notifications: { toolsListChanged: true } },
    });
    const seen = (method: string) => messages().some((message) => message.method === method);
    await until('the update', async () => {
      await call(gateway, 'touch', { uri: 'one://own' });
      return seen('notifications/resources/updated');
    });
    await call(gateway, 'add_tool');
    await until('the change', () => seen('notifications/tools/list_changed'));
    expect(messages().every(({ params: told }) => told._meta[`${KEY}subscriptionId`] === 'sub')).toBe(true);
    gateway.program.child.kill('SIGTERM');
    await Promise.all([reading, other.reading]);
    expect(other.messages().map(({ method }) => method ?? 'result')).toEqual([
      'notifications/subscriptions/acknowledged',
      'result',
    ]);
    expect(messages().at(-1)).toMatchObject({ id: 'sub', result: { resultType: 'complete' } });
    expect(await gateway.program.exited).toBe(0);
  });

  it('wants a filter', async () => {
    expect((await ask(await start(), 'subscriptions/listen')).body.error.code).toBe(-32602);
  });
});

describe('a request that is not as it must be', () => {
  it.each([
    ['without capabilities', { meta: { [`${KEY}protocolVersion`]: REVISION } }, 400, -32602],
    ['without a revision in the body', { meta: { [`${KEY}clientCapabilities`]: {} } }, 400, -32602],
    ['of another revision in the header', { headers: { 'mcp-protocol-version': '2099-01-01' } }, 400, -32020],
    ['of another method in the header', { headers: { 'mcp-method': 'tools/list' } }, 400, -32020],
    ['of another name in the header', { headers: { 'mcp-name': 'other' } }, 400, -32020],
    ['with a name that cannot be decoded', { headers: { 'mcp-name': '=?base64?%%?=' } }, 400, -32020],
    [
      'of an unknown revision',
      {
        meta: { ...meta(), [`${KEY}protocolVersion`]: '2099-01-01' },
        headers: { 'mcp-protocol-version': '2099-01-01' },
      },
      400,
      -32022,
    ],
  ])('is refused: %s', async (_, options, status, code) => {
    const gateway = await lab.gateway({ servers: {} });
    const answer = await ask(gateway, 'tools/call', { name: 'x' }, options);
    expect([answer.status, answer.body.error.code, answer.body.id]).toEqual([status, code, 7]);
  });

  it('is not found where the revision has no such method', async () => {
    const gateway = await lab.gateway({ servers: {} });
    for (const method of ['initialize', 'ping', 'logging/setLevel', 'resources/subscribe', 'no/such']) {
      const answer = await ask(gateway, method);
      expect([answer.status, answer.body.error.code]).toEqual([404, -32601]);
    }
  });

  it('may encode its name', async () => {
    const encoded = `=?base64?${Buffer.from('echo').toString('base64')}?=`;
    const answer = await ask(await start(), 'tools/call', { name: 'echo' }, { headers: { 'mcp-name': encoded } });
    expect(answer.status).toBe(200);
  });
});
