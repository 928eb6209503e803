/** Resources that are watched for stateless clients, over the connection that those share. */
import { type Connection, FOR_EVER_MS } from './connection.ts';
import { OWN_ENVELOPE } from './envelope.ts';
import { log } from './log.ts';
import type { Upstream } from './upstream.ts';

interface Watch {
  users: number;
  stop: () => void;
}

export class Watches {
  /** By server, then by the server's own URI. */
  readonly #all = new Map<Upstream, Map<string, Watch>>();
  readonly #onUpdated: (upstream: Upstream, params: string) => void;

  /** Called with the raw params of notifications/resources/updated. */
  constructor(onUpdated: (upstream: Upstream, params: string) => void) {
    this.#onUpdated = onUpdated;
  }

  add(upstream: Upstream, uri: string): void {
    const watches = this.#of(upstream);
    const known = watches.get(uri);
    if (known !== undefined) {
      known.users++;
      return;
    }
    const watch = { users: 1, stop: () => {} };
    watches.set(uri, watch);
    void this.#begin(upstream, uri, watch);
  }

  remove(upstream: Upstream, uri: string): void {
    const watches = this.#of(upstream);
    const watch = watches.get(uri);
    if (watch === undefined || --watch.users > 0) return;
    watches.delete(uri);
    watch.stop();
  }

  #of(upstream: Upstream): Map<string, Watch> {
    let watches = this.#all.get(upstream);
    if (watches === undefined) {
      watches = new Map();
      this.#all.set(upstream, watches);
      upstream.onNotice = (method, params) => {
        if (method === 'notifications/resources/updated' && params !== undefined) this.#onUpdated(upstream, params);
      };
    }
    return watches;
  }

  async #begin(upstream: Upstream, uri: string, watch: Watch): Promise<void> {
    try {
      const connection = await upstream.pool.shared();
      connection.onClose(() => {
        // As long as somebody listens, it begins again on the next connection.
        if (watch.users > 0) upstream.onceReady(() => watch.users > 0 && void this.#begin(upstream, uri, watch));
      });
      watch.stop = subscribe(connection, uri, upstream);
      if (watch.users === 0) watch.stop();
    } catch (error) {
      log(`  > Can't watch ${uri} of ${upstream.name}: ${(error as Error).message}`);
    }
  }
}

/** Returns what ends the subscription. */
function subscribe(connection: Connection, uri: string, upstream: Upstream): () => void {
  const refused = (error: Error) => {
    if (connection.isOpen) log(`  > Can't watch ${uri} of ${upstream.name}: ${error.message}`);
  };
  if (connection.era === 'modern') {
    const controller = new AbortController();
    const params = `{"notifications":{"resourceSubscriptions":[${JSON.stringify(uri)}]},"_meta":${OWN_ENVELOPE}}`;
    const options = { timeoutMs: FOR_EVER_MS, signal: controller.signal };
    connection.call('subscriptions/listen', params, options).catch((error) => {
      if (!controller.signal.aborted) refused(error);
    });
    return () => controller.abort();
  }
  const options = { timeoutMs: upstream.config.requestMs };
  connection.call('resources/subscribe', JSON.stringify({ uri }), options).catch(refused);
  return () => void connection.call('resources/unsubscribe', JSON.stringify({ uri }), options).catch(() => {});
}
