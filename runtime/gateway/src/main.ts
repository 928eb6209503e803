/** mcpk-gateway: one MCP endpoint over HTTP for many stdio servers. */
import { parseArgs } from 'node:util';
import { BearerToken } from './auth.ts';
import { Catalogue } from './catalogue.ts';
import { type Config, ConfigError, readConfig } from './config.ts';
import { Gateway } from './http.ts';
import { log } from './log.ts';
import { reportStart, Upstream } from './upstream.ts';

declare const __MCPK_VERSION__: string;

const EXIT_FAILED = 1;
const EXIT_CONFIG = 2;
/** How long requests may take to finish after SIGTERM. */
const DRAIN_MS = 10_000;
/** How long child processes may take to end after that; longer than their own grace times. */
const EXIT_MS = 5000;

function main(): void {
  try {
    const { values } = parseArgs({ options: { config: { type: 'string' }, version: { type: 'boolean' } } });
    if (values.version) {
      process.stdout.write(`mcpk-gateway ${__MCPK_VERSION__}\n`);
      return;
    }
    if (values.config === undefined) throw new ConfigError('usage: node gateway.mjs --config FILE');
    const config = readConfig(values.config);
    run(config, config.tokenFile === undefined ? undefined : new BearerToken(config.tokenFile));
  } catch (error) {
    log(`mcpk-gateway: ${(error as Error).message}`);
    process.exitCode = EXIT_CONFIG;
  }
}

function run(config: Config, token: BearerToken | undefined): void {
  const begin = performance.now();
  const upstreams = [...config.servers].map(([name, endpoint]) => new Upstream(name, endpoint, config.timeouts));
  const gateway = new Gateway(config, token, new Catalogue(upstreams));
  gateway.server.once('error', (error) => {
    log(`mcpk-gateway: cannot listen: ${error.message}`);
    process.exit(EXIT_FAILED);
  });
  const names = upstreams.map(({ name }) => name).join(', ');
  log(names === '' ? '- No server is enabled' : `- Those servers are enabled: ${names}`);
  // The port opens first: whatever is down, clients and probes get answers.
  gateway.server.listen(config.port, config.host, () => {
    const address = gateway.server.address();
    const port = typeof address === 'object' && address !== null ? address.port : config.port;
    log(`> Start streaming server on port ${port}`);
    log(`> Gateway URL: http://localhost:${port}/mcp`);
    log(
      token === undefined
        ? '> Authentication disabled by explicit configuration'
        : '> Use Bearer token from the token file',
    );
    log('- Listing MCP tools...');
    for (const upstream of upstreams) upstream.start();
    void reportStart(upstreams, begin);
  });
  stopOnSignal(gateway, upstreams);
}

/** The first signal lets requests finish; the second does not. */
function stopOnSignal(gateway: Gateway, upstreams: Upstream[]): void {
  const end = () => {
    gateway.sessions.closeAll();
    for (const upstream of upstreams) upstream.stop();
    gateway.server.closeAllConnections();
    // A server that is just being connected to may never answer; nobody waits for it now.
    setTimeout(() => process.exit(), EXIT_MS).unref();
  };
  const onSignal = () => {
    if (gateway.draining) return end();
    log('- Stopping');
    const timer = setTimeout(end, DRAIN_MS);
    gateway.drain(() => {
      clearTimeout(timer);
      end();
    });
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
}

main();
