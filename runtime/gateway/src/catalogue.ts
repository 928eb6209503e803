/** What all servers offer, as one list a kind, and where each name leads. */
import { replaceMember } from './json-text.ts';
import { ErrorCode, isObject, RpcError } from './jsonrpc.ts';
import { KINDS, type Kind, LISTS } from './listing.ts';
import { exposedNames, qualifyName, qualifyUri, unqualifyUri } from './names.ts';
import { type Page, pageOf } from './pages.ts';
import type { Upstream } from './upstream.ts';
import { matchesTemplate } from './uri-template.ts';

export interface Route {
  upstream: Upstream;
  /** What the server itself calls it. */
  key: string;
  /** The raw JSON as the server listed it; undefined for what it did not list. */
  raw?: string;
}

interface View {
  /** By the name that clients use. */
  routes: Map<string, Route>;
  /** Names and raw JSON of what is listed. */
  listed: Array<{ name: string; raw: string }>;
  text: string;
}

/** Lists that clients are told about when they change. */
export type ChangedList = 'tools' | 'prompts' | 'resources';

/** How long a list waits for servers that are still on their first connection. */
const FIRST_LIST_MS = 5000;

interface Options {
  prefix: 'collisions' | 'always';
  pageSize: number;
}

export class Catalogue {
  #upstreams: Upstream[] = [];
  #options: Options;
  readonly #views = new Map<Kind, View>();
  onChanged: (list: ChangedList) => void = () => {};

  constructor(options: Options) {
    this.#options = options;
  }

  reconfigure(options: Options): void {
    this.#options = options;
  }

  get upstreams(): readonly Upstream[] {
    return this.#upstreams;
  }

  /** The servers from now on, in the order in which they are listed. */
  use(upstreams: Upstream[]): void {
    this.#upstreams = upstreams;
    for (const upstream of upstreams) upstream.onChanged = (kinds, announced) => this.#change(kinds, announced);
    this.#change([...KINDS], false);
  }

  find(server: string): Upstream | undefined {
    return this.#upstreams.find(({ name }) => name === server);
  }

  /** One page of a kind. Soon after the start it waits: most clients ask once and never again. */
  async page(kind: Kind, cursor: unknown): Promise<Page> {
    await this.settle();
    return pageOf(this.#view(kind).listed, cursor, this.#options.pageSize);
  }

  /** Where a tool or prompt is to be called, by its name in the list or by `<server>__<name>`. */
  route(kind: 'tools' | 'prompts', name: string): Route {
    const found = this.#view(kind).routes.get(name) ?? this.#qualified(kind, name);
    if (found === undefined) throw this.#unknown(kind, name);
    return usable(found);
  }

  /**
   * Servers that may know a resource, the likeliest first. A listed one has one; others are found by the templates,
   * or else every server with resources is a candidate: they may have more than they list.
   */
  candidates(uri: string): Route[] {
    const listed = this.#view('resources').routes.get(uri) ?? this.#qualifiedUri(uri);
    if (listed !== undefined) return [usable(listed)];
    this.#refuseAmbiguous(uri);
    const all = this.#upstreams.filter(({ state, capabilities }) => {
      return state.state === 'ready' && isObject(capabilities?.resources);
    });
    const matching = all.filter(({ features }) => features.templates.some(({ key }) => matchesTemplate(uri, key)));
    return (matching.length > 0 ? matching : all).map((upstream) => ({ upstream, key: uri }));
  }

  /** The server whose template it is, by the template in the list. */
  template(uriTemplate: string): Route | undefined {
    return this.#view('templates').routes.get(uriTemplate) ?? this.#qualifiedUri(uriTemplate);
  }

  /** What clients call a server's own URI. */
  exposedUri(upstream: Upstream, uri: string): string {
    for (const [name, route] of this.#view('resources').routes) {
      if (route.upstream === upstream && route.key === uri) return name;
    }
    return uri;
  }

  /** True while some server has not been reached for the first time. */
  get isSettling(): boolean {
    return this.#upstreams.some(({ hasSettled }) => !hasSettled);
  }

  /** Waits for servers that have just been started, but not for ever. */
  async settle(): Promise<void> {
    const waiting = this.#upstreams.flatMap(({ settled, hasSettled, learned }) => (hasSettled ? [learned] : [settled]));
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise((resolve) => {
      timer = setTimeout(resolve, FIRST_LIST_MS);
    });
    await Promise.race([Promise.all(waiting), patience]);
    clearTimeout(timer);
  }

  #change(kinds: Kind[], announced: boolean): void {
    const changed = new Set<ChangedList>();
    for (const kind of kinds) {
      const last = this.#views.get(kind);
      this.#views.delete(kind);
      // A list that nobody has seen cannot surprise anybody.
      const isNew = last !== undefined && this.#view(kind).text !== last.text;
      if (announced || isNew) changed.add(kind === 'templates' ? 'resources' : kind);
    }
    for (const list of changed) this.onChanged(list);
  }

  #view(kind: Kind): View {
    let view = this.#views.get(kind);
    if (view === undefined) {
      view = buildView(this.#upstreams, kind, this.#options.prefix);
      this.#views.set(kind, view);
    }
    return view;
  }

  #qualified(kind: 'tools' | 'prompts', name: string): Route | undefined {
    for (const upstream of this.#upstreams) {
      const item = upstream.features[kind].find(({ key }) => qualifyName(upstream.name, key) === name);
      if (item !== undefined) return { upstream, key: item.key, raw: item.raw };
    }
    return undefined;
  }

  #qualifiedUri(uri: string): Route | undefined {
    const found = unqualifyUri(
      uri,
      this.#upstreams.map(({ name }) => name),
    );
    const upstream = found && this.find(found.server);
    return found && upstream && { upstream, key: found.uri };
  }

  #unknown(kind: 'tools' | 'prompts', name: string): RpcError {
    const what = kind === 'tools' ? 'tool' : 'prompt';
    const choices = this.#owners(kind, name).map((server) => qualifyName(server, name));
    const message =
      choices.length === 0
        ? `unknown ${what}: ${name}`
        : `several servers have a ${what} ${name}: call ${choices.join(' or ')}`;
    return new RpcError(ErrorCode.invalidParams, message);
  }

  #refuseAmbiguous(uri: string): void {
    const choices = this.#owners('resources', uri).map((server) => qualifyUri(server, uri));
    if (choices.length > 1) {
      const message = `several servers have a resource ${uri}: read ${choices.join(' or ')}`;
      throw new RpcError(ErrorCode.invalidParams, message);
    }
  }

  #owners(kind: Kind, key: string): string[] {
    return this.#upstreams
      .filter(({ features }) => features[kind].some((item) => item.key === key))
      .map(({ name }) => name);
  }
}

/** The route, unless its server is known to be away. */
function usable(route: Route): Route {
  const { state, name } = route.upstream;
  if (state.state === 'failed') throw new RpcError(ErrorCode.unavailable, state.error).from(name);
  return route;
}

/** Servers that are away keep their names, or a name would change its meaning whenever one comes or goes. */
function buildView(upstreams: readonly Upstream[], kind: Kind, prefix: 'collisions' | 'always'): View {
  const isUri = kind === 'resources' || kind === 'templates';
  const offers = upstreams.flatMap((upstream) => upstream.features[kind].map((item) => ({ upstream, item })));
  const names = exposedNames(
    offers.map(({ upstream, item }) => ({ server: upstream.name, key: item.key })),
    isUri ? qualifyUri : qualifyName,
    isUri ? 'collisions' : prefix,
  );
  const routes = new Map<string, Route>();
  const listed: View['listed'] = [];
  offers.forEach(({ upstream, item }, index) => {
    const name = names[index];
    if (name === undefined) return;
    routes.set(name, { upstream, key: item.key, raw: item.raw });
    if (upstream.state.state === 'failed') return;
    const raw = name === item.key ? item.raw : replaceMember(item.raw, LISTS[kind].key, JSON.stringify(name));
    listed.push({ name, raw });
  });
  return { routes, listed, text: listed.map(({ raw }) => raw).join() };
}
