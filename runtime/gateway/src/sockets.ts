/** The connections of clients, and which of them wait for an answer. */
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/**
 * Node's own closeIdleConnections spares connections that have not sent anything yet, and clients open some ahead:
 * the end would have to wait for them.
 */
export class Sockets {
  /** With the number of answers that are due on each. */
  readonly #due = new Map<Socket, number>();
  #closing = false;

  constructor(server: Server) {
    server.on('connection', (socket: Socket) => {
      this.#due.set(socket, 0);
      socket.once('close', () => this.#due.delete(socket));
    });
  }

  track({ socket }: IncomingMessage, response: ServerResponse): void {
    this.#due.set(socket, (this.#due.get(socket) ?? 0) + 1);
    response.once('close', () => {
      const left = (this.#due.get(socket) ?? 1) - 1;
      if (this.#due.has(socket)) this.#due.set(socket, left);
      if (this.#closing && left === 0) socket.end();
    });
  }

  /** Closes every connection as soon as no answer is due on it. */
  closeIdle(): void {
    this.#closing = true;
    for (const [socket, due] of this.#due) if (due === 0) socket.destroy();
  }
}
