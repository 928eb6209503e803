/** The resources that one session subscribed to. */
import type { Connection } from './connection.ts';
import { members, replaceMember } from './json-text.ts';
import type { Upstream } from './upstream.ts';

interface Subscription {
  upstream: Upstream;
  /** Raw params, as the server was asked. */
  params: string;
  /** Raw JSON of the URI as the server calls it, and as the client does. */
  own: string;
  exposed: string;
}

export class SessionSubscriptions {
  readonly #all = new Map<string, Subscription>();

  add(upstream: Upstream, params: string, exposedUri: string): void {
    const own = members(params).get('uri') as string;
    this.#all.set(exposedUri, { upstream, params, own, exposed: JSON.stringify(exposedUri) });
  }

  remove(exposedUri: string): void {
    this.#all.delete(exposedUri);
  }

  has(upstream: Upstream): boolean {
    return [...this.#all.values()].some((subscription) => subscription.upstream === upstream);
  }

  drop(upstream: Upstream): void {
    for (const [uri, subscription] of this.#all) if (subscription.upstream === upstream) this.#all.delete(uri);
  }

  /** Subscribes again on a connection that came in place of another. */
  renew(upstream: Upstream, connection: Connection): void {
    for (const { upstream: owner, params } of this.#all.values()) {
      if (owner !== upstream) continue;
      connection.call('resources/subscribe', params, { timeoutMs: upstream.config.requestMs }).catch(() => {});
    }
  }

  /** Raw params of notifications/resources/updated with the URI that the client knows. */
  exposed(params: string | undefined): string | undefined {
    if (params === undefined) return params;
    const uri = members(params).get('uri');
    const subscription = [...this.#all.values()].find(({ own }) => own === uri);
    return subscription === undefined ? params : replaceMember(params, 'uri', subscription.exposed);
  }
}
