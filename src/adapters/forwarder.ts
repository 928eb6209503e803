import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { EnvironmentError } from '../errors.ts';

const LOOPBACK = '127.0.0.1';
/** How long a client is kept waiting for the other side: most give up after 30 s or more. */
const PATIENCE_MS = 20_000;
const REDIAL_MS = 300;
/** What a client has sent before the first byte of an answer is kept up to here, to be sent again. */
const MAX_KEPT = 1024 * 1024;
/** Who is told that it gets no connection may take a moment to read that. */
const LINGER_MS = 1000;

export interface ForwarderOptions {
  /** 0: any that is free. */
  port: number;
  /** Opens the other side of one connection; rejects with the reason when the signal ends the waiting. */
  dial: (signal: AbortSignal) => Promise<Duplex>;
  /** Whether an error of the other side means that nothing of what was sent has arrived there. */
  isUndelivered: (error: Error) => boolean;
  /** A connection ended because its other side broke, not because either end closed it. */
  onBroken: (reason: string) => void;
  /** Default: as long as clients usually wait. */
  patienceMs?: number;
}

export interface Forwarder {
  port: number;
  /** Takes no more connections, and ends those that are open. */
  close(): void;
}

/**
 * Listens on loopback and joins each connection to one of the other side. What has not arrived there is sent again on
 * the next one; else a connection never outlives its other side. One that gets none, or loses it before the first byte
 * of an answer, is told so in HTTP.
 * @throws EnvironmentError where the port cannot be used
 */
export async function startForwarder(options: ForwarderOptions): Promise<Forwarder> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
    void serve(socket, options);
  });
  const port = await listen(server, options.port);
  return {
    port,
    close: () => {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

async function listen(server: Server, port: number): Promise<number> {
  try {
    server.listen(port, LOOPBACK);
    await once(server, 'listening');
    return (server.address() as { port: number }).port;
  } catch (error) {
    const { code, message } = error as NodeJS.ErrnoException;
    const what = code === 'EADDRINUSE' ? `port ${port} is already in use` : `cannot listen on port ${port}: ${message}`;
    const suggestions = ['mcpk connect --port 0 takes a free one', 'mcpk down, if this app runs on this machine too'];
    throw new EnvironmentError('connect.port', what, { suggestions, cause: error });
  }
}

async function serve(socket: Socket, options: ForwarderOptions): Promise<void> {
  const gone = new AbortController();
  const limit = AbortSignal.any([gone.signal, AbortSignal.timeout(options.patienceMs ?? PATIENCE_MS)]);
  socket.setNoDelay(true);
  // What went wrong with it is its client's business; 'close' follows.
  socket.on('error', () => {});
  socket.once('close', () => gone.abort());
  const kept = new Kept(socket);
  for (;;) {
    const far = await options.dial(limit).catch((error: Error) => error);
    if (far instanceof Error) return gone.signal.aborted ? undefined : refuse(socket, far.message);
    const error = await join(socket, far, kept);
    if (!error || gone.signal.aborted) return;
    if (!kept.all || !options.isUndelivered(error)) {
      options.onBroken(error.message);
      return socket.bytesWritten === 0 ? refuse(socket, error.message) : void socket.destroy();
    }
    await delay(REDIAL_MS);
  }
}

/** What a client has sent, for as long as it may have to be sent again. */
class Kept {
  /** Undefined once it is too much, or answered. */
  all: Buffer[] | undefined = [];
  readonly #socket: Socket;
  #size = 0;

  constructor(socket: Socket) {
    this.#socket = socket;
  }

  /** Keeps what comes from now on. */
  start(): void {
    this.#socket.on('data', this.#keep);
  }

  stop(): void {
    this.#socket.off('data', this.#keep);
  }

  forget(): void {
    this.all = undefined;
    this.stop();
  }

  #keep = (chunk: Buffer): void => {
    this.#size += chunk.length;
    if (this.#size > MAX_KEPT) this.forget();
    else this.all?.push(chunk);
  };
}

/**
 * Joins both sides until they end.
 * @returns the error of the other side; the client's socket is then still open, and paused
 */
function join(socket: Socket, far: Duplex, kept: Kept): Promise<Error | undefined> {
  return new Promise((resolve) => {
    const end = () => void far.destroy();
    far.once('error', (error) => {
      kept.stop();
      socket.off('close', end);
      socket.unpipe(far).pause();
      resolve(error);
    });
    far.once('close', () => {
      if (far.errored) return;
      // Ends after what was already received, and does not wait for the client to close too.
      socket.destroySoon();
      resolve(undefined);
    });
    socket.once('close', end);
    if (socket.destroyed) return end();
    for (const chunk of kept.all ?? []) far.write(chunk);
    if (kept.all) kept.start();
    far.once('data', () => kept.forget());
    socket.pipe(far).pipe(socket);
  });
}

/** What is spoken here is HTTP: an answer says more than a connection that closes. */
function refuse(socket: Socket, reason: string): void {
  const body = `mcpk connect: ${reason}\n`;
  const head = [
    'HTTP/1.1 503 Service Unavailable',
    'Content-Type: text/plain; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    'Connection: close',
  ];
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`);
  // A socket that closes with bytes unread resets the connection, and the answer is lost.
  socket.resume();
  setTimeout(() => socket.destroy(), LINGER_MS).unref();
}
