// Whatever one server or one client does, the others go on, memory stays bounded and the log says what it was.
import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { badServer, type Gateway, initializeBody, Lab, post, stdioServer, until } from './helpers/processes.ts';
import { TcpMcpServer } from './helpers/tcp-server.ts';

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.end());

const good = { command: stdioServer };
/** What a gateway may take at most while it is badly treated. Node alone takes about 45 MB. */
const MAX_RSS = 250 * 1024 * 1024;

async function figures(gateway: Gateway): Promise<Map<string, number>> {
  const text = await (await gateway.get('/metrics')).text();
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return new Map(lines.map((line) => [line.replace(/^mcpk_gateway_| .*$/g, ''), Number(line.split(' ').at(-1))]));
}

async function rss(gateway: Gateway): Promise<number> {
  return (await figures(gateway)).get('resident_memory_bytes') as number;
}

async function expectOthersAnswer(gateway: Gateway): Promise<void> {
  const client = await gateway.client();
  const result = await client.callTool({ name: 'echo', arguments: { a: 1 } });
  expect(result.content).toEqual([{ type: 'text', text: '{"a":1}' }]);
}

function textOf(result: unknown): string {
  return (result as { content: Array<{ text: string }> }).content[0]?.text as string;
}

async function withBad(mode: string, options: object = {}): Promise<Gateway> {
  const gateway = await lab.gateway({ servers: { bad: { command: [...badServer, mode] }, good }, ...options });
  await gateway.program.logged(/Initialized in/);
  return gateway;
}

describe('a server', () => {
  it('that ends at once is said to, with its own words, and tried again', async () => {
    const gateway = await withBad('exits');
    expect(gateway.program.stderr).toMatch(/\[bad\] I cannot find my database/);
    expect(gateway.program.stderr).toMatch(/Can't start bad: .*process exited with code 7/);
    expect((await gateway.ready()).servers).toMatchObject({ bad: { state: 'failed' }, good: { state: 'ready' } });
    await until(
      'another try',
      async () => ((await figures(gateway)).get('upstream_tries_total{server="bad"}') ?? 0) > 2,
    );
    await expectOthersAnswer(gateway);
  });

  it('that writes other things to stdout is understood all the same, and the log shows one of them', async () => {
    const gateway = await withBad('noise');
    expect(textOf(await (await gateway.client()).callTool({ name: 'hello' }))).toBe('hello');
    expect(gateway.program.stderr).toContain('  > bad: not JSON on its stdout: "Welcome to my server!"');
  });

  it('that ends in the middle of a line fails that call, and is there again for the next', async () => {
    const gateway = await withBad('half-line');
    const client = await gateway.client();
    await expect(client.callTool({ name: 'hello' })).rejects.toThrow(/server "bad": process exited with code 1/);
    await gateway.program.logged(/bad: connection lost: process exited with code 1/);
    await until('the server', async () => (await gateway.ready()).servers['bad']?.state === 'ready');
    await expectOthersAnswer(gateway);
  });

  it('that answers with 50 MB in one line loses its connection', async () => {
    const gateway = await withBad('long-line');
    const client = await gateway.client();
    await expect(client.callTool({ name: 'hello' })).rejects.toThrow(/server "bad": a message over 16777216 bytes/);
    await expectOthersAnswer(gateway);
    expect(await rss(gateway)).toBeLessThan(MAX_RSS);
  });

  it('that floods stdout with a gigabyte costs no memory, and its answer arrives', async () => {
    const gateway = await withBad('flood');
    const client = await gateway.client();
    const call = client.callTool({ name: 'hello' });
    await expectOthersAnswer(gateway);
    expect(textOf(await call)).toBe('hello after all');
    expect(await rss(gateway)).toBeLessThan(MAX_RSS);
  });

  it('that answers with ids of nobody is not believed', async () => {
    const gateway = await withBad('wrong-ids');
    expect(textOf(await (await gateway.client()).callTool({ name: 'hello' }))).toBe('hello');
    await expectOthersAnswer(gateway);
  });

  it('that lists a thousand tools on a hundred pages has a thousand', async () => {
    const gateway = await withBad('thousand');
    const { tools } = await (await gateway.client()).listTools();
    expect(tools.filter(({ name }) => name.startsWith('tool'))).toHaveLength(1000);
  });

  it('that never ends its list is refused', async () => {
    const gateway = await withBad('loops');
    expect(gateway.program.stderr).toMatch(/Can't start bad: .*calling "tools\/list": the pages do not end/);
    await expectOthersAnswer(gateway);
  });

  it('that is gone without a sign is noticed, and found again', async () => {
    const hole = await TcpMcpServer.start();
    lab.defer(() => hole.stop());
    const gateway = await lab.gateway({
      servers: { hole: { tcp: hole.address }, good },
      timeouts: { request: 1 },
    });
    await gateway.program.logged(/Initialized in/);
    const client = await gateway.client();
    expect(textOf(await client.callTool({ name: 'hello' }))).toBe('hello');
    hole.goSilent();
    await expect(client.callTool({ name: 'hello' })).rejects.toThrow(/server "hole": no answer in 1s/);
    await expectOthersAnswer(gateway);
    await gateway.program.logged(/hole: connection lost: no answer to a ping/);
    hole.speakAgain();
    await until('the server', async () => (await gateway.ready()).servers['hole']?.state === 'ready');
    expect(textOf(await client.callTool({ name: 'hello' }))).toBe('hello');
  });
});

describe('a client', () => {
  it('that opens session after session and never says goodbye fills the places and no more', async () => {
    const gateway = await lab.gateway({ servers: { good }, limits: { sessions: 100 } });
    await gateway.program.logged(/Initialized in/);
    const agent = new Agent({ keepAlive: true, maxSockets: 16 });
    lab.defer(() => agent.destroy());
    const open = () =>
      new Promise<void>((resolve, reject) => {
        const headers = { 'content-type': 'application/json', accept: 'application/json, text/event-stream' };
        const sent = request(gateway.url, { method: 'POST', agent, headers }, (response) => {
          response.resume().once('end', resolve);
        });
        sent.once('error', reject).end(initializeBody());
      });
    await Promise.all(Array.from({ length: 10_000 }, open));
    const seen = await figures(gateway);
    expect(seen.get('sessions_total')).toBe(10_000);
    expect(seen.get('sessions_open')).toBe(100);
    expect(seen.get('sessions_ended_total{reason="room"}')).toBe(9_900);
    expect(seen.get('resident_memory_bytes')).toBeLessThan(MAX_RSS);
    await expectOthersAnswer(gateway);
  });

  it('that leaves its session idle finds it ended after the time of the config', async () => {
    const gateway = await lab.gateway({ servers: {}, limits: { sessionIdle: 0.1 } });
    const opened = await post(gateway.url, initializeBody());
    const headers = { 'mcp-session-id': opened.headers.get('mcp-session-id') as string };
    await until('the end of the session', async () => (await figures(gateway)).get('sessions_open') === 0, 15_000);
    expect((await post(gateway.url, '{"jsonrpc":"2.0","id":2,"method":"ping"}', headers)).status).toBe(404);
  });

  it('that never reads its answer holds up nobody', async () => {
    const gateway = await withBad('big');
    const opened = await post(gateway.url, initializeBody());
    const id = opened.headers.get('mcp-session-id');
    const body = '{"jsonrpc":"2.0","id":2,"method":"tools/call","params":{"name":"hello"}}';
    const lines = ['POST /mcp HTTP/1.1', 'host: localhost', 'content-type: application/json', `mcp-session-id: ${id}`];
    for (let n = 0; n < 5; n++) {
      const socket = connect(Number(gateway.url.port), '127.0.0.1').on('error', () => {});
      lab.defer(() => socket.destroy());
      socket.pause();
      socket.write(`${[...lines, `content-length: ${body.length}`].join('\r\n')}\r\n\r\n${body}`);
    }
    await until('the answers', async () => {
      const done = (await figures(gateway)).get('upstream_duration_seconds_count{server="bad"}');
      return done === 5;
    });
    await expectOthersAnswer(gateway);
    expect(await rss(gateway)).toBeLessThan(MAX_RSS + 5 * 3 * (10 << 20));
  });

  it('that goes away in the middle of its request costs nothing', async () => {
    const gateway = await lab.gateway({ servers: { good } });
    await gateway.program.logged(/Initialized in/);
    for (let n = 0; n < 50; n++) {
      const socket = connect(Number(gateway.url.port), '127.0.0.1').on('error', () => {});
      socket.end(
        'POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/json\r\ncontent-length: 99\r\n\r\n{',
      );
    }
    await until('the end of all', async () => (await figures(gateway)).get('requests_running') === 0);
    await expectOthersAnswer(gateway);
    expect(gateway.program.stderr).not.toContain('Request failed');
  });

  it('that asks too much at once is told to wait', async () => {
    const gateway = await withBad('slow', { limits: { requests: 5 } });
    const client = await gateway.client();
    const calls = Array.from({ length: 5 }, () => client.callTool({ name: 'hello' }));
    await until('five requests', async () => (await figures(gateway)).get('requests_running') === 5);
    const refused = await post(gateway.url, initializeBody());
    expect([refused.status, refused.headers.get('retry-after')]).toEqual([503, '1']);
    expect((await Promise.all(calls)).map(textOf)).toEqual(Array.from({ length: 5 }, () => 'slow hello'));
  });
});

describe('SIGTERM under load', () => {
  it('answers what is under way, takes nothing new, and leaves no process', async () => {
    const gateway = await withBad('slow');
    const clients = await Promise.all([1, 2, 3].map(() => gateway.client()));
    const calls = clients.flatMap((client) => [1, 2, 3].map(() => client.callTool({ name: 'hello' })));
    await until('nine requests', async () => (await figures(gateway)).get('requests_running') === 9);
    const children = lab.descendants(gateway.program.child.pid as number);
    expect(children.length).toBeGreaterThanOrEqual(4);
    gateway.program.child.kill('SIGTERM');
    expect((await Promise.all(calls)).map(textOf)).toEqual(Array.from({ length: 9 }, () => 'slow hello'));
    expect(await gateway.program.exited).toBe(0);
    await expect(gateway.get('/health')).rejects.toThrow();
    await until('the end of the processes', () => children.every((pid) => !lab.isAlive(pid)));
  });
});
