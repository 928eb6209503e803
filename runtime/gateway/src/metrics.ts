/** The gateway's figures, in Prometheus' text format. */
import type { Sessions } from './sessions.ts';
import type { Upstream } from './upstream.ts';

/** Methods that get a label of their own; anybody can invent others. */
const LABELLED = new Set(['initialize', 'ping', 'tools/list', 'tools/call']);

export class Metrics {
  readonly #requests = new Map<string, number>();

  countRequest(method: string): void {
    const label = LABELLED.has(method) ? method : 'other';
    this.#requests.set(label, (this.#requests.get(label) ?? 0) + 1);
  }

  text(sessions: Sessions, upstreams: Upstream[]): string {
    const requests = [...this.#requests].map(([method, count]) => `requests_total{method="${method}"} ${count}`);
    const ready = upstreams.map(
      ({ name, state }) => `upstream_ready{server="${name}"} ${state.state === 'ready' ? 1 : 0}`,
    );
    const tools = upstreams.map((upstream) => `upstream_tools{server="${upstream.name}"} ${upstream.tools.length}`);
    return [
      ...family('requests_total', 'counter', 'JSON-RPC requests of clients.', requests),
      ...family('sessions_open', 'gauge', 'Sessions open now.', [`sessions_open ${sessions.size}`]),
      ...family('upstream_ready', 'gauge', '1 if the server can be used.', ready),
      ...family('upstream_tools', 'gauge', 'Tools that the server offers.', tools),
      '',
    ].join('\n');
  }
}

function family(name: string, type: string, help: string, samples: string[]): string[] {
  const prefix = 'mcpk_gateway_';
  return [
    `# HELP ${prefix}${name} ${help}`,
    `# TYPE ${prefix}${name} ${type}`,
    ...samples.map((line) => prefix + line),
  ];
}
