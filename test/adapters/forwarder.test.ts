import { once } from 'node:events';
import { connect, createServer, type Socket } from 'node:net';
import { Duplex, PassThrough } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { expect, it, onTestFinished, vi } from 'vitest';
import { type Forwarder, startForwarder } from '../../src/adapters/forwarder.ts';

const isUndelivered = ({ message }: Error) => message === 'nothing listens on the port';

/** An other side that takes what comes, and then turns out to be none. */
function nobody(after: number): Duplex {
  let size = 0;
  const far: Duplex = new Duplex({
    read: () => {},
    write: (chunk: Buffer, _encoding, done) => {
      size += chunk.length;
      done();
      if (size >= after) far.destroy(new Error('nothing listens on the port'));
    },
  });
  return far;
}

/** A forwarder whose other side is what `dial` returns, and the reasons that it told. */
async function forwarding(
  dial: (signal: AbortSignal) => Promise<Duplex>,
  patienceMs?: number,
): Promise<Forwarder & { broken: string[] }> {
  const broken: string[] = [];
  const onBroken = (reason: string) => broken.push(reason);
  const patience = patienceMs === undefined ? {} : { patienceMs };
  const forwarder = await startForwarder({ port: 0, dial, isUndelivered, onBroken, ...patience });
  onTestFinished(() => forwarder.close());
  return { ...forwarder, broken };
}

/** A server on loopback, and a way to dial it. */
async function farSide(serve: (socket: Socket) => void): Promise<() => Promise<Duplex>> {
  const server = createServer(serve);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  const { port } = server.address() as { port: number };
  return async () => connect(port, '127.0.0.1');
}

async function client({ port }: Forwarder, options: { allowHalfOpen?: boolean } = {}): Promise<Socket> {
  const socket = connect({ port, host: '127.0.0.1', ...options });
  await once(socket, 'connect');
  onTestFinished(() => void socket.destroy());
  return socket;
}

it('carries bytes both ways, however slowly one side reads', async () => {
  const big = Buffer.alloc(8 * 1024 * 1024, 'abcdefgh');
  const dial = await farSide((socket) => {
    // Reads all of it before it answers: what is sent meanwhile has to wait.
    let received = 0;
    socket.on('data', (chunk: Buffer) => {
      received += chunk.length;
      if (received === big.length) socket.end(big);
    });
  });
  const socket = await client(await forwarding(dial));
  socket.write(big);
  expect((await text(socket)) === big.toString()).toBe(true);
});

it('a client whose other side ends gets all that was sent, then the end, and has to go', async () => {
  const forwarder = await forwarding(await farSide((socket) => socket.end('last words')));
  const socket = await client(forwarder, { allowHalfOpen: true });
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', () => {});
  await once(socket, 'end');
  expect(Buffer.concat(chunks).toString()).toBe('last words');
  await vi.waitFor(() => {
    socket.write('and then?');
    expect(socket.errored).toMatchObject({ code: expect.stringMatching(/EPIPE|ECONNRESET/) });
  });
  expect(forwarder.broken).toEqual([]);
});

// What was answered has arrived: it is not said again, whatever the error.
it.each(['the cable is cut', 'nothing listens on the port'])(
  'a client is never left hanging when %s',
  async (reason) => {
    const far = new PassThrough();
    const forwarder = await forwarding(async () => far);
    const socket = await client(forwarder);
    socket.write('x');
    await once(socket, 'data');
    far.destroy(new Error(reason));
    await once(socket, 'close');
    expect(forwarder.broken).toEqual([reason]);
  },
);

it('one that loses it before the first byte is told why', async () => {
  const far = new PassThrough();
  const forwarder = await forwarding(async () => far);
  const socket = await client(forwarder);
  setImmediate(() => far.destroy(new Error('the cable is cut')));
  const answer = await text(socket);
  expect(answer).toMatch(/^HTTP\/1\.1 503 /);
  expect(answer).toMatch(/\r\n\r\nmcpk connect: the cable is cut\n$/);
  expect(forwarder.broken).toEqual(['the cable is cut']);
});

it('what nobody has received is sent again to the next, once and in order', async () => {
  const sent = Buffer.from(Array.from({ length: 100_000 }, (_, i) => i % 251));
  const far = await farSide((socket) => {
    const chunks: Buffer[] = [];
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk);
      if (Buffer.concat(chunks).length >= sent.length) socket.end(Buffer.concat(chunks));
    });
  });
  const sides = [async () => nobody(1), async () => nobody(sent.length), far];
  const forwarder = await forwarding(() => (sides.shift() ?? far)());
  const socket = await client(forwarder);
  socket.write(sent.subarray(0, 10));
  setImmediate(() => socket.write(sent.subarray(10)));
  expect((await buffer(socket)).equals(sent)).toBe(true);
  expect(forwarder.broken).toEqual([]);
});

it('too much to keep is not sent again, and told', async () => {
  const size = 2 * 1024 * 1024;
  let dials = 0;
  const forwarder = await forwarding(async () => {
    dials++;
    return nobody(size);
  });
  const socket = await client(forwarder);
  socket.write(Buffer.alloc(size));
  expect(await text(socket)).toContain('mcpk connect: nothing listens on the port');
  expect(dials).toBe(1);
});

it('waiting has an end', async () => {
  const waits = (signal: AbortSignal) =>
    new Promise<Duplex>((_resolve, reject) => {
      signal.addEventListener('abort', () => reject(new Error('pod a is not ready')));
    });
  const socket = await client(await forwarding(waits, 100));
  expect(await text(socket)).toContain('mcpk connect: pod a is not ready');
});

it('one that gets no other side is told why, though it reads only when all is sent', async () => {
  const socket = await client(await forwarding(() => Promise.reject(new Error('pod a is not ready'))));
  await new Promise((resolve) => socket.write(Buffer.alloc(16 * 1024 * 1024), resolve));
  expect(await text(socket)).toMatch(/^HTTP\/1\.1 503 .*\r\n\r\nmcpk connect: pod a is not ready\n$/s);
});

it.each(['destroy', 'resetAndDestroy'] as const)(
  'a client that goes away takes its other side with it: %s',
  async (go) => {
    const far = new PassThrough();
    const dialled: AbortSignal[] = [];
    const forwarder = await forwarding(async (signal) => {
      dialled.push(signal);
      return far;
    });
    const socket = await client(forwarder);
    socket.write('x');
    await once(socket, 'data');
    socket[go]();
    await once(far, 'close');
    await vi.waitFor(() => expect(dialled.map(({ aborted }) => aborted)).toEqual([true]));
  },
);

it('a client that gives up stops the dialling, and what comes all the same is closed', async () => {
  const far = new PassThrough();
  let given: (far: Duplex) => void = () => {};
  let asked: (signal: AbortSignal) => void = () => {};
  const signal = new Promise<AbortSignal>((resolve) => {
    asked = resolve;
  });
  const forwarder = await forwarding((own) => {
    asked(own);
    return new Promise((resolve) => {
      given = resolve;
    });
  });
  const socket = await client(forwarder);
  const own = await signal;
  socket.resetAndDestroy();
  if (!own.aborted) await once(own, 'abort');
  given(far);
  await once(far, 'close');
});

it('closing ends the open connections, and takes no more', async () => {
  const forwarder = await forwarding(async () => new PassThrough());
  const socket = await client(forwarder);
  socket.write('x');
  await once(socket, 'data');
  forwarder.close();
  await once(socket, 'close');
  await expect(client(forwarder)).rejects.toThrow('ECONNREFUSED');
});

it('listens on loopback only, and says so where the port is taken', async () => {
  const { port } = await forwarding(async () => new PassThrough());
  await expect(once(connect(port, '::1'), 'connect')).rejects.toThrow();
  const second = startForwarder({ port, dial: async () => new PassThrough(), isUndelivered, onBroken: () => {} });
  await expect(second).rejects.toMatchObject({
    code: 'connect.port',
    exitCode: 3,
    message: `port ${port} is already in use`,
  });
});
