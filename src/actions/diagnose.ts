import { resolve } from 'node:path';
import { writeBundle } from '../adapters/bundle.ts';
import { requestedLog } from '../adapters/kube/log-reader.ts';
import { inParallel, listObjects } from '../adapters/kube/objects.ts';
import { allEvents, eventsOf, look, type Place, type Scene } from '../adapters/kube/observe.ts';
import type { DiagnoseResult } from '../contract.ts';
import type { App } from '../core/app/app.ts';
import { type BundleParts, bundleFiles } from '../core/deploy/bundle.ts';
import { OWNED_KINDS } from '../core/deploy/kinds.ts';
import type { LiveObject, LivePod } from '../core/deploy/live.ts';
import { deeplyMasked, textMasker } from '../core/deploy/mask.ts';
import { deploymentConditions, eventPortraits, podPortrait } from '../core/deploy/portrait.ts';
import { currentPods } from '../core/deploy/status.ts';
import type { Workload } from '../core/deploy/waves.ts';
import { managedSelector } from '../core/manifests/labels.ts';
import { buildObjects } from '../core/manifests/objects.ts';
import { McpkError } from '../errors.ts';
import { ageNow } from './age.ts';
import { allWorkloads, type ClusterOptions, onCluster } from './on-cluster.ts';
import { rowsOf } from './status.ts';

const LOG_LINES = 20;
/** In a bundle. */
const ALL_LOG_LINES = 5000;

export interface DiagnoseOptions extends ClusterOptions {
  /** Default: all, and the gateway. */
  server?: string | undefined;
  /** A folder for everything that was seen, relative to cwd. */
  bundle?: string | undefined;
  /** The result as text, for the bundle. */
  summary: (result: DiagnoseResult) => string;
  onWarning: (message: string) => void;
}

type Entry = DiagnoseResult['workloads'][number];
type Log = Entry['logs'][number];

/** Everything about one server or all: what is wrong, what to do, and what was seen. @throws McpkError */
export async function diagnose(options: DiagnoseOptions): Promise<DiagnoseResult> {
  return await onCluster(options, async ({ app, workloads, place, where }) => {
    const scene = await look(place);
    // Of all: whether the gateway waits in vain depends on its servers.
    const rows = await rowsOf(place, allWorkloads(app), scene);
    const secrets = await secretValues(place, options);
    const mask = textMasker(secrets);
    const lines = options.bundle === undefined ? LOG_LINES : ALL_LOG_LINES;
    const entries = await Promise.all(
      workloads.map(async (workload): Promise<Entry> => {
        const row = rows.find(({ name }) => name === workload.name);
        if (!row) throw new Error(`no state of ${workload.name}`);
        return deeplyMasked({ ...row, ...(await portrait(place, workload, scene, lines)) }, mask);
      }),
    );
    const shown: DiagnoseResult = { ...where, workloads: entries.map(shortened) };
    if (options.bundle === undefined) return shown;
    const parts = { ...(await bundleParts(app, place)), where, version: options.version, logs: logsOf(entries) };
    const files = bundleFiles(
      { ...parts, result: shown, summary: options.summary(shown), now: new Date().toISOString() },
      mask,
    );
    const folder = resolve(options.cwd, options.bundle);
    await writeBundle(folder, files);
    return { ...shown, bundle: { folder, files: [...files.keys()] } };
  });
}

async function portrait(place: Place, workload: Workload, scene: Scene, lines: number) {
  const deployment = scene.deployments.find(({ metadata }) => metadata.name === workload.deployment);
  const pods = deployment ? currentPods(deployment, scene) : [];
  const age = ageNow();
  const logs: Log[] = [];
  await inParallel(pods, async (pod) => {
    logs.push(...(await podLogs(place, pod, lines)));
  });
  return {
    conditions: deploymentConditions(deployment),
    pods: pods.map((pod) => podPortrait(pod, age)),
    events: eventPortraits(await eventsOf(place, workload, scene, pods), age),
    logs,
  };
}

async function podLogs({ kube, signal }: Place, pod: LivePod, lines: number): Promise<Log[]> {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const logs: Log[] = [];
  for (const { name: container, restartCount } of statuses) {
    for (const previous of restartCount > 0 ? [true, false] : [false]) {
      const text = await requestedLog(kube, { pod, container, previous, signal }, lines);
      if (text) logs.push({ pod: pod.metadata.name, container, previous, lines: text.replace(/\n$/, '').split('\n') });
    }
  }
  return logs;
}

function shortened(entry: Entry): Entry {
  return { ...entry, logs: entry.logs.map((log) => ({ ...log, lines: log.lines.slice(-LOG_LINES) })) };
}

function logsOf(entries: readonly Entry[]): BundleParts['logs'] {
  return entries.flatMap(({ name, logs }) => logs.map((log) => ({ server: name, ...log })));
}

/**
 * Every value of every Secret of the namespace, so that it can be kept out of what is shown. A bundle leaves this
 * machine: without that right it is told what could not be looked for.
 */
async function secretValues(
  { kube, namespace, signal }: Place,
  { bundle, onWarning }: DiagnoseOptions,
): Promise<string[]> {
  try {
    const secrets = await listObjects<LiveObject & { data?: Record<string, string> }>(kube, 'Secret', namespace, {
      signal,
    });
    return secrets.flatMap(({ data = {} }) =>
      Object.values(data).flatMap((value) => [value, Buffer.from(value, 'base64').toString('utf8')]),
    );
  } catch (error) {
    if (!(error instanceof McpkError) || error.code !== 'cluster.forbidden') throw error;
    if (bundle !== undefined)
      onWarning(
        'you may not read the Secrets: their values could not be looked for in logs. Look through them yourself',
      );
    return [];
  }
}

async function bundleParts(app: App, place: Place): Promise<Pick<BundleParts, 'wanted' | 'live' | 'events'>> {
  const { kube, namespace, signal } = place;
  const labelSelector = managedSelector(app.name);
  const live: LiveObject[] = [];
  await inParallel([...OWNED_KINDS, 'ReplicaSet', 'Pod'] as const, async (kind) => {
    try {
      live.push(...(await listObjects(kube, kind, namespace, { labelSelector, signal })));
    } catch (error) {
      // What may not be read is missing from the bundle; the rest is worth having.
      if (!(error instanceof McpkError) || error.code !== 'cluster.forbidden') throw error;
    }
  });
  return { wanted: buildObjects(app), live, events: eventPortraits(await allEvents(place), ageNow()) };
}
