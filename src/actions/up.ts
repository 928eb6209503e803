import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type GatewayProcess, startGateway, usablePort } from '../adapters/local/gateway-process.ts';
import { type ServerStatus, serverStatuses } from '../adapters/local/gateway-status.ts';
import { identify } from '../adapters/local/processes.ts';
import {
  ensureTokenFile,
  type LocalFolder,
  localFolder,
  readState,
  removeState,
  writeGatewayConfig,
  writeState,
} from '../adapters/local/state.ts';
import { changes } from '../adapters/local/watch.ts';
import type { UpResult } from '../contract.ts';
import type { App } from '../core/app/app.ts';
import { localGatewayConfig, type NotHere } from '../core/local/plan.ts';
import type { Problem } from '../core/problem.ts';
import { FailedError, McpkError } from '../errors.ts';
import { configPath } from './config-path.ts';
import { type LoadOptions, loadApp } from './load-app.ts';
import { prepare } from './prepare-local.ts';

const STATUS_MS = 300;

export interface UpOptions extends LoadOptions {
  version: string;
  /** Folder of this package: it carries the gateway. */
  root: string;
  env: NodeJS.ProcessEnv;
  /** Number of this process. */
  pid: number;
  /** 0: any that is free. */
  port: number;
  signal: AbortSignal;
  onEvent: (event: UpEvent) => void;
}

export type UpEvent =
  | { type: 'fetching'; server: string; what: string }
  | { type: 'listening'; app: string; url: string; tokenFile: string }
  | { type: 'status'; servers: ServerStatus[] }
  | { type: 'config-changed' }
  | { type: 'config-kept'; message: string; problems: Problem[] }
  | { type: 'stopping' }
  /** A line of the process that --detach has started. */
  | { type: 'printed'; line: string };

/**
 * Runs the app on this machine until the signal: the gateway, and the servers as its children. A change of the config
 * file takes effect at once; what did not change goes on as before, and a file with faults changes nothing.
 * @throws UsageError, EnvironmentError, FailedError; InterruptedError where the signal came before it listened
 */
export async function up(options: UpOptions): Promise<UpResult> {
  const run = await Run.start(options);
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const died = run.gateway.ended.then((words) => {
    if (!signal.aborted) throw gatewayEnded(words, run.folder);
  });
  const watching = Promise.all([run.showStatus(signal), run.followConfig(signal)]);
  try {
    await Promise.race([died, watching]);
  } finally {
    stop.abort();
    await run.end();
    await watching.catch(() => {});
  }
  return run.result();
}

function gatewayEnded(words: string, folder: LocalFolder): FailedError {
  return new FailedError('local.gateway-ended', `the gateway ended by itself: ${words}`, {
    suggestions: [`its log: ${folder.log}`],
  });
}

/** Where an app is going to run. */
export interface Claim {
  app: App;
  folder: LocalFolder;
  port: number;
}

/**
 * What both ways to start an app need first. @throws UsageError, EnvironmentError where its folder or port cannot be
 * used, FailedError where it runs already
 */
export async function claim(options: Pick<UpOptions, keyof LoadOptions | 'version' | 'env' | 'port'>): Promise<Claim> {
  const { app } = await loadApp({ ...options, target: 'local' });
  const folder = localFolder(options.env, app.name, configPath(options));
  await refuseSecond(folder);
  const port = await usablePort(options.port);
  await ensureTokenFile(folder);
  return { app, folder, port };
}

async function refuseSecond(folder: LocalFolder): Promise<void> {
  const running = await readState(folder);
  if (!running) return;
  throw new FailedError('local.running-already', `this app runs already (process ${running.up.pid}, ${running.url})`, {
    suggestions: ['it follows mcpk.yaml: there is nothing to restart after a change', 'mcpk down stops it'],
  });
}

export function upResult({ app, folder, port }: Claim, rest: Pick<UpResult, 'running' | 'servers'>): UpResult {
  return { app: app.name, url: urlOf(port), tokenFile: folder.tokenFile, folder: folder.path, ...rest };
}

function urlOf(port: number): string {
  return `http://localhost:${port}/mcp`;
}

/** One app that runs on this machine. */
class Run {
  readonly gateway: GatewayProcess;
  readonly #options: UpOptions;
  readonly #claim: Claim;
  #notHere: NotHere[];
  #statuses: ServerStatus[] = [];

  private constructor(options: UpOptions, claimed: Claim, started: { gateway: GatewayProcess; notHere: NotHere[] }) {
    this.#options = options;
    this.#claim = claimed;
    this.#notHere = started.notHere;
    this.gateway = started.gateway;
  }

  static async start(options: UpOptions): Promise<Run> {
    const claimed = await claim(options);
    const { app, folder, port } = claimed;
    const notHere = await configure(claimed, options);
    options.signal.throwIfAborted();
    const gateway = await startGateway(join(options.root, GATEWAY), folder, options.env);
    const run = new Run(options, claimed, { gateway, notHere });
    await run.#remember();
    options.onEvent({ type: 'listening', app: app.name, url: urlOf(port), tokenFile: folder.tokenFile });
    return run;
  }

  get folder(): LocalFolder {
    return this.#claim.folder;
  }

  async showStatus(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      const servers = await serverStatuses(urlOf(this.#claim.port), this.#notHere);
      if (servers) {
        this.#statuses = servers;
        this.#options.onEvent({ type: 'status', servers });
      }
      await delay(STATUS_MS, undefined, { signal }).catch(() => {});
    }
  }

  async followConfig(signal: AbortSignal): Promise<void> {
    for await (const _ of changes(configPath(this.#options), signal)) {
      await this.#reload(signal).catch((error: unknown) => {
        if (signal.aborted) return;
        if (!(error instanceof McpkError)) throw error;
        this.#options.onEvent({ type: 'config-kept', message: error.message, problems: error.problems });
      });
    }
  }

  async #reload(signal: AbortSignal): Promise<void> {
    const { app } = await loadApp({ ...this.#options, target: 'local' });
    if (app.name !== this.#claim.app.name) {
      throw new FailedError('local.renamed', `the app is now called ${app.name}: that needs a restart`);
    }
    this.#notHere = await configure({ ...this.#claim, app }, { ...this.#options, signal });
    await this.#remember();
    this.gateway.reload();
    this.#options.onEvent({ type: 'config-changed' });
  }

  async #remember(): Promise<void> {
    const self = await identify(this.#options.pid);
    if (!self) throw new Error('this process cannot be found');
    const { app, folder, port } = this.#claim;
    await writeState(folder, {
      app: app.name,
      up: self,
      gateway: this.gateway.id,
      url: urlOf(port),
      config: configPath(this.#options),
      notHere: this.#notHere,
    });
  }

  async end(): Promise<void> {
    this.#options.onEvent({ type: 'stopping' });
    await this.gateway.stop();
    await removeState(this.folder);
  }

  result(): UpResult {
    return upResult(this.#claim, { running: false, servers: this.#statuses });
  }
}

/** Where the package keeps the gateway that it also puts into pods. */
const GATEWAY = 'runtime/gateway/dist/gateway.mjs';

/** Writes what the gateway shall run. @returns the servers that cannot run here */
async function configure({ app, folder, port }: Claim, options: UpOptions): Promise<NotHere[]> {
  const { env, signal, onEvent } = options;
  const onFetch = (server: string, what: string) => onEvent({ type: 'fetching', server, what });
  const { servers, notHere } = await prepare({ app, folder, config: configPath(options), env, signal, onFetch });
  await writeGatewayConfig(folder, localGatewayConfig(servers, { port, tokenFile: folder.tokenFile }));
  return notHere;
}
