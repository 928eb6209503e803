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

  /** With that label, raw. */
  samples(label: string): Sample[] {
    let below = 0;
    const buckets = BUCKETS.map((bound, index): Sample => {
      below += this.#counts[index] as number;
      return [`_bucket{${label},le="${bound}"}`, below];
    });
    return [
      ...buckets,
      [`_bucket{${label},le="+Inf"}`, this.#count],
      [`_sum{${label}}`, this.#sum],
      [`_count{${label}}`, this.#count],
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
    const key = `{method="${label}",outcome="${succeeded ? 'ok' : 'error'}"}`;
    this.#requests.set(key, (this.#requests.get(key) ?? 0) + 1);
    increase(this.#durations, `method="${label}"`, ms);
  }

  countUpstream(server: string, ms: number): void {
    increase(this.#upstreams, `server="${server}"`, ms);
  }

  text(sources: Sources): string {
    const families = [...this.#counted(), ...ownFigures(sources), ...serverFigures(sources.upstreams)];
    return `${families.flatMap(lines).join('\n')}\n`;
  }

  #counted(): Family[] {
    return [
      ['requests_total', 'counter', 'JSON-RPC requests of clients.', [...this.#requests]],
      ['request_duration_seconds', 'histogram', 'From the request to the end of its answer.', samples(this.#durations)],
      ['upstream_duration_seconds', 'histogram', 'Time that a server took for a request.', samples(this.#upstreams)],
    ];
  }
}

/** A sample's name beyond the family's, with its labels, and its value. */
type Sample = [suffix: string, value: number];

type Family = [name: string, type: 'counter' | 'gauge' | 'histogram', help: string, samples: Sample[]];

function ownFigures({ sessions, streams, running }: Sources): Family[] {
  const { opened, expired, evicted } = sessions.counts;
  const ended: Sample[] = [
    ['{reason="idle"}', expired],
    ['{reason="room"}', evicted],
  ];
  return [
    ['requests_running', 'gauge', 'Requests being served now.', [['', running]]],
    ['sessions_open', 'gauge', 'Sessions open now.', [['', sessions.size]]],
    ['sessions_total', 'counter', 'Sessions opened.', [['', opened]]],
    ['sessions_ended_total', 'counter', 'Sessions that the gateway ended.', ended],
    ['streams_open', 'gauge', 'Event streams open now that belong to no single request.', [['', streams]]],
    ['resident_memory_bytes', 'gauge', 'Memory of the gateway itself.', [['', process.memoryUsage.rss()]]],
  ];
}

function serverFigures(upstreams: readonly Upstream[]): Family[] {
  const each = (value: (upstream: Upstream) => number) =>
    upstreams.map((upstream): Sample => [`{server="${upstream.name}"}`, value(upstream)]);
  return [
    ['upstream_ready', 'gauge', '1 if the server can be used.', each(({ state }) => (state.state === 'ready' ? 1 : 0))],
    ['upstream_tools', 'gauge', 'Tools that the server offers.', each(({ features }) => features.tools.length)],
    ['upstream_connections', 'gauge', 'Connections to the server open now.', each(({ pool }) => pool.size)],
    ['upstream_tries_total', 'counter', 'Attempts to start using the server.', each(({ counts }) => counts.tries)],
    ['upstream_losses_total', 'counter', 'Connections that the server ended.', each(({ counts }) => counts.losses)],
  ];
}

function samples(histograms: Map<string, Histogram>): Sample[] {
  return [...histograms].flatMap(([label, histogram]) => histogram.samples(label));
}

function increase(histograms: Map<string, Histogram>, label: string, ms: number): void {
  let histogram = histograms.get(label);
  if (histogram === undefined) {
    histogram = new Histogram();
    histograms.set(label, histogram);
  }
  histogram.add(ms / 1000);
}

function lines([name, type, help, all]: Family): string[] {
  const full = `mcpk_gateway_${name}`;
  return [
    `# HELP ${full} ${help}`,
    `# TYPE ${full} ${type}`,
    ...all.map(([suffix, value]) => `${full}${suffix} ${value}`),
  ];
}
