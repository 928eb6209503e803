import { createServer, type Server, type Socket } from 'node:net';

export interface ToolSpec {
  name: string;
  [key: string]: unknown;
}

export interface TcpServerOptions {
  /** Pages of tools/list; every page but the last comes with a cursor. */
  pages?: ToolSpec[][];
  /** Raw result of tools/call; `NAME` in it becomes the tool's name. */
  callResult?: string;
  /** Accepts, reads, and never says a word. */
  silent?: boolean;
  /** Answers tools/call with this error. */
  callError?: { code: number; message: string; data?: unknown };
  /** Closes the connection instead of answering tools/call. */
  hangUpOnCall?: boolean;
  port?: number;
}

interface Request {
  id?: number;
  method: string;
  params?: { name?: string; cursor?: string };
}

/** The smallest MCP server that speaks newline-delimited JSON-RPC on TCP, as a bridge does. */
export class TcpMcpServer {
  readonly received: Request[] = [];
  /** Raw text of what came in. */
  readonly lines: string[] = [];
  connections = 0;
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #options: TcpServerOptions;

  private constructor(options: TcpServerOptions) {
    this.#options = options;
    this.#server = createServer((socket) => this.#serve(socket));
  }

  static async start(options: TcpServerOptions = {}): Promise<TcpMcpServer> {
    const server = new TcpMcpServer(options);
    await new Promise<void>((resolve, reject) => {
      server.#server.once('error', reject);
      server.#server.listen(options.port ?? 0, '127.0.0.1', resolve);
    });
    return server;
  }

  get port(): number {
    return (this.#server.address() as { port: number }).port;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  get openConnections(): number {
    return this.#sockets.size;
  }

  async stop(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening) await new Promise((resolve) => this.#server.close(resolve));
  }

  /** Changes the tools and tells every client. */
  changeTools(pages: ToolSpec[][]): void {
    this.#options = { ...this.#options, pages };
    for (const socket of this.#sockets) send(socket, { method: 'notifications/tools/list_changed' });
  }

  /** From now on no byte is answered on any connection, and none is closed: as behind a node that is gone. */
  goSilent(): void {
    this.#options = { ...this.#options, silent: true };
  }

  speakAgain(): void {
    this.#options = { ...this.#options, silent: false };
  }

  #serve(socket: Socket): void {
    this.connections++;
    this.#sockets.add(socket);
    socket.on('close', () => this.#sockets.delete(socket)).on('error', () => {});
    let rest = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => {
      const lines = (rest + chunk).split('\n');
      rest = lines.pop() as string;
      for (const line of lines) this.#receive(socket, line);
    });
  }

  #receive(socket: Socket, line: string): void {
    const request = JSON.parse(line) as Request;
    this.received.push(request);
    this.lines.push(line);
    if (this.#options.silent || request.id === undefined) return;
    if (request.method === 'tools/call') this.#call(socket, request);
    else send(socket, { id: request.id, result: this.#result(request) });
  }

  #result({ method, params }: Request): unknown {
    if (method === 'initialize') {
      const serverInfo = { name: 'tcp', version: '1' };
      return { protocolVersion: '2025-06-18', capabilities: { tools: { listChanged: true } }, serverInfo };
    }
    if (method !== 'tools/list') return {};
    const pages = this.#options.pages ?? [[{ name: 'hello', inputSchema: { type: 'object' } }]];
    const page = params?.cursor === undefined ? 0 : pages.findIndex((_, index) => cursorOf(index) === params.cursor);
    return { tools: pages[page], ...(page < pages.length - 1 ? { nextCursor: cursorOf(page + 1) } : {}) };
  }

  #call(socket: Socket, { id, params }: Request): void {
    const { callError, callResult, hangUpOnCall } = this.#options;
    if (hangUpOnCall) socket.destroy();
    else if (callError !== undefined) send(socket, { id, error: callError });
    else {
      const result = callResult ?? '{"content":[{"type":"text","text":"NAME"}]}';
      socket.write(`{"jsonrpc":"2.0","id":${id},"result":${result.replace('NAME', params?.name ?? '')}}\n`);
    }
  }
}

/** The second page's cursor is the empty string, which is as good as any other. */
function cursorOf(page: number): string {
  return page === 1 ? '' : `page-${page}`;
}

function send(socket: Socket, message: object): void {
  socket.write(`${JSON.stringify({ jsonrpc: '2.0', ...message })}\n`);
}
