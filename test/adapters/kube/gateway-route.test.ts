import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Duplex } from 'node:stream';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { connect } from '../../../src/adapters/kube/connection.ts';
import { GatewayRoute, type RouteEvent } from '../../../src/adapters/kube/gateway-route.ts';
import type { McpkError } from '../../../src/errors.ts';
import { appOf } from '../../helpers/config.ts';
import { ForwardingCluster } from '../../helpers/forwarding-cluster.ts';

const never = () => new AbortController().signal;

/** An HTTP server that answers with its name: the gateway in a pod. */
async function gateway(name: string): Promise<number> {
  const server = createServer((_request, response) => response.end(name));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return (server.address() as { port: number }).port;
}

async function routeTo(cluster: ForwardingCluster) {
  const events: RouteEvent[] = [];
  const kube = await connect({ kubeconfig: cluster.kubeconfig, env: {} });
  onTestFinished(() => kube.close());
  const app = appOf('apiVersion: mcpk/v1\nname: demo\nnamespace: mcp\nservers: { duckduckgo: {} }\n');
  const onEvent = (event: RouteEvent) => events.push(event);
  return { route: new GatewayRoute({ kube, app, onEvent }), events };
}

/** Who answers on a connection. */
async function who(tunnel: Duplex): Promise<string> {
  tunnel.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n');
  let text = '';
  for await (const chunk of tunnel) text += String(chunk);
  return text.split('\r\n\r\n')[1]?.replaceAll(/[^a-z]/g, '') ?? '';
}

async function failure(work: Promise<unknown>): Promise<McpkError> {
  return (await work.then(
    () => undefined,
    (error: unknown) => error,
  )) as McpkError;
}

describe('at the start', () => {
  it('waits for a pod that is Ready and answers', async () => {
    const cluster = await ForwardingCluster.start();
    cluster.pods = [{ name: 'a', ready: false }];
    const { route, events } = await routeTo(cluster);
    const opened = route.open(never());
    const told = (reason: string) => vi.waitFor(() => expect(events).toContainEqual({ type: 'lost', reason }));
    await told('pod a is not ready (running, not ready)');
    cluster.pods = [{ name: 'a', ready: true }];
    await told('nothing listens on the port');
    cluster.pods = [{ name: 'a', ready: true, port: await gateway('first') }];
    expect(await opened).toBe('a');
    expect(events.at(-1)).toEqual({ type: 'back', pod: 'a', afterMs: expect.any(Number) });
  });

  it.each([[[]], [[{ name: 'a', ready: true, deleting: true }]]])(
    'says that there is no gateway: pods %j',
    async (pods) => {
      const cluster = await ForwardingCluster.start();
      cluster.pods = pods;
      const { route } = await routeTo(cluster);
      expect(await failure(route.open(never()))).toMatchObject({ code: 'connect.no-gateway', exitCode: 1 });
    },
  );

  it.each([
    [['create pods/portforward'], 'you may not create pods/portforward in namespace mcp of dev'],
    [
      ['get pods/portforward', 'create pods/portforward'],
      'you may not get pods/portforward, nor create pods/portforward in namespace mcp of dev',
    ],
    [['list pods'], 'you may not list pods in namespace mcp of dev'],
  ])('names the rights that are lacking, and the Role that has them: %j', async (denied, message) => {
    const cluster = await ForwardingCluster.start();
    cluster.pods = [{ name: 'a', ready: true, port: await gateway('first') }];
    cluster.denied = denied;
    const { route } = await routeTo(cluster);
    const error = await failure(route.open(never()));
    expect(error).toMatchObject({ code: 'connect.forbidden', exitCode: 3, message });
    const role = JSON.parse(/echo '(.*)' \| kubectl -n mcp apply -f -$/.exec(error.suggestions[0] ?? '')?.[1] ?? '{}');
    expect(role.rules).toEqual([
      { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
      { apiGroups: [''], resources: ['pods/portforward'], verbs: ['get', 'create'] },
    ]);
  });

  it('is given up when it is interrupted', async () => {
    const cluster = await ForwardingCluster.start();
    cluster.pods = [{ name: 'a', ready: false }];
    const { route, events } = await routeTo(cluster);
    const controller = new AbortController();
    const opened = route.open(controller.signal);
    await vi.waitFor(() => expect(events).toHaveLength(1));
    controller.abort(new Error('enough'));
    expect(await failure(opened)).toMatchObject({ message: 'enough' });
  });
});

describe('later', () => {
  /** A route that is open to pod `a`. */
  async function opened() {
    const cluster = await ForwardingCluster.start();
    cluster.pods = [{ name: 'a', ready: true, port: await gateway('first') }];
    const to = await routeTo(cluster);
    await to.route.open(never());
    return { cluster, ...to };
  }

  it('stays with its pod while that is Ready: sessions live there', async () => {
    const { cluster, route, events } = await opened();
    cluster.pods.unshift({ name: 'b', ready: true, port: await gateway('second') });
    vi.spyOn(performance, 'now').mockReturnValue(performance.now() + 60_000);
    onTestFinished(() => void vi.restoreAllMocks());
    expect(await who(await route.dial(never()))).toBe('first');
    expect(events).toEqual([]);
  });

  it('goes to the next pod when that one is replaced, though it was Ready a moment ago', async () => {
    const { cluster, route, events } = await opened();
    cluster.pods = [
      { name: 'a', ready: true, deleting: true },
      { name: 'b', ready: false },
    ];
    const dialled = route.dial(never());
    const reason = 'pod b is not ready (running, not ready)';
    await vi.waitFor(() => expect(events).toContainEqual({ type: 'lost', reason }));
    cluster.pods = [{ name: 'b', ready: true, port: await gateway('second') }];
    expect(await who(await dialled)).toBe('second');
    expect(events.slice(-2)).toEqual([
      { type: 'moved', from: 'a', to: 'b' },
      { type: 'back', pod: 'b', afterMs: expect.any(Number) },
    ]);
  });

  it('works again when the API server is back', async () => {
    const { cluster, route, events } = await opened();
    await cluster.stop();
    const dialled = route.dial(never());
    await vi.waitFor(() =>
      expect(events.at(-1)).toMatchObject({ reason: expect.stringContaining('nothing listens at') }),
    );
    await cluster.listen();
    expect(await who(await dialled)).toBe('first');
    expect(events.at(-1)).toMatchObject({ type: 'back', pod: 'a' });
  });

  it('says what it waits for when the waiting ends', async () => {
    const { cluster, route, events } = await opened();
    cluster.pods = [];
    const controller = new AbortController();
    const dialled = failure(route.dial(controller.signal));
    await vi.waitFor(() => expect(events).toContainEqual({ type: 'lost', reason: 'there is no gateway pod' }));
    controller.abort();
    expect((await dialled).message).toBe('there is no gateway pod');
  });

  it('is not back before somebody has answered', async () => {
    const { cluster, route, events } = await opened();
    cluster.refusesAtOnce = false;
    cluster.pods = [{ name: 'a', ready: true }];
    const refused = await route.dial(never());
    expect(events).toEqual([]);
    refused.write('x');
    await new Promise((resolve) => refused.once('error', resolve));
    expect(events).toEqual([{ type: 'lost', reason: 'nothing listens on the port' }]);
    // It looks anew, though it did so a moment ago.
    cluster.pods = [{ name: 'b', ready: true, port: await gateway('second') }];
    expect(await who(await route.dial(never()))).toBe('second');
    expect(events.slice(1)).toEqual([
      { type: 'moved', from: 'a', to: 'b' },
      { type: 'back', pod: 'b', afterMs: expect.any(Number) },
    ]);
  });

  it('tells a thing once, however many wait', async () => {
    const { cluster, route, events } = await opened();
    cluster.pods = [];
    const dialled = [1, 2, 3].map(() => route.dial(never()));
    await vi.waitFor(() => expect(events).toContainEqual({ type: 'lost', reason: 'there is no gateway pod' }));
    cluster.pods = [{ name: 'b', ready: true, port: await gateway('second') }];
    expect(await Promise.all(dialled.map(async (one) => who(await one)))).toEqual(['second', 'second', 'second']);
    const seen = events.filter(({ type }) => type !== 'lost').map(({ type }) => type);
    expect(seen).toEqual(['moved', 'back']);
    const reasons = events.flatMap((event) => (event.type === 'lost' ? [event.reason] : []));
    expect(reasons).toEqual([...new Set(reasons)]);
  });
});
