import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { ACCEPTED } from '../../core/images/manifest.ts';
import type { RegistryReference } from '../../core/images/reference.ts';
import { type Credentials, findCredentials } from './credentials.ts';
import { tooLarge, wrongDigest } from './image-errors.ts';
import { type Asked, registryError, unreachable } from './registry-errors.ts';

/** What the user says of registries. */
export interface RegistryOptions {
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
  /** Hosts that are asked without TLS. */
  plainHttp: readonly string[];
  /** Hosts and what is asked before them: a URL. */
  mirrors: readonly { host: string; url: string }[];
}

/** What is sent: bytes, or what makes a stream of them. */
type Body = Uint8Array | (() => AsyncIterable<Buffer>);

const RETRIES = 4;
/** Longer waits are the user's decision. */
const MAX_WAIT_SECONDS = 20;
const MAX_MANIFEST = 4 * 2 ** 20;

/** One repository of a registry, over the OCI distribution API with Docker's token flow. */
export class Repository {
  readonly #base: string;
  readonly #reference: RegistryReference;
  readonly #options: RegistryOptions;
  readonly #asked: Asked;
  readonly #scope: 'pull' | 'pull,push';
  #credentials: Promise<Credentials | undefined> | undefined;
  #authorization: string | undefined;

  /** @param base URL of the registry, without a slash at its end */
  constructor(
    base: string,
    reference: RegistryReference,
    options: RegistryOptions,
    scope: 'pull' | 'pull,push' = 'pull',
  ) {
    this.#base = base;
    this.#reference = reference;
    this.#options = options;
    this.#scope = scope;
    this.#asked = { name: reference.name, host: new URL(base).host };
  }

  get host(): string {
    return this.#asked.host;
  }

  /** @param what a tag or a digest @throws McpkError */
  async manifest(what: string): Promise<{ bytes: Buffer; digest: string }> {
    const response = await this.#get(`manifests/${what}`, { accept: ACCEPTED.join(', ') });
    const bytes = Buffer.from(await this.#body(response));
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    const stated = what.startsWith('sha256:') ? what : response.headers.get('docker-content-digest');
    if (stated?.startsWith('sha256:') && stated !== digest) {
      throw wrongDigest(`the manifest ${stated}`);
    }
    return { bytes, digest };
  }

  async #body(response: Response): Promise<ArrayBuffer> {
    const size = Number(response.headers.get('content-length') ?? 0);
    if (size > MAX_MANIFEST) throw tooLarge(`a manifest of ${size} bytes`);
    return response.arrayBuffer().catch((error) => {
      throw unreachable(error, this.#asked);
    });
  }

  /** A blob's bytes; a connection that is cut is taken up where it ended. @throws McpkError */
  async *blob(digest: string): AsyncGenerator<Buffer> {
    let received = 0;
    for (let attempt = 0; ; attempt++) {
      const headers = received > 0 ? { range: `bytes=${received}-` } : undefined;
      const response = await this.#get(`blobs/${digest}`, headers);
      // Who does not know ranges starts again from the first byte.
      let skip = response.status === 206 ? 0 : received;
      try {
        for await (const piece of response.body ?? []) {
          const chunk = Buffer.from(piece as Uint8Array);
          const fresh = chunk.subarray(Math.min(skip, chunk.length));
          skip -= chunk.length - fresh.length;
          if (fresh.length === 0) continue;
          received += fresh.length;
          attempt = 0;
          yield fresh;
        }
        return;
      } catch (error) {
        this.#options.signal.throwIfAborted();
        if (!isNetworkError(error) || attempt >= RETRIES)
          throw isNetworkError(error) ? unreachable(error, this.#asked) : error;
        await delay(200 * 2 ** attempt, undefined, { signal: this.#options.signal });
      }
    }
  }

  /** Any other call; the caller looks at the status. */
  async request(
    method: string,
    pathOrUrl: string,
    init: { headers?: Record<string, string>; body?: Body } = {},
  ): Promise<Response> {
    const url = new URL(pathOrUrl, `${this.#base}/v2/${this.#reference.repository}/`);
    return this.#send(url, method, init);
  }

  async failure(response: Response): Promise<Error> {
    return registryError(response, this.#asked);
  }

  async #get(path: string, headers: Record<string, string> = {}): Promise<Response> {
    for (let attempt = 0; ; attempt++) {
      const response = await this.request('GET', path, { headers });
      if (response.ok) return response;
      const wait = retryAfter(response, attempt);
      if (wait === undefined || attempt >= RETRIES) throw await registryError(response, this.#asked);
      await response.body?.cancel();
      await delay(wait, undefined, { signal: this.#options.signal });
    }
  }

  async #send(
    url: URL,
    method: string,
    { headers = {}, body }: { headers?: Record<string, string>; body?: Body },
  ): Promise<Response> {
    for (let attempt = 0; ; attempt++) {
      // What is elsewhere, such as an upload's location, does not get our token.
      const ours = url.origin === new URL(this.#base).origin;
      const authorization = ours ? this.#authorization : undefined;
      const response = await this.#fetch(url, {
        method,
        headers: { ...headers, ...(authorization && { authorization }) },
        ...(typeof body === 'function'
          ? { body: Readable.toWeb(Readable.from(body())), duplex: 'half' }
          : body && { body }),
      } as RequestInit);
      if (response.status !== 401 || attempt > 0 || !ours) return response;
      const challenge = response.headers.get('www-authenticate') ?? '';
      this.#authorization = await this.#answer(challenge);
      if (!this.#authorization) return response;
      await response.body?.cancel();
    }
  }

  async #fetch(url: URL, init: RequestInit): Promise<Response> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await fetch(url, { ...init, signal: this.#options.signal });
      } catch (error) {
        this.#options.signal.throwIfAborted();
        if (attempt >= 1 || isFinal(error)) throw unreachable(error, this.#asked);
        await delay(300, undefined, { signal: this.#options.signal });
      }
    }
  }

  /** What to say to a challenge (RFC 9110; distribution's "Token Authentication Specification"). */
  async #answer(challenge: string): Promise<string | undefined> {
    this.#credentials ??= findCredentials(this.#reference.host, this.#reference.repository, this.#options.env);
    const credentials = await this.#credentials;
    const basic = credentials?.kind === 'password' ? basicOf(credentials) : undefined;
    if (/^basic/i.test(challenge)) return basic;
    const realm = parameter(challenge, 'realm');
    if (!/^bearer/i.test(challenge) || !realm) return undefined;
    const url = new URL(realm);
    // A password is not sent in the clear because a server asks for that.
    if (url.protocol === 'http:' && !this.#base.startsWith('http:')) return undefined;
    const service = parameter(challenge, 'service');
    const scope = `repository:${this.#reference.repository}:${this.#scope}`;
    const response =
      credentials?.kind === 'identity-token'
        ? await this.#fetch(url, {
            method: 'POST',
            body: new URLSearchParams({
              grant_type: 'refresh_token',
              refresh_token: credentials.token,
              client_id: 'mcpk',
              service: service ?? '',
              scope,
            }),
          })
        : await this.#fetch(withQuery(url, { ...(service && { service }), scope }), {
            headers: basic ? { authorization: basic } : {},
          });
    if (!response.ok) throw await registryError(response, this.#asked);
    const { token, access_token: access } = (await response.json()) as { token?: string; access_token?: string };
    return token || access ? `Bearer ${token || access}` : undefined;
  }
}

function basicOf({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`;
}

function withQuery(url: URL, query: Record<string, string>): URL {
  for (const [key, value] of Object.entries(query)) url.searchParams.set(key, value);
  return url;
}

function parameter(challenge: string, name: string): string | undefined {
  const match = new RegExp(`[\\s,]${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^\\s,]+))`, 'i').exec(challenge);
  return match?.[1]?.replaceAll(/\\(.)/g, '$1') ?? match?.[2];
}

/** Milliseconds to wait before it is asked again; undefined where that would not help or is too long. */
function retryAfter(response: Response, attempt: number): number | undefined {
  if (response.status !== 429 && response.status < 500) return undefined;
  const stated = response.headers.get('retry-after');
  const seconds = stated === null ? 0.3 * 2 ** attempt : Number(stated);
  if (!(seconds <= MAX_WAIT_SECONDS)) return undefined;
  return response.status === 429 && stated === null ? undefined : 1000 * seconds;
}

function isNetworkError(error: unknown): boolean {
  return (
    error instanceof TypeError ||
    /terminated|socket|ECONN|UND_ERR/i.test(`${(error as Error).message} ${(error as { code?: string }).code}`)
  );
}

/** Asking again helps against a connection that was reset, not against a name that is not known. */
function isFinal(error: unknown): boolean {
  const code = ((error as Error).cause as NodeJS.ErrnoException | undefined)?.code ?? '';
  return ['ENOTFOUND', 'ECONNREFUSED', 'ERR_INVALID_URL'].includes(code) || /CERT|SSL|TLS|EPROTO/.test(code);
}
