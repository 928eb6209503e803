import { applyWave, type Before, readLive } from '../adapters/kube/apply.ts';
import { apiError, connect, type KubeConnection } from '../adapters/kube/connection.ts';
import { deleteObject, inParallel, listObjects } from '../adapters/kube/objects.ts';
import type { Place } from '../adapters/kube/observe.ts';
import { awaitRollout } from '../adapters/kube/rollout.ts';
import { checkSecrets, ensureToken } from '../adapters/kube/token.ts';
import type { DeployResult, ImageVerdict, ListedServer, ObjectRef, WorkloadResult } from '../contract.ts';
import type { App, Server } from '../core/app/app.ts';
import type { ApplyAction } from '../core/deploy/difference.ts';
import { nameOf, PRUNED_KINDS } from '../core/deploy/kinds.ts';
import type { LiveObject } from '../core/deploy/live.ts';
import { foreignObjects, isOurs, unwanted } from '../core/deploy/ownership.ts';
import type { Status } from '../core/deploy/status.ts';
import { type Waves, type Workload, wavesOf, workloadsOf } from '../core/deploy/waves.ts';
import { managedSelector } from '../core/manifests/labels.ts';
import type { ManifestObject } from '../core/manifests/object.ts';
import { buildObjects } from '../core/manifests/objects.ts';
import {
  EnvironmentError,
  EXIT,
  type ExitCode,
  FailedError,
  InterruptedError,
  McpkError,
  UsageError,
} from '../errors.ts';
import { imageVerdicts, type VerdictOptions } from './image-verdicts.ts';
import { loadApp } from './load-app.ts';

/** What happens during a deploy, in its order. */
export type DeployEvent =
  /** What the images say, before anything is changed. */
  | { type: 'images'; images: ImageVerdict[]; servers: ListedServer[] }
  | { type: 'target'; app: string; namespace: string; context: string; server: string }
  | { type: 'applied'; object: ObjectRef; action: ApplyAction }
  | { type: 'token'; secret: string; action: 'created' | 'kept' }
  | { type: 'workload'; name: string; status: Status; elapsedMs: number }
  | { type: 'pruned'; object: ObjectRef }
  | { type: 'warning'; message: string };

export interface DeployOptions {
  cwd: string;
  config?: string | undefined;
  version: string;
  kubeconfig?: string | undefined;
  context?: string | undefined;
  env: NodeJS.ProcessEnv;
  signal: AbortSignal;
  timeoutMs: number;
  /** Take over fields that others have set. */
  forceConflicts: boolean;
  images: Pick<VerdictOptions, 'mirrors' | 'plainHttp' | 'offline' | 'refresh' | 'platform' | 'onProgress'>;
  onEvent: (event: DeployEvent) => void;
}

/** One run: what it works on, and what it has done so far. */
interface Run {
  app: App;
  kube: KubeConnection;
  options: DeployOptions;
  waves: Waves;
  objects: ManifestObject[];
  before: Before;
  place: Place;
  deadline: number;
  applied: DeployResult['applied'];
}

/**
 * Puts the app on the cluster and waits until it runs. Running it again resumes or changes nothing.
 * @returns also where workloads failed or the time was up: see deployExitCode
 * @throws McpkError where it could not be applied, with what had been applied by then
 */
export async function deploy(options: DeployOptions): Promise<DeployResult> {
  const start = performance.now();
  const { app } = await loadApp(options);
  const images = await imageVerdicts(app.servers, { ...options.images, env: options.env, signal: options.signal });
  options.onEvent({ type: 'images', images, servers: app.servers.map(listed) });
  const kube = await connect(options);
  const objects = buildObjects(app);
  const place: Place = { kube, namespace: app.namespace, app: app.name, signal: options.signal };
  const deadline = start + options.timeoutMs;
  const run: Run = {
    app,
    kube,
    options,
    objects,
    waves: wavesOf(objects),
    before: new Map(),
    place,
    deadline,
    applied: [],
  };
  options.onEvent({
    type: 'target',
    app: app.name,
    namespace: app.namespace,
    context: kube.context,
    server: kube.server,
  });
  try {
    const token = await prepare(run);
    const workloads = await rollOut(run);
    const pruned = workloads.every(({ state }) => state === 'ready') ? await prune(run) : [];
    const durationMs = Math.round(performance.now() - start);
    const applied = objects.flatMap((object) => run.applied.filter((ref) => sameObject(ref, object)));
    return {
      app: app.name,
      namespace: app.namespace,
      context: kube.context,
      images,
      applied,
      pruned,
      token,
      workloads,
      durationMs,
    };
  } catch (error) {
    throw withProgress(error, run);
  } finally {
    kube.close();
  }
}

/** What the catalog knows of a server's image. */
function listed({ name, image, nonRoot }: Server): ListedServer {
  const { verdict = 'unchecked', reason } = nonRoot ?? {};
  return { name, image, source: nonRoot ? 'catalog' : 'config', nonRoot: verdict, ...(reason && { reason }) };
}

/** 1 when a workload failed; 4 when one was still on its way at the deadline. */
export function deployExitCode({ workloads }: DeployResult): ExitCode {
  if (workloads.some(({ state }) => state === 'failed')) return EXIT.failed;
  return workloads.some(({ state }) => state === 'progressing') ? EXIT.timeout : EXIT.ok;
}

/** Everything up to the first object of the app: nothing is changed before it is known that the place is ours. */
async function prepare(run: Run): Promise<DeployResult['token']> {
  const { app, kube, options, waves } = run;
  const space = await readNamespace(run);
  if (space?.metadata.deletionTimestamp) {
    throw new EnvironmentError('cluster.namespace-terminating', `namespace ${app.namespace} is being deleted`, {
      suggestions: ['run the command again when it is gone'],
    });
  }
  const inside = run.objects.filter(({ kind }) => kind !== 'Namespace');
  // Where there is no namespace there is nothing in it.
  if (space) run.before = await readLive(kube, inside, options.signal);
  refuseForeign(run);
  // A namespace of others keeps its labels: they are its owner's business.
  if (space === undefined || isOurs(space, app.name)) {
    if (space) run.before = new Map(run.before).set(nameOf(space), space);
    await apply(run, waves.namespace);
  }
  // After the namespace, so that the commands that create the missing ones work as they are printed.
  await checkSecrets(kube, app, options.signal);
  const action = await ensureToken(kube, app, options.signal);
  options.onEvent({ type: 'token', secret: app.gateway.tokenSecret, action });
  return { secret: app.gateway.tokenSecret, action };
}

/** Undefined where it does not exist. A user with rights in one namespace only may not look at it, and may still use it. */
async function readNamespace({ app, kube, options }: Run): Promise<LiveObject | undefined> {
  const response = await kube.request({ path: `/api/v1/namespaces/${app.namespace}`, signal: options.signal });
  if (response.status === 404) return undefined;
  if (response.status === 403) return { kind: 'Namespace', metadata: { name: app.namespace } };
  if (response.status !== 200) throw apiError(response, `read namespace ${app.namespace}`);
  return response.body as LiveObject;
}

/** A wrong place is a fault of the config: nothing was tried, and only another namespace or name cures it. */
function refuseForeign({ app, before }: Run): void {
  const foreign = foreignObjects([...before.values()], app.name);
  if (foreign.length === 0) return;
  const lines = foreign.slice(0, 5).map(({ object, owner }) => `  ${object} belongs to ${owner}`);
  const more = foreign.length > lines.length ? [`  and ${foreign.length - lines.length} more`] : [];
  throw new UsageError(
    'app.foreign-namespace',
    [`namespace ${app.namespace} is taken; nothing was changed:`, ...lines, ...more].join('\n'),
    {
      suggestions: [
        'choose another `namespace` in mcpk.yaml: each app needs one of its own',
        'or remove what is there: mcpk delete, with the config of that app',
      ],
    },
  );
}

async function apply(run: Run, objects: readonly ManifestObject[]): Promise<void> {
  const { kube, options, before } = run;
  await applyWave(objects, before, {
    kube,
    force: options.forceConflicts,
    signal: options.signal,
    onApplied: (object, action) => {
      const ref = refOf(object);
      run.applied.push({ ...ref, action });
      options.onEvent({ type: 'applied', object: ref, action });
    },
    onWarning: (message) => options.onEvent({ type: 'warning', message }),
  });
}

/** The gateway comes after the servers, also after failed ones: it serves the others. */
async function rollOut(run: Run): Promise<WorkloadResult[]> {
  const workloads = workloadsOf(run.app, run.objects);
  const wait = (awaited: Workload[]) =>
    awaitRollout({
      place: run.place,
      workloads: awaited,
      deadline: run.deadline,
      onStatus: ({ name }, status, elapsedMs) => run.options.onEvent({ type: 'workload', name, status, elapsedMs }),
    });
  await apply(run, run.waves.base);
  await apply(run, run.waves.servers);
  const servers = await wait(workloads.filter(({ component }) => component === 'server'));
  await apply(run, run.waves.gateway);
  const inVain = servers.some(({ state }) => state === 'ready') ? {} : { inVain: 'no server behind it is ready' };
  const gateway = workloads
    .filter(({ component }) => component === 'gateway')
    .map((workload) => ({ ...workload, ...inVain }));
  return [...servers, ...(await wait(gateway))];
}

/** Takes away what the config no longer has. Secrets and volumes stay: they cannot be made again. */
async function prune({ app, kube, objects, options }: Run): Promise<ObjectRef[]> {
  const { signal } = options;
  const pruned: ObjectRef[] = [];
  for (const kind of PRUNED_KINDS) {
    const live = await listObjects(kube, kind, app.namespace, { labelSelector: managedSelector(app.name), signal });
    await inParallel(unwanted(live, objects), async (object) => {
      await deleteObject(kube, object, signal);
      pruned.push(refOf(object));
      options.onEvent({ type: 'pruned', object: refOf(object) });
    });
  }
  return pruned;
}

function refOf({ kind, metadata }: { kind: string; metadata: { name: string; namespace?: string } }): ObjectRef {
  return { kind, name: metadata.name, ...(metadata.namespace && { namespace: metadata.namespace }) };
}

function sameObject(ref: ObjectRef, { kind, metadata }: ManifestObject): boolean {
  return ref.kind === kind && ref.name === metadata.name;
}

/** The same error, with how far the run had come. */
function withProgress(error: unknown, { applied, objects, options }: Run): unknown {
  const changed = applied.filter(({ action }) => action !== 'unchanged').map(({ kind, name }) => `${kind} ${name}`);
  const done = `${applied.length} of ${objects.length} objects applied${changed.length > 0 ? ` (changed: ${changed.join(', ')})` : ', nothing was changed'}`;
  if (options.signal.aborted) {
    const suggestions = [
      'mcpk deploy resumes where it stopped',
      ...(changed.length > 0 ? ['mcpk delete takes everything away'] : []),
    ];
    return new InterruptedError(`interrupted: ${done}`, { suggestions, cause: error });
  }
  if (!(error instanceof McpkError) || changed.length === 0) return error;
  const details = {
    suggestions: [...error.suggestions, 'then run mcpk deploy again: it resumes'],
    problems: error.problems,
    cause: error,
  };
  const message = `${error.message}\n${done}`;
  return error instanceof EnvironmentError
    ? new EnvironmentError(error.code, message, details)
    : new FailedError(error.code, message, details);
}
