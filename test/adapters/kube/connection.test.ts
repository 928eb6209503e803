import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { apiError, connect } from '../../../src/adapters/kube/connection.ts';
import { EnvironmentError, FailedError, InterruptedError, McpkError } from '../../../src/errors.ts';
import { type FakeApi, fakeApi, kubeconfigText, sendJson } from './fake-api.ts';

let folder: string;
let api: FakeApi | undefined;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'mcpk-connect-'));
});
afterAll(() => rm(folder, { recursive: true }));
afterEach(async () => {
  await api?.stop();
  api = undefined;
});

async function kubeconfig(text: string, name = 'config'): Promise<string> {
  const path = join(folder, name);
  await writeFile(path, text);
  return path;
}

async function failure(work: Promise<unknown>): Promise<McpkError> {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  expect(error).toBeInstanceOf(McpkError);
  return error as McpkError;
}

describe('the kubeconfig', () => {
  it('that is missing is told with the places looked at', async () => {
    const error = await failure(connect({ env: {}, homedir: folder }));
    expect(error).toMatchObject({ code: 'cluster.no-kubeconfig', exitCode: 3 });
    expect(error.message).toContain(join(folder, '.kube', 'config'));
  });

  it('named by KUBECONFIG and missing is told', async () => {
    const error = await failure(connect({ env: { KUBECONFIG: '/nowhere/config' } }));
    expect(error.code).toBe('cluster.no-kubeconfig');
    expect(error.message).toContain('KUBECONFIG names /nowhere/config');
  });

  it.each([
    ['broken YAML', 'a: ['],
    ['an empty file', ''],
    ['a list', '[]'],
    ['clusters without names', 'clusters: [{}]'],
  ])('that is %s is told', async (_what, text) => {
    const error = await failure(connect({ kubeconfig: await kubeconfig(text, 'bad'), env: {} }));
    expect(error).toBeInstanceOf(EnvironmentError);
    expect(['cluster.kubeconfig-invalid', 'cluster.no-context']).toContain(error.code);
    expect(error.message).not.toContain('undefined');
  });

  it('lacks the context: the nearest is proposed', async () => {
    const path = await kubeconfig(kubeconfigText('https://127.0.0.1:1'));
    const error = await failure(connect({ kubeconfig: path, context: 'dve', env: {} }));
    expect(error).toMatchObject({ code: 'cluster.unknown-context', suggestions: ['--context dev'] });
  });

  it('comes in several files: the first one wins, missing ones are skipped', async () => {
    const first = await kubeconfig(kubeconfigText('https://first.example:1'), 'first');
    const second = await kubeconfig(
      kubeconfigText('https://second.example:1').replaceAll('"dev"', '"other"'),
      'second',
    );
    const env = { KUBECONFIG: `/nowhere:${first}:${second}` };
    expect(await connect({ env })).toMatchObject({ context: 'dev', server: 'https://first.example:1' });
    expect((await connect({ env, context: 'other' })).context).toBe('other');
  });

  it('signs in with a program that is not installed', async () => {
    const user = {
      exec: { apiVersion: 'client.authentication.k8s.io/v1', command: 'no-such-login', interactiveMode: 'Never' },
    };
    const kube = await connect({ kubeconfig: await kubeconfig(kubeconfigText('https://127.0.0.1:1', user)), env: {} });
    const error = await failure(kube.request({ path: '/version' }));
    expect(error.code).toBe('cluster.credentials');
    expect(error.message).toContain('no-such-login');
  });
});

describe('a request', () => {
  const open = async (answer: Parameters<typeof fakeApi>[0]) => {
    api = await fakeApi(answer);
    return await connect({ kubeconfig: api.kubeconfig, env: {} });
  };

  it('gives status, body and warnings', async () => {
    const kube = await open((_request, response) =>
      sendJson(response, 418, { a: 1 }, { warning: '299 - "old \\"api\\"", 299 - "two"' }),
    );
    expect(await kube.request({ path: '/x' })).toEqual({ status: 418, body: { a: 1 }, warnings: ['old "api"', 'two'] });
  });

  it('sends query, token and body', async () => {
    const kube = await open((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () =>
        sendJson(response, 200, {
          url: request.url,
          method: request.method,
          auth: request.headers.authorization,
          body: Buffer.concat(chunks).toString(),
        }),
      );
    });
    const { body } = await kube.request({ method: 'PATCH', path: '/p', query: { a: 'b c' }, body: { x: 'ä' } });
    expect(body).toEqual({ url: '/p?a=b+c', method: 'PATCH', auth: 'Bearer not-a-real-token', body: '{"x":"ä"}' });
  });

  it('uses one connection for many', async () => {
    const kube = await open((_request, response) => sendJson(response, 200, {}));
    for (let i = 0; i < 10; i++) await kube.request({ path: '/x' });
    expect(api?.connections()).toBe(1);
    kube.close();
  });

  it('is sent again when the kept connection has been closed', async () => {
    let count = 0;
    const kube = await open((request, response) => {
      if (++count === 2) request.socket.destroy();
      else sendJson(response, 200, { count });
    });
    await kube.request({ path: '/x' });
    expect((await kube.request({ path: '/x' })).status).toBe(200);
  });

  it('is sent again until a connection is a fresh one', async () => {
    let stale = false;
    const kept = new Set<unknown>();
    const kube = await open((request, response) => {
      if (stale && kept.has(request.socket)) request.socket.destroy();
      else setTimeout(() => sendJson(response, 200, {}), 20);
      kept.add(request.socket);
    });
    await Promise.all([1, 2, 3].map(() => kube.request({ path: '/x' })));
    expect(api?.connections()).toBe(3);
    stale = true;
    expect((await kube.request({ path: '/x' })).status).toBe(200);
  });

  it('waits when the server asks for it', async () => {
    let count = 0;
    const kube = await open((_request, response) => {
      if (++count === 1) sendJson(response, 429, {}, { 'retry-after': '0' });
      else sendJson(response, 200, { count });
    });
    expect(await kube.request({ path: '/x' })).toMatchObject({ status: 200, body: { count: 2 } });
  });

  it('ends when nothing answers in time', async () => {
    const kube = await open(() => {});
    const error = await failure(kube.request({ path: '/x', timeoutMs: 50 }));
    expect(error).toMatchObject({ code: 'cluster.unreachable', exitCode: 3 });
    expect(error.message).toContain('does not answer');
  });

  it('ends when the body stops half-way', async () => {
    const kube = await open((_request, response) => {
      response.writeHead(200, { 'content-length': '100' });
      response.write('{');
    });
    expect((await failure(kube.request({ path: '/x', timeoutMs: 50 }))).code).toBe('cluster.unreachable');
  });

  it('ends with the reason of its signal', async () => {
    const kube = await open(() => {});
    const controller = new AbortController();
    const request = kube.request({ path: '/x', signal: controller.signal });
    controller.abort(new InterruptedError());
    expect(await failure(request)).toBeInstanceOf(InterruptedError);
  });

  it.each([
    ['refused', 'https://127.0.0.1:1', 'nothing listens at 127.0.0.1:1'],
    ['an unknown host', 'https://no-such-host.invalid', 'the host name of no-such-host.invalid:443'],
  ])('that meets %s says so', async (_what, server, words) => {
    const kube = await connect({ kubeconfig: await kubeconfig(kubeconfigText(server)), env: {} });
    const error = await failure(kube.request({ path: '/x' }));
    expect(error).toMatchObject({ code: 'cluster.unreachable', exitCode: 3 });
    expect(error.message).toContain(words);
    expect(error.suggestions.length).toBeGreaterThan(0);
  });

  it('that meets no TLS says so', async () => {
    const server = createServer((socket) => socket.end('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const kube = await connect({ kubeconfig: await kubeconfig(kubeconfigText(url)), env: {} });
    expect((await failure(kube.request({ path: '/x' }))).message).toContain('does not speak TLS');
    server.close();
  });
});

describe('apiError', () => {
  const status = (message: string) => ({ kind: 'Status', message });

  it.each([
    [401, '', 'cluster.unauthorized', EnvironmentError],
    [403, 'deployments.apps is forbidden: User "u" cannot list', 'cluster.forbidden', EnvironmentError],
    [403, 'pods "x" is forbidden: violates PodSecurity "restricted:latest"', 'deploy.pod-security', FailedError],
    [403, 'exceeded quota: q', 'deploy.quota', FailedError],
    [403, 'because it is being terminated', 'cluster.namespace-terminating', EnvironmentError],
    [503, '', 'cluster.unavailable', EnvironmentError],
    [
      500,
      'failed to create typed patch object (a): .spec.bogus: field not declared in schema',
      'cluster.rejected',
      FailedError,
    ],
    [500, 'etcd: leader changed', 'cluster.error', EnvironmentError],
    [422, 'spec.selector: field is immutable', 'cluster.rejected', FailedError],
  ])('%i %s', (code, message, id, type) => {
    const error = apiError({ status: code, body: status(message) }, 'apply Deployment x');
    expect(error).toBeInstanceOf(type);
    expect(error.code).toBe(id);
    expect(error.message).toContain('apply Deployment x');
  });
});
