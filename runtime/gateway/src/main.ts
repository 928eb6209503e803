/** mcpk-gateway: one MCP endpoint over HTTP for many stdio servers. */
import { parseArgs } from 'node:util';
import { BearerToken } from './auth.ts';
import { type Config, ConfigError, readConfig } from './config.ts';
import { IDENTITY } from './envelope.ts';
import { log } from './log.ts';
import { Program } from './program.ts';

const EXIT_CONFIG = 2;
const USAGE = 'usage: node gateway.mjs --config FILE [--check] [--until-stdin-closes]';

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      config: { type: 'string' },
      version: { type: 'boolean' },
      check: { type: 'boolean' },
      'until-stdin-closes': { type: 'boolean' },
    },
  });
  if (values.version) {
    process.stdout.write(`${IDENTITY.name} ${IDENTITY.version}\n`);
    return;
  }
  const path = values.config;
  if (path === undefined) throw new ConfigError(USAGE);
  const config = await readConfig(path);
  const token = readToken(config);
  if (values.check) {
    process.stdout.write(`${path}: ok, ${config.servers.size} servers\n`);
    return;
  }
  const program = new Program(config, token);
  program.start();
  process.on('SIGTERM', () => program.stop());
  process.on('SIGINT', () => program.stop());
  process.on('SIGHUP', () => void reload(program, path));
  // Whoever started it can so be sure that it does not live on without them, however they end.
  if (values['until-stdin-closes']) process.stdin.on('end', () => program.stop()).resume();
}

function readToken({ tokenFile }: Config): BearerToken | undefined {
  return tokenFile === undefined ? undefined : new BearerToken(tokenFile);
}

/** A config that is wrong changes nothing. */
async function reload(program: Program, path: string): Promise<void> {
  try {
    const config = await readConfig(path);
    program.reload(config, readToken(config));
  } catch (error) {
    log(`- Configuration kept: ${(error as Error).message}`);
  }
}

main().catch((error: Error) => {
  log(`mcpk-gateway: ${error.message}`);
  process.exitCode = EXIT_CONFIG;
});
