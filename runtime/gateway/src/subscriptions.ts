/**
 * Streams of `subscriptions/listen`: what a stateless client wants to be told of.
 * https://modelcontextprotocol.io/specification/2026-07-28/basic/utilities/subscriptions
 */
import type { Catalogue, ChangedList } from './catalogue.ts';
import { Meta, RESULT_META } from './envelope.ts';
import type { EventStream } from './event-stream.ts';
import { members, setMember } from './json-text.ts';
import * as rpc from './jsonrpc.ts';
import { ErrorCode, isObject, RpcError } from './jsonrpc.ts';
import type { Upstream } from './upstream.ts';
import { Watches } from './watches.ts';

const LISTS: Record<ChangedList, string> = {
  tools: 'toolsListChanged',
  prompts: 'promptsListChanged',
  resources: 'resourcesListChanged',
};
const MAX_STREAMS = 1024;
const MAX_URIS = 256;

interface Subscription {
  /** Raw id of the request, which is the subscription's name. */
  id: string;
  lists: Set<ChangedList>;
  uris: Array<{ upstream: Upstream; own: string; exposed: string }>;
  stream: EventStream;
}

export class Subscriptions {
  readonly #catalogue: Catalogue;
  readonly #open = new Set<Subscription>();
  readonly #watches = new Watches((upstream, uri) => this.#updated(upstream, uri));

  constructor(catalogue: Catalogue) {
    this.#catalogue = catalogue;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Throws invalid params without a filter, and unavailable when there are too many streams. */
  check({ values }: rpc.Request): void {
    const { notifications } = values;
    if (!isObject(notifications)) throw new RpcError(ErrorCode.invalidParams, 'params.notifications is needed');
    const uris = notifications.resourceSubscriptions ?? [];
    if (!Array.isArray(uris) || uris.length > MAX_URIS || !uris.every((uri) => typeof uri === 'string')) {
      const message = `resourceSubscriptions must be a list of at most ${MAX_URIS} URIs`;
      throw new RpcError(ErrorCode.invalidParams, message);
    }
    if (this.#open.size >= MAX_STREAMS) throw new RpcError(ErrorCode.unavailable, 'too many streams are open');
  }

  /** Says what will be told, and tells it until the client closes the stream. */
  serve(request: rpc.Request, stream: EventStream): void {
    const filter = request.values.notifications as Record<string, unknown>;
    const lists = (Object.keys(LISTS) as ChangedList[]).filter((list) => filter[LISTS[list]] === true);
    const uris = ((filter.resourceSubscriptions ?? []) as string[]).flatMap((uri) => this.#located(uri));
    const subscription: Subscription = { id: request.id, lists: new Set(lists), uris, stream };
    const honored: Record<string, unknown> = Object.fromEntries(lists.map((list) => [LISTS[list], true]));
    if (uris.length > 0) honored.resourceSubscriptions = uris.map(({ exposed }) => exposed);
    send(subscription, 'notifications/subscriptions/acknowledged', JSON.stringify({ notifications: honored }));
    this.#open.add(subscription);
    for (const { upstream, own } of uris) this.#watches.add(upstream, own);
    stream.onClose(() => {
      this.#open.delete(subscription);
      for (const { upstream, own } of uris) this.#watches.remove(upstream, own);
    });
  }

  listChanged(list: ChangedList): void {
    for (const subscription of this.#open) {
      if (subscription.lists.has(list)) send(subscription, `notifications/${list}/list_changed`, '{}');
    }
  }

  /** Ends every stream with a result, so that clients see an end and not a fault. */
  closeAll(): void {
    for (const { id, stream } of [...this.#open]) {
      const meta = setMember(RESULT_META, Meta.subscriptionId, id);
      stream.send(rpc.resultMessage(id, `{"resultType":"complete","_meta":${meta}}`));
      stream.end();
    }
  }

  #located(uri: string): Subscription['uris'] {
    try {
      const [route] = this.#catalogue.candidates(uri);
      return route === undefined ? [] : [{ upstream: route.upstream, own: route.key, exposed: uri }];
    } catch {
      // Ambiguous, or its server is away: the acknowledgement says that it is not among those watched.
      return [];
    }
  }

  #updated(upstream: Upstream, params: string): void {
    const uri: unknown = JSON.parse(members(params).get('uri') ?? 'null');
    for (const subscription of this.#open) {
      for (const { upstream: owner, own, exposed } of subscription.uris) {
        if (owner !== upstream || own !== uri) continue;
        send(subscription, 'notifications/resources/updated', setMember(params, 'uri', JSON.stringify(exposed)));
      }
    }
  }
}

function send({ id, stream }: Subscription, method: string, params: string): void {
  const meta = members(params).get('_meta') ?? '{}';
  stream.send(rpc.notification(method, setMember(params, '_meta', setMember(meta, Meta.subscriptionId, id))));
}
