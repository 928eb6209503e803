import type { V1ContainerStatus } from '@kubernetes/client-node';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { connect, type KubeConnection } from '../../../src/adapters/kube/connection.ts';
import { LogReader } from '../../../src/adapters/kube/log-reader.ts';
import type { LivePod } from '../../../src/core/deploy/live.ts';
import { type FakeApi, fakeApi, sendJson } from './fake-api.ts';

/** The logs of a container: of its present life, and of the one before. */
let current: string[] | undefined;
let previous: string[] | undefined;
let broken = false;
let queries: URLSearchParams[];
let api: FakeApi;
let kube: KubeConnection;
let reader: LogReader;

const pod = { metadata: { name: 'p', namespace: 'ns' } } as LivePod;
const at = (second: number, text: string) =>
  `2026-01-02T03:04:${String(second).padStart(2, '0')}.${String(text.charCodeAt(0)).padStart(9, '0')}Z ${text}`;

beforeEach(async () => {
  [current, previous, broken, queries] = [undefined, undefined, false, []];
  api = await fakeApi((request, response) => {
    const query = new URL(request.url ?? '', 'http://x').searchParams;
    queries.push(query);
    const log = query.get('previous') ? previous : current;
    if (broken && !query.get('previous')) return sendJson(response, 403, { kind: 'Status', message: 'no' });
    if (!log) return sendJson(response, 400, { kind: 'Status', message: 'waiting to start' });
    const since = (query.get('sinceTime') ?? '').replace('Z', '');
    const lines = log.filter((line) => line >= since).slice(-Number(query.get('tailLines') ?? log.length));
    response.writeHead(200, { 'content-type': 'text/plain' });
    response.end(lines.join('\n') + (lines.at(-1)?.endsWith('…') ? '' : '\n'));
  });
  kube = await connect({ kubeconfig: api.kubeconfig, env: {} });
  reader = new LogReader(kube, new AbortController().signal);
});
afterEach(async () => {
  kube.close();
  await api.stop();
});

function status(restartCount: number, more: object = {}): V1ContainerStatus {
  return { name: 'server', image: 'i', imageID: '', ready: true, restartCount, state: { running: {} }, ...more };
}

async function read(restarts: number, options: { tail?: number; live?: boolean } = { live: true }): Promise<string[]> {
  return (await reader.read(pod, status(restarts), options)).map(({ text, previous: old }) =>
    old ? `${text} (before)` : text,
  );
}

it('has nothing where the container has not started', async () => {
  expect(await read(0)).toEqual([]);
});

it('gives each line once, and of the log before the end that was asked for nothing', async () => {
  current = [at(1, 'a'), at(1, 'b'), at(1, 'c')];
  expect(await read(0, { tail: 2, live: true })).toEqual(['b', 'c']);
  expect(await read(0)).toEqual([]);
  current.push(at(1, 'd'), at(2, 'e'));
  expect(await read(0)).toEqual(['d', 'e']);
  expect(queries.map((query) => query.get('sinceTime'))).toEqual([
    null,
    '2026-01-02T03:04:01Z',
    '2026-01-02T03:04:01Z',
  ]);
});

it('waits for the end of a line that is being written, unless nothing comes any more', async () => {
  current = [at(1, 'a'), at(2, 'half…')];
  expect(await read(0)).toEqual(['a']);
  expect(await read(0, {})).toEqual(['half…']);
});

it('gives the last lines of a life that has ended, also where the new one was read first', async () => {
  current = [at(1, 'a')];
  expect(await read(0)).toEqual(['a']);
  // It ended and started again, and nobody has noticed yet.
  previous = [at(1, 'a'), at(3, 'last words')];
  current = [at(5, 'new'), at(7, 'newer')];
  expect(await read(0)).toEqual(['new', 'newer']);
  expect(await read(1)).toEqual(['last words (before)']);
  expect(await read(1)).toEqual([]);
});

it('gives the former life of a container that is not well', async () => {
  previous = [at(1, 'why')];
  current = [at(2, 'again')];
  const lines = await reader.read(pod, status(4, { ready: false }), {});
  expect(lines.map(({ text }) => text)).toEqual(['why', 'again']);
  const other = new LogReader(kube, new AbortController().signal);
  expect((await other.readPrevious(pod, status(4), 5)).map(({ text }) => text)).toEqual(['why']);
  expect(await other.readPrevious(pod, status(0), 5)).toEqual([]);
});

it('loses nothing where one of its requests fails', async () => {
  current = [at(1, 'a')];
  await read(0);
  previous = [at(1, 'a'), at(2, 'last words')];
  current = [at(3, 'new')];
  broken = true;
  await expect(read(1)).rejects.toMatchObject({ code: 'cluster.forbidden' });
  broken = false;
  expect(await read(1)).toEqual(['last words (before)', 'new']);
});
