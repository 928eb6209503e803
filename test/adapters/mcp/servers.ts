import { createServer as createHttpServer, type RequestListener } from 'node:http';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { onTestFinished } from 'vitest';

export interface Request {
  id?: number;
  method: string;
  params: Record<string, unknown>;
}

export type Reply = (text: string) => void;

/** A server behind a bridge: reads JSON-RPC lines on TCP. Returns how to connect. */
export async function lineServer(
  onRequest: (request: Request, reply: Reply, socket: Socket) => void,
): Promise<() => Promise<Duplex>> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => {});
    let rest = '';
    socket.on('data', (chunk) => {
      const lines = (rest + chunk.toString('utf8')).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onRequest(JSON.parse(line) as Request, (text) => socket.write(text), socket);
    });
  });
  const port = await listen(server);
  onTestFinished(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return async () => connect(port, '127.0.0.1');
}

export async function httpServer(onRequest: RequestListener): Promise<() => Promise<Duplex>> {
  const server = createHttpServer(onRequest);
  const port = await listen(server);
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return async () => connect(port, '127.0.0.1');
}

function listen(server: {
  listen(port: number, host: string, done: () => void): unknown;
  address(): unknown;
}): Promise<number> {
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port)));
}

export function result(id: number | undefined, value: unknown): string {
  return `${JSON.stringify({ jsonrpc: '2.0', id, result: value })}\n`;
}

export function rpcError(id: number | undefined, error: unknown): string {
  return `${JSON.stringify({ jsonrpc: '2.0', id, error })}\n`;
}

export function initializeResult(params: Record<string, unknown>) {
  return {
    protocolVersion: params['protocolVersion'],
    capabilities: { tools: {} },
    serverInfo: { name: 'fake', version: '1.2.3' },
  };
}

export function tool(name: string) {
  return { name, inputSchema: { type: 'object' } };
}
