import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';
import { sha256 } from './image-archive.ts';

/** What a registry does wrong, or asks for. */
export interface Conduct {
  /** User and password; asked for by a token server on the same port, or directly. */
  login?: { user: string; password: string; kind: 'bearer' | 'basic' };
  /** Cuts each connection after so many bytes of a blob. */
  cutAfter?: number;
  /** So many connections; all where it says nothing. */
  cutTimes?: number;
  /** Knows no ranges: sends all of it again. */
  noRanges?: boolean;
  /** Answers so many requests for manifests with 429 first, and says when to come again. */
  throttled?: { times: number; retryAfter?: string };
  /** Sends other bytes than the digest says. */
  lies?: boolean;
  /** Answers with this status, always. */
  status?: number;
  /** Where blobs really are: the URL of another registry. */
  elsewhere?: string;
}

export interface Registry {
  host: string;
  url: string;
  /** Method and path of each request. */
  requests: string[];
  authorizations: Set<string>;
}

/** A registry of one repository `mcp/server`, on loopback, for faults that a real one does not make on demand. */
export async function registry(
  image: { manifest: string; blobs: Map<string, Buffer> },
  conduct: Conduct = {},
): Promise<Registry> {
  const requests: string[] = [];
  const authorizations = new Set<string>();
  let cuts = conduct.cutTimes ?? Number.POSITIVE_INFINITY;
  let throttled = conduct.throttled?.times ?? 0;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '/', 'http://registry');
    requests.push(`${request.method} ${url.pathname}`);
    if (request.headers.authorization) authorizations.add(request.headers.authorization);
    if (conduct.status) return end(response, conduct.status, '{"errors":[{"code":"X","message":"so it is"}]}');
    if (url.pathname === '/token') return token(request, response, url, conduct);
    if (conduct.login && !isLoggedIn(request, conduct.login)) return challenge(request, response, conduct.login);
    const [, kind, what = ''] = /^\/v2\/mcp\/server\/(manifests|blobs)\/(.+)$/.exec(url.pathname) ?? [];
    if (kind === 'manifests' && throttled-- > 0) {
      if (conduct.throttled?.retryAfter) response.setHeader('retry-after', conduct.throttled.retryAfter);
      return end(response, 429, '{"errors":[{"code":"TOOMANYREQUESTS","message":"pull rate limit"}]}');
    }
    if (kind === 'manifests' && (what === '1' || what === sha256(image.manifest))) {
      response.setHeader('content-type', 'application/vnd.oci.image.manifest.v1+json');
      return end(response, 200, image.manifest);
    }
    const blob = kind === 'blobs' ? image.blobs.get(what) : undefined;
    if (blob && conduct.elsewhere) {
      response.setHeader('location', `${conduct.elsewhere}${url.pathname}`);
      return end(response, 307, '');
    }
    if (blob) {
      const cut = sendBlob(request, response, blob, cuts > 0 ? conduct : { ...conduct, cutAfter: undefined });
      if (cut) cuts -= 1;
      return;
    }
    return end(response, 404, '{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}');
  });
  // Who does not read an answer to its end would wait for this.
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const { port } = server.address() as { port: number };
  return { host: `127.0.0.1:${port}`, url: `http://127.0.0.1:${port}`, requests, authorizations };
}

function end(response: ServerResponse, status: number, body: string | Buffer): void {
  response.statusCode = status;
  response.end(body);
}

function isLoggedIn(request: IncomingMessage, { kind, user, password }: NonNullable<Conduct['login']>): boolean {
  const expected = kind === 'bearer' ? 'Bearer good' : `Basic ${Buffer.from(`${user}:${password}`).toString('base64')}`;
  return request.headers.authorization === expected;
}

function challenge(request: IncomingMessage, response: ServerResponse, { kind }: NonNullable<Conduct['login']>): void {
  const realm = `http://${request.headers.host}/token`;
  response.setHeader(
    'www-authenticate',
    kind === 'bearer' ? `Bearer realm="${realm}",service="the \\"registry\\"",scope="x"` : 'Basic realm="x"',
  );
  end(response, 401, '{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}');
}

function token(request: IncomingMessage, response: ServerResponse, url: URL, { login }: Conduct): void {
  const basic = `Basic ${Buffer.from(`${login?.user}:${login?.password}`).toString('base64')}`;
  const asked =
    url.searchParams.get('scope') === 'repository:mcp/server:pull' &&
    url.searchParams.get('service') === 'the "registry"';
  if (request.headers.authorization === basic && asked) end(response, 200, '{"token":"good"}');
  else end(response, 401, '{"errors":[{"message":"wrong password"}]}');
}

/** @returns whether it cut the connection */
function sendBlob(
  request: IncomingMessage,
  response: ServerResponse,
  blob: Buffer,
  { cutAfter, noRanges, lies }: Pick<Conduct, 'noRanges' | 'lies'> & { cutAfter?: number | undefined },
): boolean {
  const from = noRanges ? 0 : Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const bytes = lies
    ? Buffer.from(blob.map((byte, i) => (i === blob.length - 1 ? byte ^ 1 : byte)))
    : blob.subarray(from);
  response.statusCode = from > 0 ? 206 : 200;
  response.setHeader('content-length', bytes.length);
  if (cutAfter === undefined || bytes.length <= cutAfter) {
    response.end(bytes);
    return false;
  }
  response.write(bytes.subarray(0, cutAfter), () => response.destroy());
  return true;
}
