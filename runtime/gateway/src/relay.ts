/** Where a request leads and how it reads there: the part that both protocol eras share. */
import type { Catalogue, Route } from './catalogue.ts';
import { elements, members, replaceMember, setMember } from './json-text.ts';
import { ErrorCode, isObject, type Request, RpcError } from './jsonrpc.ts';
import { KINDS, type Kind, LISTS } from './listing.ts';
import type { Upstream } from './upstream.ts';

export interface Target {
  upstream: Upstream;
  method: string;
  /** Raw params, with the server's own names. */
  params: string | undefined;
  /** Puts the client's names back into a raw result. */
  fix: (result: string) => string;
}

/** W3C trace context of the HTTP request, which MCP carries in `_meta` under the same names. */
export type TraceContext = Record<string, string>;

const TRACE_KEYS = ['traceparent', 'tracestate', 'baggage'];

const asIs = (result: string): string => result;

/** The kind of list that a method asks for. */
export function listedKind(method: string): Kind | undefined {
  return KINDS.find((kind) => LISTS[kind].method === method);
}

/**
 * The servers to ask, one after the other until one knows the answer. Soon after the start it waits: a client that
 * comes back to a gateway that was restarted knows its names already.
 * Rejects with invalid params for a name that nobody has, and with unavailable for one whose server is away.
 */
export async function locate(catalogue: Catalogue, request: Request, trace: TraceContext): Promise<Target[]> {
  try {
    return traced(routed(catalogue, request), trace);
  } catch (error) {
    if (!catalogue.isSettling) throw error;
    await catalogue.settle();
    return traced(routed(catalogue, request), trace);
  }
}

function traced(targets: Target[], trace: TraceContext): Target[] {
  if (Object.keys(trace).length === 0) return targets;
  return targets.map((target) => ({ ...target, params: withTrace(target.params, trace) }));
}

function routed(catalogue: Catalogue, request: Request): Target[] {
  switch (request.method) {
    case 'tools/call':
      return [renamed(request, 'name', catalogue.route('tools', text(request, 'name')))];
    case 'prompts/get':
      return [renamed(request, 'name', catalogue.route('prompts', text(request, 'name')))];
    case 'resources/read':
      return forUri(catalogue, request).map((target) => ({ ...target, fix: contentsNamed(request, target.params) }));
    case 'resources/subscribe':
    case 'resources/unsubscribe':
      return forUri(catalogue, request);
    case 'completion/complete':
      return completion(catalogue, request);
    default:
      throw new RpcError(ErrorCode.methodNotFound, `method not found: ${request.method}`);
  }
}

function text({ values, method }: Request, key: string): string {
  const value = values[key];
  if (typeof value === 'string') return value;
  throw new RpcError(ErrorCode.invalidParams, `${method} needs params.${key}`);
}

function renamed({ method, params, values }: Request, key: string, route: Route): Target {
  const own = route.key === values[key] ? params : replaceMember(params as string, key, JSON.stringify(route.key));
  return { upstream: route.upstream, method, params: own, fix: asIs };
}

function forUri(catalogue: Catalogue, request: Request): Target[] {
  const uri = text(request, 'uri');
  const targets = catalogue.candidates(uri).map((route) => renamed(request, 'uri', route));
  if (targets.length === 0) throw new RpcError(ErrorCode.resourceNotFound, `no server has resources: ${uri}`);
  return targets;
}

/** A client that read `mcp-a+file:///x` looks for that in the answer. */
function contentsNamed(request: Request, params: string | undefined): Target['fix'] {
  const asked = JSON.stringify(request.values.uri);
  const own = members(params as string).get('uri') as string;
  if (JSON.parse(own) === request.values.uri) return asIs;
  return (result) => {
    const contents = members(result).get('contents');
    if (!contents?.startsWith('[')) return result;
    const named = elements(contents).map((item) => {
      const value: unknown = JSON.parse(item);
      return isObject(value) && value.uri === JSON.parse(own) ? replaceMember(item, 'uri', asked) : item;
    });
    return replaceMember(result, 'contents', `[${named.join(',')}]`);
  };
}

function completion(catalogue: Catalogue, request: Request): Target[] {
  const { ref } = request.values;
  const rawRef = request.params === undefined ? undefined : members(request.params).get('ref');
  if (!isObject(ref) || rawRef === undefined)
    throw new RpcError(ErrorCode.invalidParams, 'completion needs params.ref');
  const [key, route] =
    ref.type === 'ref/prompt'
      ? (['name', catalogue.route('prompts', String(ref.name))] as const)
      : (['uri', resourceRef(catalogue, String(ref.uri))] as const);
  const own = replaceMember(rawRef, key, JSON.stringify(route.key));
  const params = replaceMember(request.params as string, 'ref', own);
  return [{ upstream: route.upstream, method: request.method, params, fix: asIs }];
}

function resourceRef(catalogue: Catalogue, uri: string): Route {
  const route = catalogue.template(uri) ?? catalogue.candidates(uri)[0];
  if (route === undefined) throw new RpcError(ErrorCode.invalidParams, `unknown resource: ${uri}`);
  return route;
}

/** What the headers of a request say of its trace; a client's own `_meta` counts more. */
export function traceContext(headers: Record<string, string | string[] | undefined>): TraceContext {
  const found = TRACE_KEYS.flatMap((key) => {
    const value = headers[key];
    return typeof value === 'string' && value !== '' ? [[key, value] as const] : [];
  });
  // Without a parent the other two mean nothing.
  return headers.traceparent === undefined ? {} : Object.fromEntries(found);
}

function withTrace(params: string | undefined, trace: TraceContext): string {
  const own = params ?? '{}';
  const meta = members(own).get('_meta') ?? '{}';
  if (!meta.startsWith('{') || members(meta).has('traceparent')) return own;
  const traced = Object.entries(trace).reduce(
    (text, [key, value]) => setMember(text, key, JSON.stringify(value)),
    meta,
  );
  return setMember(own, '_meta', traced);
}

/** Asks one server after the other while they say that they do not know the resource. */
export async function firstAnswer<T>(targets: Target[], ask: (target: Target) => Promise<T>): Promise<T> {
  for (const [index, target] of targets.entries()) {
    try {
      return await ask(target);
    } catch (error) {
      const isLast = index === targets.length - 1;
      if (isLast || !(error instanceof RpcError) || !NOT_MINE.has(error.code)) throw error;
    }
  }
  throw new RpcError(ErrorCode.internal, 'no server to ask');
}

/** What servers answer about resources that they do not have; many know no code of their own for it. */
const NOT_MINE = new Set<number>([
  ErrorCode.resourceNotFound,
  ErrorCode.invalidParams,
  ErrorCode.internal,
  ErrorCode.methodNotFound,
  0,
]);
