import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http';
import { type Agent, request as httpsRequest } from 'node:https';
import { setTimeout as delay } from 'node:timers/promises';
import type { KubeConfig } from '@kubernetes/client-node';
import type { KubeRequest, KubeResponse } from './connection.ts';
import { credentialFault, transportFault } from './transport-fault.ts';

const DEFAULT_TIMEOUT_MS = 15_000;
const MAX_BODY = 64 * 1024 * 1024;
const MAX_TRIES = 4;
const MAX_RETRY_AFTER_S = 10;

/**
 * Plain HTTPS with the kubeconfig's credentials. client-node's own calls open a connection each, drop fields that
 * their models do not know, and have no fieldValidation.
 */
export class Transport {
  readonly #config: KubeConfig;
  readonly #server: string;
  #credentials: Promise<RequestOptions> | undefined;

  constructor(config: KubeConfig, server: string) {
    this.#config = config;
    this.#server = server;
  }

  /** @throws EnvironmentError when no HTTP answer comes; the signal's reason when it is aborted */
  async request(request: KubeRequest): Promise<KubeResponse> {
    const signal = request.signal;
    let renewed = false;
    for (let attempt = 1; ; attempt++) {
      signal?.throwIfAborted();
      const answer = await this.#send(request);
      // A short-lived token may have run out during a long wait; a plugin can give a new one.
      if (answer.status === 401 && !renewed) {
        renewed = true;
        if (await this.#renewCredentials()) continue;
      }
      const wait = retryAfter(answer);
      if (wait === undefined || attempt >= MAX_TRIES) return answer.response(request.text === true);
      await delay(wait * 1000, undefined, signal ? { signal } : {}).catch(() => signal?.throwIfAborted());
    }
  }

  close(): void {
    void this.#credentials?.then(({ agent }) => (agent as Agent | undefined)?.destroy()).catch(() => {});
  }

  async #send(request: KubeRequest): Promise<Answer> {
    const credentials = await this.#applied();
    for (;;) {
      try {
        return await this.#once(request, credentials);
      } catch (error) {
        // The server may close kept connections at the very moment in which they are used again. There are only so many.
        if (!(error instanceof StaleConnection)) throw error;
      }
    }
  }

  #applied(): Promise<RequestOptions> {
    this.#credentials ??= apply(this.#config);
    return this.#credentials;
  }

  /** False where the credentials cannot change. */
  async #renewCredentials(): Promise<boolean> {
    const user = this.#config.getCurrentUser();
    if (!user?.exec && !user?.authProvider) return false;
    this.close();
    this.#credentials = apply(this.#config);
    await this.#credentials;
    return true;
  }

  #once(request: KubeRequest, credentials: RequestOptions): Promise<Answer> {
    const url = target(this.#server, request);
    const limit = AbortSignal.timeout(request.timeoutMs ?? DEFAULT_TIMEOUT_MS);
    const signal = request.signal ? AbortSignal.any([request.signal, limit]) : limit;
    const body = request.body === undefined ? undefined : Buffer.from(JSON.stringify(request.body));
    const options: RequestOptions = {
      ...credentials,
      method: request.method ?? 'GET',
      headers: {
        ...credentials.headers,
        accept: request.accept ?? (request.text ? '*/*' : 'application/json'),
        'user-agent': 'mcpk',
        ...(body && { 'content-type': request.contentType ?? 'application/json', 'content-length': body.length }),
      },
      signal,
    };
    return new Promise((resolve, reject) => {
      const fail = (error: unknown) => {
        if (request.signal?.aborted) reject(request.signal.reason);
        else if (limit.aborted) reject(transportFault(url, 'timeout', error));
        else reject(transportFault(url, 'error', error));
      };
      const send = url.protocol === 'https:' ? httpsRequest : httpRequest;
      const outgoing = send(url, options, (incoming) => {
        collect(incoming).then(resolve, fail);
      });
      outgoing.on('error', (error: NodeJS.ErrnoException) => {
        const stale = outgoing.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
        if (stale && !signal.aborted) reject(new StaleConnection());
        else fail(error);
      });
      outgoing.end(body);
    });
  }
}

class StaleConnection extends Error {}

interface Answer {
  status: number;
  headers: IncomingMessage['headers'];
  response: (asText: boolean) => KubeResponse;
}

async function apply(config: KubeConfig): Promise<RequestOptions> {
  const options: RequestOptions = {};
  try {
    await config.applyToHTTPSOptions(options as Parameters<KubeConfig['applyToHTTPSOptions']>[0]);
  } catch (error) {
    throw credentialFault(config, error);
  }
  const agent = options.agent as (Agent & { keepAlive?: boolean }) | undefined;
  if (agent) agent.keepAlive = true;
  return options;
}

function target(server: string, request: KubeRequest): URL {
  const url = new URL(server);
  // Rancher and other front ends serve the API under a path of their own.
  url.pathname = url.pathname.replace(/\/$/, '') + request.path;
  for (const [name, value] of Object.entries(request.query ?? {})) url.searchParams.set(name, value);
  return url;
}

async function collect(incoming: IncomingMessage): Promise<Answer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > MAX_BODY) throw new Error(`an answer of more than ${MAX_BODY} bytes`);
    chunks.push(chunk);
  }
  const text = Buffer.concat(chunks).toString('utf8');
  const status = incoming.statusCode ?? 0;
  return {
    status,
    headers: incoming.headers,
    response: (asText) => ({
      status,
      body: asText && status < 300 ? text : parsed(text),
      warnings: warnings(incoming),
    }),
  };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** RFC 7234: `299 - "text"`, repeated headers joined by commas. */
function warnings(incoming: IncomingMessage): string[] {
  const header = incoming.headers['warning'] ?? '';
  return [...header.matchAll(/\d{3} \S+ "((?:[^"\\]|\\.)*)"/g)].map((match) =>
    (match[1] ?? '').replaceAll(/\\(.)/g, '$1'),
  );
}

/** Seconds to wait where the server asks for it: it is overloaded, or starting. */
function retryAfter(answer: Answer): number | undefined {
  if (answer.status !== 429 && answer.status !== 503) return undefined;
  const seconds = Number(answer.headers['retry-after'] ?? (answer.status === 429 ? 1 : Number.NaN));
  return Number.isFinite(seconds) && seconds <= MAX_RETRY_AFTER_S ? seconds : undefined;
}
