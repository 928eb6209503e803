import { Duplex, PassThrough, Writable } from 'node:stream';
import type { KubeConfig } from '@kubernetes/client-node';

/** A tunnel that could not be opened, or broke. */
export class TunnelError extends Error {
  /** `refused`: nothing listens on the port in the pod. `denied`: the user lacks the right. */
  readonly kind: 'refused' | 'denied' | 'gone' | 'broken' | 'timeout';

  constructor(kind: TunnelError['kind'], message: string) {
    super(message);
    this.kind = kind;
  }
}

export interface TunnelTarget {
  namespace: string;
  pod: string;
  port: number;
}

/** As much of a WebSocket as is used here: client-node's types for it change between its versions. */
interface Socket {
  readyState: number;
  close(): void;
  terminate(): void;
  on(event: 'close' | 'error', listener: (detail: unknown) => void): void;
}

const OPEN_TIMEOUT_MS = 10_000;
const CLOSED = 3;
/** A peer that does not answer the closing handshake must not keep the process alive. */
const CLOSE_GRACE_MS = 500;

/**
 * Connects to a TCP port of a pod, by the API server's port-forward. Works on pods that are not ready, and passes
 * Services and NetworkPolicies by.
 * @throws TunnelError
 */
export async function openTunnel(config: KubeConfig, target: TunnelTarget, signal: AbortSignal): Promise<Duplex> {
  signal.throwIfAborted();
  const { PortForward, WebSocketHandler } = await load();
  // Its default handler takes close frames for this process's own standard streams.
  const unused = { stdin: new PassThrough(), stdout: new PassThrough(), stderr: new PassThrough() };
  const forward = new PortForward(config, true, new WebSocketHandler(config, undefined, unused));
  const tunnel = new Tunnel();
  const limit = AbortSignal.any([signal, AbortSignal.timeout(OPEN_TIMEOUT_MS)]);
  const opening = forward.portForward(
    target.namespace,
    target.pod,
    [target.port],
    tunnel.output,
    tunnel.errors,
    tunnel.input,
  );
  // When the waiting ends first, the socket that comes later must still be closed.
  opening.then(
    (socket) => limit.aborted && (socket as unknown as Socket).terminate(),
    () => {},
  );
  const socket = await Promise.race([opening, aborted(limit)]).catch((error: unknown) => {
    tunnel.destroy();
    signal.throwIfAborted();
    throw limit.aborted
      ? new TunnelError('timeout', `no port-forward within ${OPEN_TIMEOUT_MS / 1000} s`)
      : openError(error, target);
  });
  tunnel.attach(socket as unknown as Socket, target);
  return tunnel;
}

/** client-node does not export its WebSocketHandler from its index. */
async function load() {
  const [{ PortForward }, { WebSocketHandler }] = await Promise.all([
    import('@kubernetes/client-node/dist/portforward.js'),
    import('@kubernetes/client-node/dist/web-socket-handler.js'),
  ]);
  return { PortForward, WebSocketHandler };
}

class Tunnel extends Duplex {
  readonly input = new PassThrough();
  readonly output: Writable;
  readonly errors: Writable;
  #socket: Socket | undefined;
  #complaint = '';

  constructor() {
    super({ allowHalfOpen: false });
    this.output = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        // client-node writes an empty chunk for the port number that starts a stream: to push it would mean "no data".
        if (chunk.length > 0 && !this.destroyed) this.push(chunk);
        done();
      },
    });
    this.errors = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        this.#complaint += chunk.toString('utf8');
        if (chunk.length > 0) this.#complain();
        done();
      },
    });
  }

  /** client-node leaves the streams open when the WebSocket closes. */
  attach(socket: Socket, target: TunnelTarget): void {
    this.#socket = socket;
    if (this.destroyed || socket.readyState === CLOSED) return void this.destroy();
    socket.on('error', (error) =>
      this.destroy(new TunnelError('broken', `the port-forward to ${target.pod} broke: ${text(error)}`)),
    );
    socket.on('close', () => {
      if (this.destroyed) return;
      this.push(null);
    });
    if (this.#complaint !== '') this.#complain();
  }

  override _read(): void {}

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    this.input.write(chunk, done);
  }

  override _final(done: (error?: Error | null) => void): void {
    done();
    // Port-forward knows no half-open connection; whoever ends writing has read all there was to read.
    this.destroy();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    const socket = this.#socket;
    if (socket && socket.readyState !== CLOSED) {
      socket.close();
      setTimeout(() => socket.terminate(), CLOSE_GRACE_MS).unref();
    }
    this.input.destroy();
    done(error);
  }

  /** The kubelet says on a channel of its own why it cannot connect. */
  #complain(): void {
    const refused = /connection refused/i.test(this.#complaint);
    const message = refused ? 'nothing listens on the port' : this.#complaint.trim().slice(0, 300);
    this.destroy(new TunnelError(refused ? 'refused' : 'broken', message));
  }
}

function openError(error: unknown, { pod }: TunnelTarget): TunnelError {
  const message = text(error);
  if (/\b40[13]\b/.test(message)) return new TunnelError('denied', `you may not forward a port of pod ${pod}`);
  if (/\b404\b/.test(message)) return new TunnelError('gone', `pod ${pod} is gone`);
  return new TunnelError('broken', `cannot forward a port of pod ${pod}: ${message}`);
}

/** The ws package rejects with an event, not with an error. */
function text(error: unknown): string {
  return String((error as { message?: unknown })?.message ?? error);
}

function aborted(signal: AbortSignal): Promise<never> {
  return new Promise((_resolve, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
