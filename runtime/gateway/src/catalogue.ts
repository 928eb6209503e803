/** The tools of all servers as one list. */
import { replaceMember } from './json-text.ts';
import { ErrorCode, RpcError } from './jsonrpc.ts';
import type { Tool, Upstream } from './upstream.ts';

export interface Route {
  upstream: Upstream;
  /** The tool's name on its own server. */
  tool: string;
}

interface View {
  routes: Map<string, Route>;
  /** Raw result of tools/list. */
  list: string;
}

/** How long a list waits for servers that are still on their first connection. */
const FIRST_LIST_MS = 5000;

export class Catalogue {
  readonly upstreams: Upstream[];
  #view: View | undefined;

  constructor(upstreams: Upstream[]) {
    this.upstreams = upstreams;
    for (const upstream of upstreams) {
      upstream.onToolsChanged = () => {
        this.#view = undefined;
      };
    }
  }

  /** The raw result of tools/list. Soon after the start it waits: most clients ask once and never again. */
  async list(): Promise<string> {
    const all = Promise.all(this.upstreams.map((upstream) => upstream.settled));
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise((resolve) => {
      timer = setTimeout(resolve, FIRST_LIST_MS);
    });
    await Promise.race([all, patience]);
    clearTimeout(timer);
    return this.#current().list;
  }

  /** Where a tool is to be called, by the name in the list or by `<server>__<tool>`. */
  route(name: string): Route {
    const found = this.#current().routes.get(name) ?? this.#qualified(name);
    if (found === undefined) throw this.#unknown(name);
    const { state } = found.upstream;
    if (state.state === 'failed') throw new RpcError(ErrorCode.unavailable, state.error).from(found.upstream.name);
    return found;
  }

  #qualified(name: string): Route | undefined {
    for (const upstream of this.upstreams) {
      const tool = upstream.tools.find((candidate) => qualify(upstream, candidate) === name);
      if (tool !== undefined) return { upstream, tool: tool.name };
    }
    return undefined;
  }

  #unknown(name: string): RpcError {
    const choices = this.upstreams
      .flatMap((upstream) => upstream.tools.filter((tool) => tool.name === name).map((tool) => qualify(upstream, tool)))
      .join(' or ');
    const message = choices === '' ? `unknown tool: ${name}` : `several servers have a tool ${name}: call ${choices}`;
    return new RpcError(ErrorCode.invalidParams, message);
  }

  #current(): View {
    this.#view ??= buildView(this.upstreams);
    return this.#view;
  }
}

function qualify(upstream: Upstream, tool: Tool): string {
  return `${upstream.name}__${tool.name}`;
}

/**
 * Names that occur once stay; the others get their server's name in front. Servers that are away count too, or a
 * name would change its meaning whenever one comes or goes.
 */
function buildView(upstreams: Upstream[]): View {
  const offers = upstreams.flatMap((upstream) => upstream.tools.map((tool) => ({ upstream, tool })));
  const counts = new Map<string, number>();
  const count = (name: string) => counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const { tool } of offers) count(tool.name);
  // A tool that is called like another one's prefixed name collides with it.
  for (const { upstream, tool } of offers) if (counts.get(tool.name) !== 1) count(qualify(upstream, tool));
  const routes = new Map<string, Route>();
  const listed: string[] = [];
  for (const { upstream, tool } of offers) {
    const collides = counts.get(tool.name) !== 1;
    const name = collides ? qualify(upstream, tool) : tool.name;
    // The same name twice in one server's own list.
    if (routes.has(name)) continue;
    routes.set(name, { upstream, tool: tool.name });
    if (upstream.state.state === 'failed') continue;
    listed.push(collides ? replaceMember(tool.raw, 'name', JSON.stringify(name)) : tool.raw);
  }
  return { routes, list: `{"tools":[${listed.join(',')}]}` };
}
