import { Duplex, PassThrough, Writable } from 'node:stream';
import type { KubeConfig } from '@kubernetes/client-node';

/** A tunnel that could not be opened, or broke. */
export class TunnelError extends Error {
  /**
   * `refused`: nothing listens on the port in the pod. `gone`: there is no such pod any more. In both cases nothing of
   * what was sent has arrived. `denied`: the user lacks the right.
   */
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
  isPaused: boolean;
  send(frame: Buffer, done: (error?: Error | null) => void): void;
  ping(): void;
  pause(): void;
  resume(): void;
  close(): void;
  terminate(): void;
  on(event: 'close' | 'error' | 'message' | 'pong', listener: (detail: unknown) => void): void;
}

/** What containerd and CRI-O say of a pod whose containers are gone before they connect. */
const GONE = /failed to find sandbox|(sandbox|container) .*(is not running|is closed|not found)/i;
const OPEN_TIMEOUT_MS = 10_000;
const CLOSED = 3;
/** RFC 6455, 7.4.1: a normal closure, and a close frame without a code. */
const ORDERLY = new Set([1000, 1005]);
/** The first byte of a frame is its channel; the first port's data is channel 0 in both directions. */
const DATA = Buffer.from([0]);
/** Shorter than the idle timeouts of load balancers (60 s and more), so that they keep quiet connections too. */
const PING_MS = 15_000;
/** A network that is gone says nothing: so many pings without any answer, and the connection is dead. */
const MAX_UNANSWERED = 2;
/** A peer that does not answer the closing handshake must not keep the process alive. */
const CLOSE_GRACE_MS = 500;

/**
 * Connects to a TCP port of a pod, by the API server's port-forward. Works on pods that are not ready, and passes
 * Services and NetworkPolicies by. Whether the port listens shows only later: by `answered`, an event when the first
 * byte comes, or by an error.
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
  const { output, errors } = tunnel;
  // It would send whatever comes, however slowly the other side reads: the tunnel writes by itself.
  const input = new PassThrough();
  const opening = forward.portForward(target.namespace, target.pod, [target.port], output, errors, input);
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
  // It may be refused before anybody can listen to its errors.
  if (tunnel.errored) throw tunnel.errored;
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
  readonly output: Writable;
  readonly errors: Writable;
  #socket: Socket | undefined;
  #heartbeat: NodeJS.Timeout | undefined;
  #complaint = '';
  #isAnswered = false;

  constructor() {
    super({ allowHalfOpen: false });
    // A tunnel that nobody uses yet may break all the same; that must not end the process.
    this.on('error', () => {});
    this.output = new Writable({
      write: (chunk: Buffer, _encoding, done) => {
        // client-node writes an empty chunk for the port number that starts a stream: to push it would mean "no data".
        if (chunk.length > 0 && !this.destroyed) this.#take(chunk);
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
    socket.on('close', (code) => {
      if (this.destroyed) return;
      // The other side of the pod's connection ended, or what lies in between did.
      if (ORDERLY.has(code as number)) this.push(null);
      else this.destroy(new TunnelError('broken', `the port-forward to ${target.pod} was cut`));
    });
    this.#watch(socket, target);
    if (this.#complaint !== '') this.#complain();
  }

  /** Destroys the tunnel when nothing answers any more. While we do not read, answers cannot arrive. */
  #watch(socket: Socket, { pod }: TunnelTarget): void {
    let unanswered = 0;
    const alive = () => {
      unanswered = 0;
    };
    socket.on('message', alive);
    socket.on('pong', alive);
    this.#heartbeat = setInterval(() => {
      if (socket.isPaused) return;
      if (unanswered >= MAX_UNANSWERED) {
        this.destroy(new TunnelError('broken', `the port-forward to ${pod} gives no sign of life`));
        return;
      }
      unanswered++;
      socket.ping();
    }, PING_MS).unref();
  }

  /** The pod's first byte is the first proof that something listens there. */
  #take(chunk: Buffer): void {
    if (!this.#isAnswered) {
      this.#isAnswered = true;
      this.emit('answered');
    }
    if (!this.push(chunk)) this.#socket?.pause();
  }

  override _read(): void {
    this.#socket?.resume();
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    if (this.#socket) this.#socket.send(Buffer.concat([DATA, chunk]), done);
    else done(new TunnelError('broken', 'the port-forward is not open'));
  }

  override _final(done: (error?: Error | null) => void): void {
    done();
    // Port-forward knows no half-open connection; whoever ends writing has read all there was to read.
    this.destroy();
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    clearInterval(this.#heartbeat);
    const socket = this.#socket;
    if (socket && socket.readyState !== CLOSED) {
      socket.close();
      setTimeout(() => socket.terminate(), CLOSE_GRACE_MS).unref();
    }
    done(error);
  }

  /** The kubelet says on a channel of its own why it cannot connect. */
  #complain(): void {
    const said = this.#complaint;
    if (/connection refused/i.test(said)) this.destroy(new TunnelError('refused', 'nothing listens on the port'));
    else if (GONE.test(said)) this.destroy(new TunnelError('gone', 'the pod has ended'));
    else this.destroy(new TunnelError('broken', said.trim().slice(0, 300)));
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
