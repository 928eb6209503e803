import { connect } from '../adapters/kube/connection.ts';
import type { Place } from '../adapters/kube/observe.ts';
import { type App, names } from '../core/app/app.ts';
import { type Workload, workloadsOf } from '../core/deploy/waves.ts';
import { didYouMean } from '../core/did-you-mean.ts';
import { buildObjects } from '../core/manifests/objects.ts';
import { UsageError } from '../errors.ts';
import { loadApp } from './load-app.ts';

/** What every action takes that looks at an app on a cluster. */
export interface ClusterOptions {
  cwd: string;
  config?: string | undefined;
  version: string;
  kubeconfig?: string | undefined;
  context?: string | undefined;
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
}

export interface OnCluster {
  app: App;
  /** All of the app, or the one that was asked for. */
  workloads: Workload[];
  place: Place;
  /** What results say of the place. */
  where: { app: string; namespace: string; context: string };
}

/** Reads the config, connects, works, and lets go of the cluster whatever happens. @throws McpkError */
export async function onCluster<T>(
  options: ClusterOptions & { server?: string | undefined },
  work: (on: OnCluster) => Promise<T>,
): Promise<T> {
  const { app } = await loadApp(options);
  // Before the cluster is needed: a wrong name is wrong without one.
  const workloads = chosenWorkloads(app, options.server);
  const kube = await connect(options);
  const place: Place = { kube, namespace: app.namespace, app: app.name, signal: options.signal };
  try {
    return await work({
      app,
      workloads,
      place,
      where: { app: app.name, namespace: app.namespace, context: kube.context },
    });
  } finally {
    kube.close();
  }
}

/**
 * The app's workloads, or the one that is named: a server, or `gateway`.
 * @throws UsageError where there is none of that name
 */
function chosenWorkloads(app: App, name: string | undefined): Workload[] {
  const all = allWorkloads(app);
  if (name === undefined) return all;
  const wanted = name === 'gateway' && !app.servers.some((server) => server.name === name) ? names.gateway : name;
  const found = all.filter((workload) => workload.name === wanted);
  if (found.length > 0) return found;
  const known = ['gateway', ...app.servers.map((server) => server.name)];
  throw new UsageError('config.unknown-server', `the app has no server "${name}"`, {
    suggestions: [...didYouMean(name, known).map((near) => `did you mean ${near}?`), `it has ${known.join(', ')}`],
  });
}

/** Servers by name, then the gateway. */
export function allWorkloads(app: App): Workload[] {
  return workloadsOf(app, buildObjects(app));
}
