import { type IncomingMessage, request } from 'node:http';
import { type Duplex, Readable } from 'node:stream';

/** Opens one byte stream to the server; each request has its own. */
export type Dial = (signal: AbortSignal) => Promise<Duplex>;

const NO_BODY = new Set([101, 204, 205, 304]);

/**
 * A `fetch` whose connections are dialled by the caller: no port is opened on this machine, and nothing outlives the
 * answer that it carries.
 */
export function tunnelFetch(
  dial: Dial,
  lifetime: AbortSignal,
): (url: string | URL, init?: RequestInit) => Promise<Response> {
  return async (input, init = {}) => {
    const url = new URL(input);
    const signal = init.signal ? AbortSignal.any([init.signal, lifetime]) : lifetime;
    const stream = await dial(signal);
    const incoming = await send(stream, url, init, signal).catch((error: unknown) => {
      stream.destroy();
      throw error;
    });
    incoming.once('close', () => stream.destroy());
    return toResponse(incoming);
  };
}

function send(stream: Duplex, url: URL, init: RequestInit, signal: AbortSignal): Promise<IncomingMessage> {
  const body = typeof init.body === 'string' ? Buffer.from(init.body) : undefined;
  return new Promise((resolve, reject) => {
    const outgoing = request(url, {
      method: init.method ?? 'GET',
      headers: {
        ...Object.fromEntries(new Headers(init.headers).entries()),
        connection: 'close',
        ...(body && { 'content-length': body.length }),
      },
      // Without an agent, or it would make connections of its own. Node asks for a net.Socket; a Duplex serves.
      createConnection: () => stream as never,
      signal,
    });
    outgoing.on('response', resolve);
    outgoing.on('error', reject);
    outgoing.end(body);
  });
}

function toResponse(incoming: IncomingMessage): Response {
  const headers = new Headers();
  for (const [name, value] of Object.entries(incoming.headers)) {
    for (const one of Array.isArray(value) ? value : [value ?? '']) headers.append(name, one);
  }
  const status = incoming.statusCode ?? 502;
  if (NO_BODY.has(status)) {
    incoming.resume();
    return new Response(null, { status, headers });
  }
  return new Response(Readable.toWeb(incoming) as ReadableStream, { status, headers });
}
