import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { onTestFinished } from 'vitest';
import { kubeconfigText, sendJson } from '../adapters/kube/fake-api.ts';
import { ServerSocket } from './web-socket.ts';

export interface FakePod {
  name: string;
  ready: boolean;
  deleting?: boolean;
  /** Port on loopback that stands for the pod's; without one nothing listens there. */
  port?: number;
}

export const TOKEN = 'c0ffee00c0ffee00c0ffee00c0ffee00';

/** An API server with pods whose port it forwards, and nothing else. */
export class ForwardingCluster {
  pods: FakePod[] = [];
  /** What the user may not do, as `get pods/portforward`. */
  denied: string[] = [];
  /** Every WebSocket that is open. */
  readonly sockets = new Set<ServerSocket>();
  /** Pods that ports were forwarded to, in order. */
  readonly forwarded: string[] = [];
  /** When it says that nothing listens: when the tunnel opens, or when it is used. The kubelet may do either. */
  refusesAtOnce = true;
  /** What it says then. */
  complaint =
    'failed to connect to localhost:8811 inside namespace "f2f7", IPv4: dial tcp4 127.0.0.1:8811: connect: connection refused';
  kubeconfig = '';
  #server: Server | undefined;
  #port = 0;

  static async start(): Promise<ForwardingCluster> {
    const cluster = new ForwardingCluster();
    await cluster.listen();
    const folder = await mkdtemp(join(tmpdir(), 'mcpk-kube-'));
    cluster.kubeconfig = join(folder, 'config');
    await writeFile(cluster.kubeconfig, kubeconfigText(`http://127.0.0.1:${cluster.#port}`));
    onTestFinished(async () => {
      await cluster.stop();
      await rm(folder, { recursive: true });
    });
    return cluster;
  }

  /** Starts, or starts again, in the same place. */
  async listen(): Promise<void> {
    const server = createServer((request, response) => void this.#answer(request, response));
    server.on('upgrade', (request: IncomingMessage, stream: Duplex) => this.#upgrade(request, stream));
    await new Promise<void>((resolve) => server.listen(this.#port, '127.0.0.1', resolve));
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  async stop(): Promise<void> {
    for (const socket of this.sockets) socket.cut();
    this.#server?.closeAllConnections();
    await new Promise((resolve) => (this.#server ? this.#server.close(resolve) : resolve(undefined)));
    this.#server = undefined;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname } = new URL(request.url ?? '', 'http://api');
    if (pathname.endsWith('/pods')) this.#send(response, 'list pods', { items: this.pods.map(livePod) });
    else if (pathname.endsWith('/secrets/mcp-gateway-token'))
      this.#send(response, 'get secrets', { data: { token: Buffer.from(TOKEN).toString('base64') } });
    else if (pathname.endsWith('/selfsubjectaccessreviews')) await this.#review(request, response);
    else sendJson(response, 404, {});
  }

  #send(response: ServerResponse, right: string, body: object): void {
    if (!this.denied.includes(right)) sendJson(response, 200, body);
    else sendJson(response, 403, { kind: 'Status', reason: 'Forbidden', message: `you may not ${right}` });
  }

  async #review(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { spec } = JSON.parse(await text(request));
    const { verb, resource, subresource } = spec.resourceAttributes;
    const allowed = !this.denied.includes(`${verb} ${resource}${subresource ? `/${subresource}` : ''}`);
    sendJson(response, 201, { status: { allowed } });
  }

  #upgrade(request: IncomingMessage, stream: Duplex): void {
    const name = /\/pods\/([^/]+)\/portforward/.exec(request.url ?? '')?.[1];
    const pod = this.pods.find((one) => one.name === name);
    const isDenied = this.denied.some((right) => right.endsWith('pods/portforward'));
    if (pod && !isDenied) this.#forward(pod, request, stream);
    else stream.end(`HTTP/1.1 ${isDenied ? '403 Forbidden' : '404 Not Found'}\r\nContent-Length: 0\r\n\r\n`);
  }

  #forward(pod: FakePod, request: IncomingMessage, stream: Duplex): void {
    this.forwarded.push(pod.name);
    const upstream = pod.port === undefined ? undefined : connect(pod.port, '127.0.0.1');
    const socket = new ServerSocket(request, stream, {
      onMessage: (message) => {
        if (!upstream) this.#complain(socket);
        else if (message[0] === 0) upstream.write(message.subarray(1));
      },
      onClose: () => {
        this.sockets.delete(socket);
        upstream?.destroy();
      },
    });
    this.sockets.add(socket);
    // As the kubelet does: each stream starts with the number of the port.
    for (const channel of [0, 1]) socket.send(Buffer.from([channel, 0x6b, 0x22]));
    if (upstream) relay(upstream, socket);
    else if (this.refusesAtOnce) this.#complain(socket);
  }

  #complain(socket: ServerSocket): void {
    socket.send(Buffer.from(`\u0001error forwarding port 8811 to pod f2f7, uid : ${this.complaint}`));
    socket.close(1000);
  }
}

function relay(upstream: Socket, socket: ServerSocket): void {
  upstream.on('data', (chunk: Buffer) => {
    if (socket.send(Buffer.concat([Buffer.from([0]), chunk]))) return;
    upstream.pause();
    socket.onDrain(() => upstream.resume());
  });
  upstream.on('error', () => {});
  upstream.on('close', () => socket.close(1000));
}

function livePod({ name, ready, deleting }: FakePod): object {
  return {
    metadata: { name, ...(deleting && { deletionTimestamp: '2026-01-01T00:00:00Z' }) },
    spec: { containers: [{ name: 'gateway' }] },
    status: {
      phase: 'Running',
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      containerStatuses: [{ name: 'gateway', ready, restartCount: 0, state: { running: {} } }],
    },
  };
}
