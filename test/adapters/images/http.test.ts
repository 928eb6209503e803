import { createServer, type RequestListener } from 'node:http';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ConnectionError, type Sent, send } from '../../../src/adapters/images/http.ts';
import { EnvironmentError } from '../../../src/errors.ts';

async function serve(listener: RequestListener): Promise<URL> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return new URL(`http://127.0.0.1:${(server.address() as { port: number }).port}`);
}

interface Seen {
  line: string;
  authorization: string | undefined;
  body: string;
}

/** Sends each path where it is told to, and notes what was asked. */
async function redirecting(to: (path: string) => { status: number; location: string } | undefined) {
  const seen: Seen[] = [];
  const url = await serve(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    seen.push({ line: `${request.method} ${request.url}`, authorization: request.headers.authorization, body });
    const next = to(request.url ?? '');
    if (next) response.writeHead(next.status, { location: next.location }).end('elsewhere');
    else response.end('here');
  });
  return { url, seen };
}

const ask = (url: URL, sent: Partial<Sent> = {}) =>
  send(url, { method: 'GET', headers: { authorization: 'secret' }, signal: new AbortController().signal, ...sent });

describe('redirections', () => {
  it('are followed; what authorizes stays with the first origin', async () => {
    const other = await redirecting(() => undefined);
    const first = await redirecting((path) =>
      path === '/a' ? { status: 307, location: '/b' } : { status: 302, location: `${other.url}c` },
    );
    const answer = await ask(new URL('/a', first.url));
    expect([answer.status, answer.url.href, String(await answer.bytes(99))]).toEqual([200, `${other.url}c`, 'here']);
    expect(first.seen.map(({ authorization }) => authorization)).toEqual(['secret', 'secret']);
    expect(other.seen).toEqual([{ line: 'GET /c', authorization: undefined, body: '' }]);
  });

  it.each([
    [301, 'POST', 'GET /b', ''],
    [303, 'PUT', 'GET /b', ''],
    [303, 'HEAD', 'HEAD /b', ''],
    [307, 'POST', 'POST /b', 'sent'],
    [308, 'PUT', 'PUT /b', 'sent'],
  ])('%i of a %s: %s', async (status, method, line, body) => {
    const { url, seen } = await redirecting((path) => (path === '/a' ? { status, location: '/b' } : undefined));
    const answer = await ask(new URL('/a', url), { method, ...(method !== 'HEAD' && { body: Buffer.from('sent') }) });
    answer.discard();
    expect(seen.at(-1)).toMatchObject({ line, body });
  });

  it('that do not end, or lead elsewhere than to a web server, are the answer', async () => {
    const { url, seen } = await redirecting((path) => ({
      status: 302,
      location: path === '/loop' ? '/loop' : 'file:///etc/passwd',
    }));
    for (const [path, requests] of [
      ['/loop', 11],
      ['/file', 12],
    ] as const) {
      const answer = await ask(new URL(path, url));
      expect([answer.status, String(await answer.bytes(99))]).toEqual([302, 'elsewhere']);
      expect(seen).toHaveLength(requests);
    }
  });
});

describe('answers', () => {
  it('that are cut are errors, not ends', async () => {
    const url = await serve((_, response) => {
      response.setHeader('content-length', 10);
      response.write('half', () => response.destroy());
    });
    const answer = await ask(url);
    await expect(answer.bytes(99)).rejects.toThrow(ConnectionError);
  });

  it('that are larger than wanted are not read', async () => {
    let sent = 0;
    const url = await serve((_, response) => {
      const more = () => {
        while (response.write(Buffer.alloc(65536))) sent += 65536;
      };
      response.on('drain', more);
      more();
    });
    expect(await (await ask(url)).bytes(1000)).toBeUndefined();
    // What is on its way fills the buffers of the connection.
    expect(sent).toBeLessThan(64 * 2 ** 20);
  });

  it('that do not come, and what is interrupted, are errors of the connection', async () => {
    const url = await serve((request) => request.socket.destroy());
    await expect(ask(url)).rejects.toThrow(ConnectionError);
    const silent = await serve(() => controller.abort());
    const controller = new AbortController();
    await expect(ask(silent, { signal: controller.signal })).rejects.toThrow(ConnectionError);
  });

  it('to what is made on the way: its maker’s error passes', async () => {
    const url = await serve((request, response) => request.resume().on('end', () => response.end('got it')));
    const body = async function* () {
      yield Buffer.from('x');
      throw new EnvironmentError('image.damaged', 'no more');
    };
    const answer = ask(url, { method: 'PUT', headers: { 'content-length': '10' }, body });
    await expect(answer).rejects.toMatchObject({ code: 'image.damaged' });
  });
});
