import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A loopback HTTP server that stands for an API server, and a kubeconfig that leads to it. */
export interface FakeApi {
  kubeconfig: string;
  url: string;
  /** How many TCP connections there have been. */
  connections: () => number;
  stop: () => Promise<void>;
}

export async function fakeApi(answer: (request: IncomingMessage, response: ServerResponse) => void): Promise<FakeApi> {
  let connections = 0;
  const server: Server = createServer(answer);
  server.on('connection', () => connections++);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const folder = await mkdtemp(join(tmpdir(), 'mcpk-kube-'));
  const kubeconfig = join(folder, 'config');
  await writeFile(kubeconfig, kubeconfigText(url));
  return {
    kubeconfig,
    url,
    connections: () => connections,
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await rm(folder, { recursive: true });
    },
  };
}

/** A kubeconfig with one context, `dev`. */
export function kubeconfigText(server: string, user: object = { token: 'not-a-real-token' }): string {
  return JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    'current-context': 'dev',
    clusters: [
      { name: 'c', cluster: { server, ...(server.startsWith('http:') && { 'insecure-skip-tls-verify': true }) } },
    ],
    contexts: [{ name: 'dev', context: { cluster: 'c', user: 'u' } }],
    users: [{ name: 'u', user }],
  });
}

export function sendJson(
  response: ServerResponse,
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers });
  response.end(JSON.stringify(body));
}
