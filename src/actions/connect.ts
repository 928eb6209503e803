import { resolve } from 'node:path';
import { type Forwarder, startForwarder } from '../adapters/forwarder.ts';
import { connect, type KubeConnection } from '../adapters/kube/connection.ts';
import { GatewayRoute, isUndelivered, type RouteEvent } from '../adapters/kube/gateway-route.ts';
import type { ConnectResult } from '../contract.ts';
import { type App, names } from '../core/app/app.ts';
import type { ClientName } from '../core/connect/client-entry.ts';
import { type TokenPlace, tokenCommand } from '../core/connect/token-command.ts';
import { type ClientPlaces, hookUp, refuseUnwritable } from './connect-client.ts';
import { type LoadOptions, loadApp } from './load-app.ts';

export interface ConnectOptions extends LoadOptions, ClientPlaces {
  version: string;
  kubeconfig?: string | undefined;
  context?: string | undefined;
  env: NodeJS.ProcessEnv;
  /** 0: any that is free. */
  port: number;
  client?: ClientName | undefined;
  /** Put the client's entry into its file. */
  write: boolean;
  signal: AbortSignal;
  onEvent: (event: ConnectEvent) => void;
}

export type ConnectEvent =
  | RouteEvent
  /** An open connection lost its way, and was closed. */
  | { type: 'broken'; reason: string }
  | { type: 'stopping' };

export interface Connected {
  result: ConnectResult;
  /** Forwards until the signal. */
  serve(signal: AbortSignal): Promise<void>;
}

/**
 * Opens a port of this machine that leads to the app's gateway, whichever pod that is.
 * @throws UsageError, EnvironmentError, FailedError, TimeoutError; InterruptedError where the signal came before
 */
export async function connectApp(options: ConnectOptions): Promise<Connected> {
  const { app } = await loadApp(options);
  if (options.write) refuseUnwritable(options.client);
  const kube = await connect(options);
  let forwarder: Forwarder | undefined;
  try {
    const route = new GatewayRoute({ kube, app, onEvent: options.onEvent });
    const pod = await route.open(options.signal);
    forwarder = await startForwarder({
      port: options.port,
      dial: (signal) => route.dial(signal),
      isUndelivered,
      onBroken: (reason) => options.onEvent({ type: 'broken', reason }),
    });
    const result = await describe({ kube, app, pod, port: forwarder.port }, options);
    options.signal.throwIfAborted();
    return { result, serve: (signal) => serve({ kube, forwarder: forwarder as Forwarder }, signal, options.onEvent) };
  } catch (error) {
    forwarder?.close();
    kube.close();
    throw error;
  }
}

interface Open {
  kube: KubeConnection;
  app: App;
  pod: string;
  port: number;
}

async function describe({ kube, app, pod, port }: Open, options: ConnectOptions): Promise<ConnectResult> {
  const url = `http://127.0.0.1:${port}/mcp`;
  const place: TokenPlace = {
    context: kube.context,
    namespace: app.namespace,
    secret: app.gateway.tokenSecret,
    kubeconfig: kubeconfigOf(options),
  };
  const { client, write, signal } = options;
  const facts = { app: app.name, url, token: place };
  return {
    app: app.name,
    namespace: app.namespace,
    context: kube.context,
    pod,
    url,
    token: { secret: place.secret, key: names.tokenKey, command: tokenCommand(place) },
    ...(client && { client: await hookUp({ client, write, facts, places: options, kube, app, signal }) }),
  };
}

/** What kubectl needs as KUBECONFIG to see the same cluster from any folder. */
function kubeconfigOf({ kubeconfig, env, cwd }: ConnectOptions): string | undefined {
  const paths = kubeconfig ?? env['KUBECONFIG'];
  if (!paths) return undefined;
  return kubeconfig === undefined
    ? paths
        .split(':')
        .filter((path) => path !== '')
        .map((path) => resolve(cwd, path))
        .join(':')
    : resolve(cwd, kubeconfig);
}

async function serve(
  { kube, forwarder }: { kube: KubeConnection; forwarder: Forwarder },
  signal: AbortSignal,
  onEvent: (event: ConnectEvent) => void,
): Promise<void> {
  await new Promise<void>((done) => {
    if (signal.aborted) done();
    else signal.addEventListener('abort', () => done(), { once: true });
  });
  onEvent({ type: 'stopping' });
  forwarder.close();
  kube.close();
}
