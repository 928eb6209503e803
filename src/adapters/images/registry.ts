import { setTimeout as delay } from 'node:timers/promises';
import { ACCEPTED } from '../../core/images/manifest.ts';
import type { RegistryReference } from '../../core/images/reference.ts';
import { type Credentials, findCredentials } from './credentials.ts';
import { type Answer, type Body, ConnectionError, type Sent, send } from './http.ts';
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

const RETRIES = 4;
/** Longer waits are the user's decision. */
const MAX_WAIT_SECONDS = 20;
/** Bytes of a manifest or a token. */
const MAX_DOCUMENT = 4 * 2 ** 20;

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
    const answer = await this.#get(`manifests/${what}`, { accept: ACCEPTED.join(', ') });
    const bytes = await this.#content(answer);
    const { createHash } = await import('node:crypto');
    const digest = `sha256:${createHash('sha256').update(bytes).digest('hex')}`;
    const stated = what.startsWith('sha256:') ? what : answer.header('docker-content-digest');
    if (stated?.startsWith('sha256:') && stated !== digest) {
      throw wrongDigest(`the manifest ${stated}`);
    }
    return { bytes, digest };
  }

  async #content(answer: Answer): Promise<Buffer> {
    const bytes = await answer.bytes(MAX_DOCUMENT).catch((error) => {
      this.#options.signal.throwIfAborted();
      throw unreachable(error, this.#asked);
    });
    if (!bytes) throw tooLarge(`a manifest of more than ${MAX_DOCUMENT} bytes`);
    return bytes;
  }

  /** A blob's bytes; a connection that is cut is taken up where it ended. @throws McpkError */
  async *blob(digest: string): AsyncGenerator<Buffer> {
    let received = 0;
    for (let attempt = 0; ; attempt++) {
      const headers = received > 0 ? { range: `bytes=${received}-` } : undefined;
      const answer = await this.#get(`blobs/${digest}`, headers);
      // Who does not know ranges starts again from the first byte.
      let skip = answer.status === 206 ? 0 : received;
      try {
        for await (const piece of answer.pieces()) {
          const fresh = skip === 0 ? piece : piece.subarray(Math.min(skip, piece.length));
          skip -= piece.length - fresh.length;
          if (fresh.length === 0) continue;
          received += fresh.length;
          attempt = 0;
          yield fresh;
        }
        return;
      } catch (error) {
        this.#options.signal.throwIfAborted();
        if (!(error instanceof ConnectionError)) throw error;
        if (attempt >= RETRIES) throw unreachable(error, this.#asked);
        await delay(200 * 2 ** attempt, undefined, { signal: this.#options.signal });
      }
    }
  }

  /** Any other call; the caller looks at the status, and reads or discards the content. */
  async request(
    method: string,
    pathOrUrl: string,
    init: { headers?: Record<string, string>; body?: Body } = {},
  ): Promise<Answer> {
    const url = new URL(pathOrUrl, `${this.#base}/v2/${this.#reference.repository}/`);
    return this.#authorized(url, method, init);
  }

  async failure(answer: Answer): Promise<Error> {
    return registryError(answer, this.#asked);
  }

  async #get(path: string, headers: Record<string, string> = {}): Promise<Answer> {
    for (let attempt = 0; ; attempt++) {
      const answer = await this.request('GET', path, { headers });
      if (answer.ok) return answer;
      const wait = retryAfter(answer, attempt);
      if (wait === undefined || attempt >= RETRIES) throw await registryError(answer, this.#asked);
      answer.discard();
      await delay(wait, undefined, { signal: this.#options.signal });
    }
  }

  async #authorized(
    url: URL,
    method: string,
    { headers = {}, body }: { headers?: Record<string, string>; body?: Body },
  ): Promise<Answer> {
    for (let attempt = 0; ; attempt++) {
      // What is elsewhere, such as an upload's location, does not get our token.
      const ours = url.origin === new URL(this.#base).origin;
      const authorization = ours ? this.#authorization : undefined;
      const answer = await this.#send(url, {
        method,
        headers: { ...headers, ...(authorization && { authorization }) },
        body,
      });
      if (answer.status !== 401 || attempt > 0 || !ours) return answer;
      this.#authorization = await this.#answer(answer.header('www-authenticate') ?? '').catch((error) => {
        answer.discard();
        throw error;
      });
      if (!this.#authorization) return answer;
      answer.discard();
    }
  }

  async #send(url: URL, what: Omit<Sent, 'signal'>): Promise<Answer> {
    for (let attempt = 0; ; attempt++) {
      try {
        return await send(url, { ...what, signal: this.#options.signal });
      } catch (error) {
        this.#options.signal.throwIfAborted();
        if (!(error instanceof ConnectionError)) throw error;
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
    const form = { grant_type: 'refresh_token', client_id: 'mcpk', service: service ?? '', scope };
    const answer =
      credentials?.kind === 'identity-token'
        ? await this.#send(url, {
            method: 'POST',
            headers: { 'content-type': 'application/x-www-form-urlencoded' },
            body: Buffer.from(String(new URLSearchParams({ ...form, refresh_token: credentials.token }))),
          })
        : await this.#send(withQuery(url, { ...(service && { service }), scope }), {
            method: 'GET',
            headers: basic ? { authorization: basic } : {},
          });
    if (!answer.ok) throw await registryError(answer, this.#asked);
    const { token, access_token: access } = JSON.parse((await this.#content(answer)).toString('utf8')) as {
      token?: string;
      access_token?: string;
    };
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
function retryAfter(answer: Answer, attempt: number): number | undefined {
  if (answer.status !== 429 && answer.status < 500) return undefined;
  const stated = answer.header('retry-after');
  const seconds = stated === undefined ? 0.3 * 2 ** attempt : Number(stated);
  if (!(seconds <= MAX_WAIT_SECONDS)) return undefined;
  return answer.status === 429 && stated === undefined ? undefined : 1000 * seconds;
}

/** Asking again helps against a connection that was reset, not against a name that is not known. */
function isFinal({ code }: ConnectionError): boolean {
  return ['ENOTFOUND', 'ECONNREFUSED', 'ERR_INVALID_URL'].includes(code) || /CERT|SSL|TLS|EPROTO/.test(code);
}
