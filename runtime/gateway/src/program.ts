/** The running gateway from its start to its end. */
import type { BearerToken } from './auth.ts';
import { Catalogue } from './catalogue.ts';
import type { Config } from './config.ts';
import { Gateway } from './http.ts';
import { log } from './log.ts';
import { reportStart, Upstream } from './upstream.ts';

const EXIT_FAILED = 1;
/** How long requests may take to finish after SIGTERM. */
const DRAIN_MS = 10_000;
/** How long child processes may take to end after that; longer than their own grace times. */
const EXIT_MS = 5000;

export class Program {
  readonly #begin = performance.now();
  readonly #catalogue: Catalogue;
  readonly #gateway: Gateway;
  #config: Config;

  constructor(config: Config, token: BearerToken | undefined) {
    this.#config = config;
    this.#catalogue = new Catalogue(config);
    this.#gateway = new Gateway(config, token, this.#catalogue);
    this.#catalogue.use([...config.servers].map(([name, server]) => new Upstream(name, server, config.limits)));
  }

  start(): void {
    const { server } = this.#gateway;
    const { upstreams } = this.#catalogue;
    server.once('error', (error) => {
      log(`mcpk-gateway: cannot listen: ${error.message}`);
      process.exit(EXIT_FAILED);
    });
    this.#logServers();
    // The port opens first: whatever is down, clients and probes get answers.
    server.listen(this.#config.port, this.#config.host, () => {
      const address = server.address();
      const port = typeof address === 'object' && address !== null ? address.port : this.#config.port;
      log(`> Start streaming server on port ${port}`);
      log(`> Gateway URL: http://localhost:${port}/mcp`);
      log(
        this.#config.tokenFile === undefined
          ? '> Authentication disabled by explicit configuration'
          : '> Use Bearer token from the token file',
      );
      log('- Listing MCP tools...');
      for (const upstream of upstreams) upstream.start();
      void reportStart([...upstreams], this.#begin);
    });
  }

  /** Takes over what changed. Servers that did not, and the sessions with them, go on as before. */
  reload(config: Config, token: BearerToken | undefined): void {
    const last = this.#config;
    this.#config = config;
    if (config.host !== last.host || config.port !== last.port) log('- A new "listen" needs a restart');
    this.#gateway.reconfigure(config, token);
    const kept = new Set<Upstream>();
    const next = [...config.servers].map(([name, server]) => {
      const known = this.#catalogue.find(name);
      const isSame = known !== undefined && sameServer([known.config, last.limits], [server, config.limits]);
      if (isSame) kept.add(known);
      return isSame ? known : new Upstream(name, server, config.limits);
    });
    const gone = this.#catalogue.upstreams.filter((upstream) => !kept.has(upstream));
    this.#catalogue.reconfigure(config);
    this.#catalogue.use(next);
    for (const upstream of gone) {
      upstream.stop();
      for (const session of this.#gateway.sessions.all()) session.drop(upstream);
    }
    log('- Configuration read again');
    this.#logServers();
    for (const upstream of next) if (!kept.has(upstream)) upstream.start();
  }

  /** The first time lets requests finish; the second does not. */
  stop(): void {
    if (this.#gateway.draining) {
      this.#end();
      return;
    }
    log('- Stopping');
    const timer = setTimeout(() => this.#end(), DRAIN_MS);
    this.#gateway.drain(() => {
      clearTimeout(timer);
      this.#end();
    });
  }

  #end(): void {
    this.#gateway.sessions.closeAll();
    for (const upstream of this.#catalogue.upstreams) upstream.stop();
    this.#gateway.server.closeAllConnections();
    process.stdin.destroy();
    // A server that is just being connected to may never answer; nobody waits for it now.
    setTimeout(() => process.exit(), EXIT_MS).unref();
  }

  #logServers(): void {
    const names = this.#catalogue.upstreams.map(({ name }) => name).join(', ');
    log(names === '' ? '- No server is enabled' : `- Those servers are enabled: ${names}`);
  }
}

function sameServer(one: unknown, other: unknown): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}
