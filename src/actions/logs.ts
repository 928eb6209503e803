import { setTimeout as delay } from 'node:timers/promises';
import { type ContainerLine, LogReader } from '../adapters/kube/log-reader.ts';
import { inParallel, listObjects } from '../adapters/kube/objects.ts';
import { look, observationOf, type Place } from '../adapters/kube/observe.ts';
import { explained, throwUnlessPassing } from '../adapters/kube/rollout.ts';
import type { LogsResult } from '../contract.ts';
import type { LiveObject, LivePod } from '../core/deploy/live.ts';
import { textMasker } from '../core/deploy/mask.ts';
import { stateOf } from '../core/deploy/state.ts';
import type { Workload } from '../core/deploy/waves.ts';
import { managedSelector } from '../core/manifests/labels.ts';
import { EXIT, type ExitCode } from '../errors.ts';
import { ageNow } from './age.ts';
import { type ClusterOptions, onCluster } from './on-cluster.ts';

const POLL_MS = 1000;
/** How often it is asked why there is no line yet, in polls. */
const ASK_WHY = 3;

export type SourceLine = LogsResult['lines'][number];
export type Silent = LogsResult['silent'][number];

export interface LogsOptions extends ClusterOptions {
  /** Default: all, and the gateway. */
  server?: string | undefined;
  /** Lines from the end of each container; undefined: all. */
  tail: number | undefined;
}

/** The logs of all containers, merged by time. @throws McpkError */
export async function logs(options: LogsOptions & { previous: boolean }): Promise<LogsResult> {
  const { tail, previous, signal } = options;
  return await onCluster(options, async ({ workloads, place, where }) => {
    const lines: SourceLine[] = [];
    await inParallel(await containersOf(place, workloads), async (source) => {
      const { pod, status } = source;
      const reader = new LogReader(place.kube, signal);
      const read = previous
        ? reader.readPrevious(pod, status, tail)
        : reader.read(pod, status, { ...(tail !== undefined && { tail }) });
      lines.push(...(await read).map((line) => sourceLine(source, line)));
    });
    const silent = workloads.filter(({ name }) => !lines.some((line) => line.server === name && !isInit(line)));
    return { ...where, lines: lines.sort(byTime), silent: await whySilent(place, silent, previous) };
  });
}

/** 1 where there is nothing to read because nothing has started. */
export function logsExitCode({ lines, silent }: LogsResult): ExitCode {
  const isHeard = lines.some((line) => !silent.some(({ server }) => server === line.server));
  return !isHeard && silent.some(({ state }) => state !== 'ready') ? EXIT.failed : EXIT.ok;
}

/** What only prepares the pod does not count: the server itself may not even have started. */
function isInit({ container }: SourceLine): boolean {
  return container === 'install-bridge';
}

export interface FollowOptions extends LogsOptions {
  /** @param servers all that may come, when there are several */
  onLines: (lines: SourceLine[], servers: string[]) => void;
  /** A workload has no line yet. */
  onSilent: (silent: Silent) => void;
}

/**
 * Goes on until it is interrupted, which is how it is meant to end. By polling: streams of the API server end silently.
 * @returns no lines: they have been handed over
 * @throws McpkError
 */
export async function followLogs(options: FollowOptions): Promise<LogsResult> {
  const { signal } = options;
  return await onCluster(options, async ({ workloads, place, where }) => {
    const following: Following = { place, workloads, options, readers: new Map(), heard: new Set(), isFirst: true };
    const told = new Map<string, string>();
    for (let poll = 0, missed = 0; !signal.aborted; poll++) {
      try {
        await readOn(following);
        if (poll % ASK_WHY === 0) await tellSilent(following, told);
        missed = 0;
      } catch (error) {
        if (!signal.aborted) throwUnlessPassing(error, missed++);
      }
      await delay(POLL_MS, undefined, { signal }).catch(() => {});
    }
    return { ...where, lines: [], silent: [] };
  });
}

interface Following {
  place: Place;
  workloads: Workload[];
  options: FollowOptions;
  /** By pod and container. */
  readers: Map<string, LogReader>;
  /** Names of the workloads that have had a line. */
  heard: Set<string>;
  isFirst: boolean;
}

/** Hands over the lines since the last call. Of containers that came later, all. */
async function readOn(following: Following): Promise<void> {
  const { place, workloads, readers, heard, options, isFirst } = following;
  const lines: SourceLine[] = [];
  try {
    await inParallel(await containersOf(place, workloads), async (source) => {
      const { pod, status } = source;
      const key = `${pod.metadata.uid}/${status.name}`;
      const reader = readers.get(key) ?? new LogReader(place.kube, place.signal);
      readers.set(key, reader);
      const tail = isFirst && options.tail !== undefined ? { tail: options.tail } : {};
      const read = await reader.read(pod, status, { ...tail, live: true });
      lines.push(...read.map((line) => sourceLine(source, line)));
    });
    following.isFirst = false;
  } finally {
    // Also where one of several could not be read: these have been taken, and do not come again.
    for (const line of lines) if (!isInit(line)) heard.add(line.server);
    const several = workloads.length > 1 ? workloads.map(({ name }) => name) : [];
    if (lines.length > 0) options.onLines(lines.sort(byTime), several);
  }
}

/** @param told what has been said of each by now */
async function tellSilent({ place, workloads, heard, options }: Following, told: Map<string, string>): Promise<void> {
  const silent = workloads.filter(({ name }) => !heard.has(name));
  for (const why of await whySilent(place, silent, false)) {
    if (told.get(why.server) !== why.reason) options.onSilent(why);
    told.set(why.server, why.reason);
  }
}

interface Source {
  workload: Workload;
  pod: LivePod;
  status: NonNullable<NonNullable<LivePod['status']>['containerStatuses']>[number];
}

/** Every container of every pod of the workloads, also of pods that are going. */
async function containersOf({ kube, namespace, app, signal }: Place, workloads: Workload[]): Promise<Source[]> {
  const pods = await listObjects<LivePod & LiveObject>(kube, 'Pod', namespace, {
    labelSelector: managedSelector(app),
    signal,
  });
  return pods.flatMap((pod) => {
    const { 'app.kubernetes.io/component': component, 'app.kubernetes.io/name': name } = pod.metadata.labels ?? {};
    const workload = workloads.find((one) => one.name === name && one.component === component);
    const { initContainerStatuses = [], containerStatuses = [] } = pod.status ?? {};
    return workload
      ? [...initContainerStatuses, ...containerStatuses].map((status) => ({ workload, pod, status }))
      : [];
  });
}

/** docker's gateway prints its token; what else has the form of a secret is of no use to a reader either. */
const hideKeys = textMasker([]);

function sourceLine({ workload, pod, status }: Source, { time, text, previous }: ContainerLine): SourceLine {
  return {
    server: workload.name,
    pod: pod.metadata.name,
    container: status.name,
    previous,
    time,
    text: hideKeys(text),
  };
}

function byTime(a: SourceLine, b: SourceLine): number {
  return a.time < b.time ? -1 : Number(a.time > b.time);
}

async function whySilent(place: Place, workloads: Workload[], previous: boolean): Promise<Silent[]> {
  if (workloads.length === 0) return [];
  const scene = await look(place);
  const age = ageNow();
  return await Promise.all(
    workloads.map(async (workload): Promise<Silent> => {
      const { status, restarts } = stateOf(workload, observationOf(workload, scene, 0), age);
      const silent = { server: workload.name, state: status.state, reason: status.message };
      if (previous && restarts === 0 && status.state !== 'missing')
        return { ...silent, reason: 'it was never restarted' };
      if (status.state === 'missing') return { ...silent, remedies: ['mcpk deploy'] };
      if (status.state === 'ready') return { ...silent, reason: 'it has not printed anything' };
      if (status.state === 'progressing') return silent;
      const { code, cause, remedies } = await explained(place, workload, { status, scene });
      return { ...silent, reason: cause ?? status.message, ...(code && { code }), ...(remedies && { remedies }) };
    }),
  );
}
