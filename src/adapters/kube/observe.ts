import type { Findings, PodLog } from '../../core/deploy/diagnose.ts';
import { collectionPath } from '../../core/deploy/kinds.ts';
import type { LiveDeployment, LiveEvent, LiveObject, LivePod, LiveReplicaSet } from '../../core/deploy/live.ts';
import { currentPods, type Observation } from '../../core/deploy/status.ts';
import type { Workload } from '../../core/deploy/waves.ts';
import { managedSelector } from '../../core/manifests/labels.ts';
import type { KubeConnection, KubeResponse } from './connection.ts';
import { inParallel, listObjects } from './objects.ts';

const LOG_LINES = 40;

/** Where an app runs. */
export interface Place {
  kube: KubeConnection;
  namespace: string;
  app: string;
  signal: AbortSignal;
}

/** Everything of an app that a rollout moves, seen at once: lists by label, for watches die silently. */
export interface Scene {
  deployments: LiveDeployment[];
  replicaSets: LiveReplicaSet[];
  pods: LivePod[];
  logs: Map<string, string>;
}

/** Looks once. Logs are read only of containers that run without being ready. @throws McpkError */
export async function look({ kube, namespace, app, signal }: Place): Promise<Scene> {
  const options = { labelSelector: managedSelector(app), signal };
  const list = <T>(kind: 'Deployment' | 'ReplicaSet' | 'Pod') =>
    listObjects(kube, kind, namespace, options) as Promise<(LiveObject & T)[]>;
  const [deployments, replicaSets, pods] = await Promise.all([
    list<LiveDeployment>('Deployment'),
    list<LiveReplicaSet>('ReplicaSet'),
    list<LivePod>('Pod'),
  ]);
  const logs = new Map<string, string>();
  await inParallel(pods.filter(isStarting), async (pod) => {
    const text = await readLog(kube, { pod, container: mainContainer(pod), previous: false, signal });
    if (text !== undefined) logs.set(pod.metadata.name, text);
  });
  return { deployments, replicaSets, pods, logs };
}

function isStarting({ metadata, status }: LivePod): boolean {
  const main = status?.containerStatuses?.[0];
  return !metadata.deletionTimestamp && main?.state?.running !== undefined && !main.ready;
}

function mainContainer(pod: LivePod): string {
  return pod.spec?.containers[0]?.name ?? '';
}

/** The part of a scene that concerns one workload. */
export function observationOf(workload: Workload, scene: Scene, now: number): Observation {
  const deployment = scene.deployments.find(({ metadata }) => metadata.name === workload.deployment);
  return { deployment, replicaSets: scene.replicaSets, pods: scene.pods, logs: scene.logs, now };
}

/** Gathers what may explain a workload that is not ready. What cannot be read (rights, pods that are gone) is left out. */
export async function investigate(place: Place, workload: Workload, scene: Scene): Promise<Findings> {
  const deployment = scene.deployments.find(({ metadata }) => metadata.name === workload.deployment);
  const pods = deployment ? currentPods(deployment, scene) : [];
  const logs: PodLog[] = [];
  await inParallel(pods.slice(0, 2), async (pod) => {
    logs.push(...(await podLogs(place, pod)));
  });
  return { deployment, pods, events: await eventsOf(place, workload, scene, pods), logs };
}

async function podLogs({ kube, signal }: Place, pod: LivePod): Promise<PodLog[]> {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  const logs: PodLog[] = [];
  for (const { name, state, restartCount, ready } of statuses) {
    // An init container that did its work has nothing to explain.
    if (state?.terminated?.exitCode === 0 || ready) continue;
    for (const previous of restartCount > 0 ? [true, false] : [false]) {
      const text = await readLog(kube, { pod, container: name, previous, signal });
      if (text) logs.push({ pod: pod.metadata.name, container: name, previous, text });
    }
  }
  return logs;
}

/** One request for a container's log. */
export interface LogRequest {
  pod: LivePod;
  container: string;
  /** Of the container's life before the present one. */
  previous: boolean;
  signal: AbortSignal;
}

/** Undefined where there is no log yet, or no right to read it. */
async function readLog(kube: KubeConnection, request: LogRequest): Promise<string | undefined> {
  const response = await requestLog(kube, request, { tailLines: String(LOG_LINES), limitBytes: '65536' });
  return response.status === 200 ? String(response.body) : undefined;
}

/** @param query of the API's `log` subresource, but for the container */
export function requestLog(
  kube: KubeConnection,
  { pod, container, previous, signal }: LogRequest,
  query: Record<string, string>,
): Promise<KubeResponse> {
  const path = `${collectionPath('Pod', pod.metadata.namespace ?? '')}/${pod.metadata.name}/log`;
  const whole = { container, ...query, ...(previous && { previous: 'true' }) };
  return kube.request({ path, query: whole, text: true, signal });
}

/** Events about a workload's Deployment, ReplicaSets and pods, the newest last. None where they may not be read. */
export async function eventsOf(place: Place, workload: Workload, scene: Scene, pods: LivePod[]): Promise<LiveEvent[]> {
  const deployment = scene.deployments.find(({ metadata }) => metadata.name === workload.deployment);
  const sets = scene.replicaSets.filter(({ metadata }) =>
    metadata.ownerReferences?.some(({ uid }) => uid === deployment?.metadata.uid),
  );
  const names = new Set([workload.deployment, ...[...sets, ...pods].map(({ metadata }) => metadata.name)]);
  return (await allEvents(place)).filter(({ involvedObject }) => names.has(involvedObject.name ?? ''));
}

/** All events of the namespace, the newest last. None where they may not be read. */
export async function allEvents({ kube, namespace, signal }: Place): Promise<LiveEvent[]> {
  const response = await kube.request({ path: collectionPath('Event', namespace), query: { limit: '500' }, signal });
  if (response.status !== 200) return [];
  const when = ({ lastTimestamp, eventTime }: LiveEvent) => lastTimestamp ?? eventTime ?? '';
  return ((response.body as { items: LiveEvent[] }).items ?? []).sort((a, b) => (when(a) < when(b) ? -1 : 1));
}
