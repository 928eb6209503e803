import { describe, expect, it } from 'vitest';
import { connectOverHttp, connectOverStream } from '../../../src/adapters/mcp/client.ts';
import { McpFailure } from '../../../src/core/checks/ports.ts';
import {
  httpServer,
  initializeResult,
  lineServer,
  type Reply,
  type Request,
  result,
  rpcError,
  tool,
} from './servers.ts';

const signal = new AbortController().signal;
const options = { timeoutMs: 10_000, signal };

/** A well-behaved server with three pages of tools. */
function answer({ id, method, params }: Request, reply: Reply): void {
  if (method === 'initialize') reply(result(id, initializeResult(params)));
  if (method === 'tools/list') {
    const page = Number(params['cursor'] ?? 0);
    reply(result(id, { tools: [tool(`t${page}`)], ...(page < 2 && { nextCursor: String(page + 1) }) }));
  }
  if (method === 'tools/call')
    reply(
      result(id, {
        content: [{ type: 'text', text: `got ${JSON.stringify(params['arguments'])}` }],
        isError: params['name'] === 'bad',
      }),
    );
}

async function failureOf(work: Promise<unknown>): Promise<McpFailure> {
  const error = await work.then(
    () => new Error('it did not fail'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof McpFailure)) throw error;
  return error;
}

describe('connectOverStream', () => {
  it('initializes, follows pages, calls, and closes', async () => {
    const dial = await lineServer(answer);
    const stream = await dial();
    const session = await connectOverStream(stream, options);
    expect(session.server).toEqual({ name: 'fake', version: '1.2.3' });
    expect(session.protocolVersion).toBe('2025-11-25');
    expect(session.connectMs).toBeGreaterThan(0);
    expect(await session.listTools(options)).toEqual(['t0', 't1', 't2']);
    expect(await session.callTool('good', { a: 1 }, options)).toEqual({ isError: false, text: 'got {"a":1}' });
    expect(await session.callTool('bad', {}, options)).toMatchObject({ isError: true });
    await session.close();
    expect(stream.destroyed).toBe(true);
  });

  it('ends in a timeout where docker’s bridge never answers, and hangs up', async () => {
    const dial = await lineServer(() => {});
    const stream = await dial();
    const failure = await failureOf(connectOverStream(stream, { ...options, timeoutMs: 200 }));
    expect(failure.kind).toBe('timeout');
    expect(stream.destroyed).toBe(true);
  });

  it('carries what our bridge says when the server cannot start', async () => {
    const data = { errno: 'EACCES', path: '/app/server', uid: 1000, gid: 1000 };
    const dial = await lineServer(({ id }, reply, socket) => {
      reply(
        rpcError(id, {
          code: -32000,
          message: 'server cannot start: fork/exec /app/server: permission denied (uid 1000, gid 1000)',
          data,
        }),
      );
      socket.end();
    });
    const failure = await failureOf(connectOverStream(await dial(), options));
    // -32000 is also the SDK's own code for a closed connection.
    expect(failure).toMatchObject({ kind: 'rpc', details: { code: -32000, data } });
    expect(failure.message).toBe('server cannot start: fork/exec /app/server: permission denied (uid 1000, gid 1000)');
  });

  it('says when the other side hangs up', async () => {
    const dial = await lineServer((_request, _reply, socket) => socket.destroy());
    expect((await failureOf(connectOverStream(await dial(), options))).kind).toBe('closed');
  });

  it('says when nothing but log lines comes', async () => {
    const dial = await lineServer((_request, reply, socket) => {
      reply('Starting server...\n');
      socket.end();
    });
    const failure = await failureOf(connectOverStream(await dial(), options));
    expect(failure).toMatchObject({ kind: 'invalid', message: expect.stringContaining('Starting server...') });
  });

  it('takes answers between log lines, in pieces and with CRLF', async () => {
    const dial = await lineServer(({ id, method, params }, reply) => {
      if (method !== 'initialize') return;
      const text = `hello\r\n\r\n{"level":"info"}\n${result(id, initializeResult(params)).trimEnd()}\r\n`;
      reply(text.slice(0, 30));
      setImmediate(() => reply(text.slice(30)));
    });
    const session = await connectOverStream(await dial(), options);
    expect(session.server.name).toBe('fake');
    await session.close();
  });

  it('does not follow a cursor that comes again', async () => {
    const dial = await lineServer(({ id, method, params }, reply) => {
      if (method === 'initialize') reply(result(id, initializeResult(params)));
      if (method === 'tools/list') reply(result(id, { tools: [tool('t')], nextCursor: 'again' }));
    });
    const session = await connectOverStream(await dial(), options);
    expect(await failureOf(session.listTools(options))).toMatchObject({
      kind: 'invalid',
      message: expect.stringContaining('never ends'),
    });
    await session.close();
  });

  it('refuses a line that never ends', async () => {
    const dial = await lineServer((_request, reply) => {
      for (let i = 0; i < 11; i++) reply('x'.repeat(1024 * 1024));
    });
    await expect(connectOverStream(await dial(), options)).rejects.toThrow(/more than 10485760 bytes/);
  });

  it('stops at once when it is interrupted', async () => {
    const dial = await lineServer(() => {});
    const controller = new AbortController();
    const stream = await dial();
    const connecting = connectOverStream(stream, { timeoutMs: 10_000, signal: controller.signal });
    controller.abort(new Error('interrupted'));
    await expect(connecting).rejects.toThrow('interrupted');
    expect(stream.destroyed).toBe(true);
  });
});

describe('connectOverHttp', () => {
  const url = new URL('http://localhost:8811/mcp');

  it('initializes with the token, lists tools, and ends its session', async () => {
    const seen: string[] = [];
    const dial = await httpServer(async (request, response) => {
      seen.push(`${request.method} ${request.headers.authorization} ${request.headers['mcp-session-id'] ?? '-'}`);
      if (request.method !== 'POST') return void response.writeHead(request.method === 'GET' ? 405 : 200).end();
      let body = '';
      for await (const chunk of request) body += chunk;
      const message = JSON.parse(body) as Request;
      if (message.id === undefined) return void response.writeHead(202).end();
      response.setHeader('mcp-session-id', 's1');
      if (message.method === 'initialize') {
        response.writeHead(200, { 'content-type': 'text/event-stream' });
        return void response.end(`event: message\ndata: ${result(message.id, initializeResult(message.params))}\n\n`);
      }
      response.writeHead(200, { 'content-type': 'application/json' });
      answer(message, (text) => response.end(text));
    });
    const session = await connectOverHttp({ url, token: 'sesame', dial }, options);
    expect(session.protocolVersion).toBe('2025-11-25');
    expect(await session.listTools(options)).toEqual(['t0', 't1', 't2']);
    await session.close();
    expect(seen[0]).toBe('POST Bearer sesame -');
    expect(seen.at(-1)).toBe('DELETE Bearer sesame s1');
  });

  it('says which HTTP status it met', async () => {
    const dial = await httpServer((_request, response) => void response.writeHead(401).end('no'));
    const failure = await failureOf(connectOverHttp({ url, token: 'wrong', dial }, options));
    expect(failure).toMatchObject({ kind: 'http', details: { status: 401 } });
    expect(failure.message).not.toContain('wrong');
  });

  it('ends in a timeout where the gateway does not answer', async () => {
    const dial = await httpServer(() => {});
    expect((await failureOf(connectOverHttp({ url, dial }, { ...options, timeoutMs: 200 }))).kind).toBe('timeout');
  });

  it('passes on why there is no connection', async () => {
    const dial = () => Promise.reject(new Error('no tunnel'));
    await expect(connectOverHttp({ url, dial }, options)).rejects.toThrow('no tunnel');
  });
});
