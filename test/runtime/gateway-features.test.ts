import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { SSEClientTransport } from '@modelcontextprotocol/sdk/client/sse.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import * as types from '@modelcontextprotocol/sdk/types.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { featureServer, type Gateway, initializeBody, Lab, post, until } from './helpers/processes.ts';

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.end());

const servers = { one: { command: [...featureServer, 'one'] }, two: { command: [...featureServer, 'two'] } };

async function start(names: Array<keyof typeof servers> = ['one'], options: object = {}): Promise<Gateway> {
  const chosen = Object.fromEntries(names.map((name) => [name, servers[name]]));
  const gateway = await lab.gateway({ servers: chosen, ...options });
  await gateway.program.logged(/Initialized in/);
  return gateway;
}

type Transport = Parameters<Client['connect']>[0];

/** The official client; `serve` gives it handlers before it connects. */
async function connect(
  gateway: Gateway,
  capabilities: types.ClientCapabilities = {},
  serve: (client: Client) => void = () => {},
  transport = new StreamableHTTPClientTransport(gateway.url) as Transport,
): Promise<Client> {
  const client = new Client({ name: 'test', version: '1' }, { capabilities });
  serve(client);
  lab.defer(() => client.close());
  await client.connect(transport);
  return client;
}

function textOf(result: unknown): string {
  return (result as { content: Array<{ text: string }> }).content[0]?.text as string;
}

describe('what a server asks of its client', () => {
  it('is carried to it and back: sampling, elicitation, roots', async () => {
    const gateway = await start();
    const capabilities = { sampling: {}, elicitation: { form: {} }, roots: {} };
    const client = await connect(gateway, capabilities, (made) => {
      made.setRequestHandler(types.CreateMessageRequestSchema, ({ params }) => ({
        model: 'm',
        role: 'assistant',
        content: { type: 'text', text: `${JSON.stringify(params.messages)} hi` },
      }));
      made.setRequestHandler(types.ElicitRequestSchema, () => ({ action: 'accept', content: { color: 'red' } }));
      made.setRequestHandler(types.ListRootsRequestSchema, () => ({ roots: [{ uri: 'file:///x' }] }));
    });
    expect(textOf(await client.callTool({ name: 'ask_model' }))).toMatch(/hello.* hi/);
    expect(JSON.parse(textOf(await client.callTool({ name: 'ask_person' })))).toEqual({
      action: 'accept',
      content: { color: 'red' },
    });
    expect(JSON.parse(textOf(await client.callTool({ name: 'ask_roots' })))).toEqual({ roots: [{ uri: 'file:///x' }] });
    expect(JSON.parse(textOf(await client.callTool({ name: 'client' })))).toEqual(capabilities);
  });

  it('is not asked of a client that cannot do it: the server is told so from the start', async () => {
    const client = await connect(await start());
    expect(JSON.parse(textOf(await client.callTool({ name: 'client' })))).toEqual({});
    await expect(client.callTool({ name: 'ask_model' })).rejects.toThrow(/sampling/);
  });

  it('passes on an error of the client', async () => {
    const client = await connect(await start(), { elicitation: {} }, (made) => {
      made.setRequestHandler(types.ElicitRequestSchema, () => {
        throw new types.McpError(-32042, 'nobody is at home');
      });
    });
    await expect(client.callTool({ name: 'ask_person' })).rejects.toThrow(/nobody is at home/);
  });

  it('does not count as time that the server took', async () => {
    const gateway = await start(['one'], { timeouts: { request: 1 } });
    const client = await connect(gateway, { elicitation: {} }, (made) => {
      made.setRequestHandler(types.ElicitRequestSchema, async () => {
        const due = performance.now() + 1500;
        await until('longer than the time limit', () => performance.now() > due);
        return { action: 'decline' };
      });
    });
    expect(textOf(await client.callTool({ name: 'ask_person' }))).toContain('decline');
    await expect(client.callTool({ name: 'wait' })).rejects.toThrow(/no answer in 1s/);
  });
});

describe('resources, prompts and completion', () => {
  it('are one list, and the names that collide get their server in front', async () => {
    const client = await connect(await start(['one', 'two']));
    const { resources } = await client.listResources();
    expect(resources.map(({ uri }) => uri)).toEqual([
      'mcp-one+shared://one',
      'one://own',
      'mcp-two+shared://one',
      'two://own',
    ]);
    const { prompts } = await client.listPrompts();
    expect(prompts.map(({ name }) => name)).toEqual(['one__greet', 'only_one', 'two__greet', 'only_two']);
    const { resourceTemplates } = await client.listResourceTemplates();
    expect(resourceTemplates.map(({ uriTemplate }) => uriTemplate)).toEqual(['one://item/{id}', 'two://item/{id}']);
    expect(client.getInstructions()).toBe('# one\nHow to use one\n\n# two\nHow to use two');
  });

  it('lead to the server that has them', async () => {
    const client = await connect(await start(['one', 'two']));
    const read = async (uri: string) =>
      (await client.readResource({ uri })).contents[0] as { uri: string; text: string };
    expect(await read('mcp-two+shared://one')).toEqual({ uri: 'mcp-two+shared://one', text: 'shared://one by two' });
    expect((await read('two://item/5')).text).toBe('two://item/5 by two');
    // In no list and no template: every server is asked.
    expect((await read('hidden://two')).text).toBe('hidden://two by two');
    await expect(read('shared://one')).rejects.toThrow(/read mcp-one\+shared:\/\/one or mcp-two\+shared:\/\/one/);
    await expect(read('nowhere://x')).rejects.toMatchObject({ code: -32002 });
    const prompt = await client.getPrompt({ name: 'two__greet', arguments: { who: 'you' } });
    expect(prompt.messages[0]?.content).toEqual({ type: 'text', text: 'two greets you' });
    await expect(client.getPrompt({ name: 'greet' })).rejects.toThrow(/call one__greet or two__greet/);
  });

  it('completes arguments where the prompt or template is', async () => {
    const client = await connect(await start(['one', 'two']));
    const complete = async (ref: { type: 'ref/prompt'; name: string } | { type: 'ref/resource'; uri: string }) =>
      (await client.complete({ ref, argument: { name: 'a', value: 'v' } })).completion.values;
    expect(await complete({ type: 'ref/prompt', name: 'two__greet' })).toEqual(['two:greet:v']);
    expect(await complete({ type: 'ref/resource', uri: 'one://item/{id}' })).toEqual(['one:one://item/{id}:v']);
  });

  it('tells of an updated resource, by the name that the client used', async () => {
    const client = await connect(await start(['one', 'two']));
    const updated: string[] = [];
    client.setNotificationHandler(types.ResourceUpdatedNotificationSchema, ({ params }) => {
      updated.push(params.uri);
    });
    await client.subscribeResource({ uri: 'mcp-two+shared://one' });
    await client.callTool({ name: 'two__touch', arguments: { uri: 'shared://one' } });
    await until('the update', () => updated.length > 0);
    await client.unsubscribeResource({ uri: 'mcp-two+shared://one' });
    expect(textOf(await client.callTool({ name: 'two__touch', arguments: { uri: 'shared://one' } }))).toBe('false');
    expect(updated).toEqual(['mcp-two+shared://one']);
  });

  it('subscribes again on the connection that replaces a lost one', async () => {
    const gateway = await start();
    const client = await connect(gateway);
    await client.subscribeResource({ uri: 'one://own' });
    const pid = Number(textOf(await client.callTool({ name: 'pid' })));
    process.kill(pid);
    await gateway.program.logged(/one: connection lost: process was ended by SIGTERM/);
    const touched = async () => textOf(await client.callTool({ name: 'touch', arguments: { uri: 'one://own' } }));
    await until('the subscription', async () => (await touched().catch(() => '')) === 'true');
  });
});

describe('notifications', () => {
  it('tells every client when a list changes', async () => {
    const gateway = await start();
    const [one, two] = [await connect(gateway), await connect(gateway)];
    let told = 0;
    two.setNotificationHandler(types.ToolListChangedNotificationSchema, () => {
      told++;
    });
    await one.callTool({ name: 'add_tool' });
    await until('the notification', () => told > 0);
    expect((await two.listTools()).tools.map(({ name }) => name)).toContain('extra0');
  });

  it('logs from the level that the client set, and to the client that set it', async () => {
    const gateway = await start();
    const [one, two] = [await connect(gateway), await connect(gateway)];
    const logs = new Map<Client, unknown[]>();
    for (const client of [one, two]) {
      logs.set(client, []);
      client.setNotificationHandler(types.LoggingMessageNotificationSchema, ({ params }) => {
        logs.get(client)?.push(params.data);
      });
    }
    await one.setLoggingLevel('warning');
    await two.setLoggingLevel('debug');
    await one.callTool({ name: 'log' });
    await two.callTool({ name: 'log' });
    expect(logs.get(one)).toEqual(['warning of one']);
    expect(logs.get(two)).toEqual(['debug of one', 'warning of one']);
    await expect(one.setLoggingLevel('loud' as 'debug')).rejects.toThrow(/debug, info, notice/);
  });

  it('reaches a client that has no stream open with the answer to its request', async () => {
    const gateway = await start();
    const opened = await post(gateway.url, initializeBody());
    const headers = { 'mcp-session-id': opened.headers.get('mcp-session-id') as string };
    const level = '{"jsonrpc":"2.0","id":2,"method":"logging/setLevel","params":{"level":"warning"}}';
    expect((await post(gateway.url, level, headers)).status).toBe(200);
    const call = '{"jsonrpc":"2.0","id":3,"method":"tools/call","params":{"name":"log"}}';
    const stream = await (await post(gateway.url, call, headers)).text();
    const messages = [...stream.matchAll(/^data: (.*)$/gm)].map(([, data]) => JSON.parse(data as string));
    expect(messages).toMatchObject([{ params: { data: 'warning of one' } }, { id: 3 }]);
  });

  it('carries progress, each to its own request', async () => {
    const client = await connect(await start());
    const call = async () => {
      const seen: number[] = [];
      const onprogress = ({ progress }: { progress: number }) => seen.push(progress);
      await client.callTool({ name: 'steps' }, undefined, { onprogress });
      return seen;
    };
    expect(await Promise.all([call(), call()])).toEqual([
      [1, 2, 3],
      [1, 2, 3],
    ]);
  });
});

describe('names and filters', () => {
  it('puts the server in front of every name where that is asked for', async () => {
    const client = await connect(await start(['one'], { names: { prefix: 'always' } }));
    expect((await client.listTools()).tools[0]?.name).toBe('one__echo');
    expect(textOf(await client.callTool({ name: 'one__echo', arguments: {} }))).toContain('"name":"one"');
  });

  it('offers only the tools that the config allows', async () => {
    const tools = { allow: ['e*', 'ask_*'], deny: ['ask_roots'] };
    const gateway = await lab.gateway({ servers: { one: { ...servers.one, tools } } });
    const client = await connect(gateway);
    const names = (await client.listTools()).tools.map(({ name }) => name);
    expect(names).toEqual(['echo', 'ask_model', 'ask_person', 'ask_both']);
    await expect(client.callTool({ name: 'ask_roots' })).rejects.toThrow(/unknown tool/);
  });

  it('lists in pages of the size that was asked for', async () => {
    const gateway = await start(['one', 'two'], { pageSize: 5 });
    const client = await connect(gateway);
    const names: string[] = [];
    let cursor: string | undefined;
    let pages = 0;
    do {
      const page = await client.listTools(cursor === undefined ? {} : { cursor });
      names.push(...page.tools.map(({ name }) => name));
      cursor = page.nextCursor;
      pages++;
    } while (cursor !== undefined);
    expect(new Set(names).size).toBe(names.length);
    expect(pages).toBe(Math.ceil(names.length / 5));
    await expect(client.listTools({ cursor: 'mine' })).rejects.toThrow(/unknown cursor/);
  });
});

describe('the trace', () => {
  it('is passed on to the server, with the other headers of its kind', async () => {
    const gateway = await start();
    const traceparent = '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01';
    const transport = new StreamableHTTPClientTransport(gateway.url, {
      requestInit: { headers: { traceparent, tracestate: 'a=b' } },
    }) as Transport;
    const client = await connect(gateway, {}, undefined, transport);
    const { _meta } = JSON.parse(textOf(await client.callTool({ name: 'echo', arguments: {} })));
    expect(_meta).toEqual({ traceparent, tracestate: 'a=b' });
  });
});

describe('the transport of 2024-11-05', () => {
  it('serves the official client, with what servers ask and tell', async () => {
    const gateway = await start();
    const client = await connect(
      gateway,
      { elicitation: {} },
      (made) => made.setRequestHandler(types.ElicitRequestSchema, () => ({ action: 'cancel' })),
      new SSEClientTransport(new URL('/sse', gateway.url)),
    );
    let told = 0;
    client.setNotificationHandler(types.ToolListChangedNotificationSchema, () => {
      told++;
    });
    expect(textOf(await client.callTool({ name: 'echo', arguments: { a: 1 } }))).toContain('"given":{"a":1}');
    expect(textOf(await client.callTool({ name: 'ask_person' }))).toContain('cancel');
    await client.callTool({ name: 'add_tool' });
    await until('the notification', () => told > 0);
    await client.close();
    await until('the session to end', async () => {
      return (await (await gateway.get('/metrics')).text()).includes('mcpk_gateway_sessions_open 0\n');
    });
  });
});
