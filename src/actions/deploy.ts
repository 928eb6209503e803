import { readLive } from '../adapters/kube/apply.ts';
import { connect } from '../adapters/kube/connection.ts';
import { readNamespace } from '../adapters/kube/namespace.ts';
import type { Place } from '../adapters/kube/observe.ts';
import { checkSecrets, ensureToken } from '../adapters/kube/token.ts';
import type { DeployResult, ImageVerdict, ListedServer } from '../contract.ts';
import type { App, Server } from '../core/app/app.ts';
import { nameOf } from '../core/deploy/kinds.ts';
import { isOurs } from '../core/deploy/ownership.ts';
import { wavesOf, workloadsOf } from '../core/deploy/waves.ts';
import { buildObjects } from '../core/manifests/objects.ts';
import { refuseForeign } from './foreign.ts';
import { imageVerdicts, type VerdictOptions } from './image-verdicts.ts';
import { loadApp } from './load-app.ts';
import type { ClusterOptions } from './on-cluster.ts';
import { apply, type RollOutEvent, type Run, rollOut, withProgress } from './roll-out.ts';

/** What happens during a deploy, in its order. */
export type DeployEvent =
  /** What the images say, before anything is changed. */
  | { type: 'images'; images: ImageVerdict[]; servers: ListedServer[] }
  | { type: 'target'; app: string; namespace: string; context: string; server: string }
  | { type: 'token'; secret: string; action: 'created' | 'kept' }
  | RollOutEvent;

export interface DeployOptions extends ClusterOptions {
  timeoutMs: number;
  /** Take over fields that others have set. */
  forceConflicts: boolean;
  images: Pick<VerdictOptions, 'mirrors' | 'plainHttp' | 'offline' | 'refresh' | 'platform' | 'onProgress'>;
  onEvent: (event: DeployEvent) => void;
}

/**
 * Puts the app on the cluster and waits until it runs. Running it again resumes or changes nothing.
 * @returns also where workloads failed or the time was up: see deployExitCode
 * @throws McpkError where it could not be applied, with what had been applied by then
 */
export async function deploy(options: DeployOptions): Promise<DeployResult> {
  const start = performance.now();
  const { signal, forceConflicts, onEvent } = options;
  const { app } = await loadApp(options);
  const images = await imageVerdicts(app.servers, { ...options.images, env: options.env, signal });
  onEvent({ type: 'images', images, servers: app.servers.map(listed) });
  const kube = await connect(options);
  const where = { app: app.name, namespace: app.namespace, context: kube.context };
  const place: Place = { kube, namespace: app.namespace, app: app.name, signal };
  const objects = buildObjects(app);
  const workloads = workloadsOf(app, objects);
  const deadline = start + options.timeoutMs;
  const run: Run = { place, objects, workloads, before: new Map(), deadline, applied: [], forceConflicts, onEvent };
  onEvent({ type: 'target', ...where, server: kube.server });
  try {
    const token = await prepare(run, app, onEvent);
    const done = await rollOut(run);
    return { ...where, images, token, ...done, durationMs: Math.round(performance.now() - start) };
  } catch (error) {
    throw withProgress(error, run, 'mcpk deploy');
  } finally {
    kube.close();
  }
}

/** What the catalog knows of a server's image. */
function listed({ name, image, nonRoot }: Server): ListedServer {
  const { verdict = 'unchecked', reason } = nonRoot ?? {};
  return { name, image, source: nonRoot ? 'catalog' : 'config', nonRoot: verdict, ...(reason && { reason }) };
}

/** Everything up to the first object of the app: nothing is changed before it is known that the place is ours. */
async function prepare(run: Run, app: App, onEvent: DeployOptions['onEvent']): Promise<DeployResult['token']> {
  const { kube, signal } = run.place;
  const space = await readNamespace(kube, app.namespace, signal);
  const inside = run.objects.filter(({ kind }) => kind !== 'Namespace');
  // Where there is no namespace there is nothing in it.
  if (space) run.before = await readLive(kube, inside, signal);
  refuseForeign(app, run.before.values());
  // A namespace of others keeps its labels: they are its owner's business.
  if (space === undefined || isOurs(space, app.name)) {
    if (space) run.before = new Map(run.before).set(nameOf(space), space);
    await apply(run, wavesOf(run.objects).namespace);
  }
  // After the namespace, so that the commands that create the missing ones work as they are printed.
  await checkSecrets(kube, app, signal);
  const action = await ensureToken(kube, app, signal);
  onEvent({ type: 'token', secret: app.gateway.tokenSecret, action });
  return { secret: app.gateway.tokenSecret, action };
}
