import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, expect, it, onTestFinished, vi } from 'vitest';
import { connect } from '../../../src/adapters/kube/connection.ts';
import { openTunnel, type TunnelError } from '../../../src/adapters/kube/tunnel.ts';
import { ForwardingCluster } from '../../helpers/forwarding-cluster.ts';

afterEach(() => vi.useRealTimers());

/** A cluster with one pod, whose port does what `serve` says; nothing listens there without it. */
async function clusterWith(serve?: (socket: Socket) => void): Promise<ForwardingCluster> {
  const cluster = await ForwardingCluster.start();
  cluster.pods = [{ name: 'a', ready: true }];
  if (!serve) return cluster;
  const server = createServer(serve);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  cluster.pods = [{ name: 'a', ready: true, port: (server.address() as { port: number }).port }];
  return cluster;
}

async function open(cluster: ForwardingCluster, pod = 'a'): Promise<Duplex> {
  const { config } = await connect({ kubeconfig: cluster.kubeconfig, env: {} });
  const tunnel = await openTunnel(config, { namespace: 'mcp', pod, port: 8811 }, new AbortController().signal);
  onTestFinished(() => void tunnel.destroy());
  return tunnel;
}

async function broken(tunnel: Duplex): Promise<TunnelError> {
  const [error] = await once(tunnel, 'error');
  return error as TunnelError;
}

it('carries bytes both ways, and ends when the pod ends', async () => {
  const big = Buffer.alloc(4 * 1024 * 1024, 'abcdefgh');
  let received = 0;
  const tunnel = await open(
    await clusterWith((socket) =>
      socket.on('data', (chunk: Buffer) => {
        received += chunk.length;
        if (received === big.length) socket.end(big);
      }),
    ),
  );
  tunnel.write(big);
  expect((await text(tunnel)) === big.toString()).toBe(true);
});

it('holds the pod back while nobody reads', async () => {
  const total = 64 * 1024 * 1024;
  const sender: Socket[] = [];
  const tunnel = await open(
    await clusterWith((socket) => {
      sender.push(socket);
      socket.write(Buffer.alloc(total, 'x'));
    }),
  );
  tunnel.write('go');
  await once(tunnel, 'readable');
  // Nothing more moves once every buffer on the way is full.
  const sent = () => (sender[0]?.bytesWritten ?? 0) - (sender[0]?.writableLength ?? 0);
  await vi.waitFor(
    async () => {
      const before = sent();
      await new Promise((resolve) => setTimeout(resolve, 150));
      expect(sent()).toBe(before);
    },
    { timeout: 10_000 },
  );
  expect(tunnel.readableLength).toBeLessThan(8 * 1024 * 1024);
  let got = 0;
  for await (const chunk of tunnel) {
    got += (chunk as Buffer).length;
    if (got === total) break;
  }
  expect(got).toBe(total);
});

it.each([true, false])('says that nothing listens, at once: %s', async (atOnce) => {
  const cluster = await clusterWith();
  cluster.refusesAtOnce = atOnce;
  const refused = { kind: 'refused', message: 'nothing listens on the port' };
  if (atOnce) return await expect(open(cluster)).rejects.toMatchObject(refused);
  const tunnel = await open(cluster);
  const failed = broken(tunnel);
  tunnel.write('x');
  expect(await failed).toMatchObject(refused);
});

it.each([
  ['failed to find sandbox "f2f7" in store: not found', 'gone', 'the pod has ended'],
  ['network namespace for sandbox "f2f7" is closed', 'gone', 'the pod has ended'],
  ['sandbox container "f2f7" is not running', 'gone', 'the pod has ended'],
  ['i/o timeout', 'broken', 'error forwarding port 8811 to pod f2f7, uid : i/o timeout'],
])('says what is wrong with the pod: %s', async (complaint, kind, message) => {
  const cluster = await clusterWith();
  cluster.complaint = complaint;
  await expect(open(cluster)).rejects.toMatchObject({ kind, message });
});

it('says that the right is lacking, or the pod gone', async () => {
  const cluster = await clusterWith();
  await expect(open(cluster, 'b')).rejects.toMatchObject({ kind: 'gone' });
  cluster.denied = ['get pods/portforward'];
  await expect(open(cluster)).rejects.toMatchObject({ kind: 'denied' });
});

it('breaks when the API server goes away without a word', async () => {
  const cluster = await clusterWith(() => {});
  const tunnel = await open(cluster);
  for (const socket of cluster.sockets) socket.cut();
  expect(await broken(tunnel)).toMatchObject({ kind: 'broken', message: 'the port-forward to a was cut' });
});

it('breaks when nothing answers any more, and not before', async () => {
  const cluster = await clusterWith(() => {});
  vi.useFakeTimers({ toFake: ['setInterval', 'clearInterval'] });
  const tunnel = await open(cluster);
  const failed = broken(tunnel);
  const [socket] = cluster.sockets;
  if (!socket) throw new Error('there is no WebSocket');
  for (let i = 1; i <= 6; i++) {
    vi.advanceTimersByTime(15_000);
    await vi.waitFor(() => expect(socket.pings).toBe(i));
  }
  expect(tunnel.destroyed).toBe(false);
  socket.answersPings = false;
  vi.advanceTimersByTime(30_000);
  expect(tunnel.destroyed).toBe(false);
  vi.advanceTimersByTime(15_000);
  expect(await failed).toMatchObject({ kind: 'broken', message: 'the port-forward to a gives no sign of life' });
});
