/** The gateway's figures, in Prometheus' text format. */
import type { Sessions } from './sessions.ts';
import type { Upstream } from './upstream.ts';

/** Methods that get a label of their own; anybody can invent others. */
const LABELLED = new Set([
  'initialize',
  'ping',
  'server/discover',
  'subscriptions/listen',
  'tools/list',
  'tools/call',
  'prompts/list',
  'prompts/get',
  'resources/list',
  'resources/templates/list',
  'resources/read',
  'resources/subscribe',
  'resources/unsubscribe',
  'completion/complete',
  'logging/setLevel',
]);
/** Upper bounds in seconds. */
const BUCKETS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60];

class Histogram {
  readonly #counts = BUCKETS.map(() => 0);
  #count = 0;
  #sum = 0;

  add(seconds: number): void {
    this.#count++;
    this.#sum += seconds;
    const index = BUCKETS.findIndex((bound) => seconds <= bound);
    if (index !== -1) this.#counts[index] = (this.#counts[index] as number) + 1;
  }

  /** Lines for a metric of that name with that label. */
  lines(name: string, label: string): string[] {
    let below = 0;
    const buckets = BUCKETS.map((bound, index) => {
      below += this.#counts[index] as number;
      return `${name}_bucket{${label},le="${bound}"} ${below}`;
    });
    return [
      ...buckets,
      `${name}_bucket{${label},le="+Inf"} ${this.#count}`,
      `${name}_sum{${label}} ${this.#sum}`,
      `${name}_count{${label}} ${this.#count}`,
    ];
  }
}

/** Figures that somebody else keeps. */
export interface Sources {
  sessions: Sessions;
  upstreams: readonly Upstream[];
  streams: number;
  running: number;
}

export class Metrics {
  readonly #requests = new Map<string, number>();
  readonly #durations = new Map<string, Histogram>();
  readonly #upstreams = new Map<string, Histogram>();

  countRequest(method: string, succeeded: boolean, ms: number): void {
    const label = LABELLED.has(method) ? method : 'other';
    const key = `method="${label}",outcome="${succeeded ? 'ok' : 'error'}"`;
    this.#requests.set(key, (this.#requests.get(key) ?? 0) + 1);
    histogram(this.#durations, label).add(ms / 1000);
  }

  countUpstream(server: string, ms: number): void {
    histogram(this.#upstreams, server).add(ms / 1000);
  }

  text({ sessions, upstreams, streams, running }: Sources): string {
    const perServer = (value: (upstream: Upstream) => number, name: string) =>
      upstreams.map((upstream) => `${name}{server="${upstream.name}"} ${value(upstream)}`);
    const memory = process.memoryUsage.rss();
    const all: Array<[string, string, string, (name: string) => string[]]> = [
      [
        'requests_total',
        'counter',
        'JSON-RPC requests of clients.',
        (name) => {
          return [...this.#requests].map(([labels, count]) => `${name}{${labels}} ${count}`);
        },
      ],
      [
        'request_duration_seconds',
        'histogram',
        'From the request to the end of its answer.',
        (name) => {
          return [...this.#durations].flatMap(([method, one]) => one.lines(name, `method="${method}"`));
        },
      ],
      [
        'upstream_duration_seconds',
        'histogram',
        'Time that a server took for a request.',
        (name) => {
          return [...this.#upstreams].flatMap(([server, one]) => one.lines(name, `server="${server}"`));
        },
      ],
      ['requests_running', 'gauge', 'Requests being served now.', (name) => [`${name} ${running}`]],
      ['sessions_open', 'gauge', 'Sessions open now.', (name) => [`${name} ${sessions.size}`]],
      ['sessions_total', 'counter', 'Sessions opened.', (name) => [`${name} ${sessions.counts.opened}`]],
      [
        'sessions_ended_total',
        'counter',
        'Sessions that the gateway ended.',
        (name) => [
          `${name}{reason="idle"} ${sessions.counts.expired}`,
          `${name}{reason="room"} ${sessions.counts.evicted}`,
        ],
      ],
      [
        'streams_open',
        'gauge',
        'Event streams open now that belong to no single request.',
        (name) => {
          return [`${name} ${streams}`];
        },
      ],
      [
        'upstream_ready',
        'gauge',
        '1 if the server can be used.',
        (name) => {
          return perServer(({ state }) => (state.state === 'ready' ? 1 : 0), name);
        },
      ],
      [
        'upstream_tools',
        'gauge',
        'Tools that the server offers.',
        (name) => {
          return perServer(({ features }) => features.tools.length, name);
        },
      ],
      [
        'upstream_connections',
        'gauge',
        'Connections to the server open now.',
        (name) => {
          return perServer(({ pool }) => pool.size, name);
        },
      ],
      [
        'upstream_tries_total',
        'counter',
        'Attempts to start using the server.',
        (name) => {
          return perServer(({ counts }) => counts.tries, name);
        },
      ],
      [
        'upstream_losses_total',
        'counter',
        'Connections that the server ended.',
        (name) => {
          return perServer(({ counts }) => counts.losses, name);
        },
      ],
      ['resident_memory_bytes', 'gauge', 'Memory of the gateway itself.', (name) => [`${name} ${memory}`]],
    ];
    return `${all.flatMap(([name, type, help, lines]) => family(`mcpk_gateway_${name}`, type, help, lines)).join('\n')}\n`;
  }
}

function histogram(all: Map<string, Histogram>, key: string): Histogram {
  let found = all.get(key);
  if (found === undefined) {
    found = new Histogram();
    all.set(key, found);
  }
  return found;
}

function family(name: string, type: string, help: string, lines: (name: string) => string[]): string[] {
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines(name)];
}
