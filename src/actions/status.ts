import { setTimeout as delay } from 'node:timers/promises';
import { look, observationOf, type Place, type Scene } from '../adapters/kube/observe.ts';
import { awaitRollout, explained, throwUnlessPassing } from '../adapters/kube/rollout.ts';
import type { StatusResult, WorkloadResult } from '../contract.ts';
import { stateOf } from '../core/deploy/state.ts';
import type { Status } from '../core/deploy/status.ts';
import type { Workload } from '../core/deploy/waves.ts';
import { EXIT, type ExitCode, InterruptedError } from '../errors.ts';
import { ageNow } from './age.ts';
import { type ClusterOptions, onCluster } from './on-cluster.ts';

const WATCH_MS = 2000;

export interface WaitOptions extends ClusterOptions {
  timeoutMs: number;
  onStatus: (name: string, status: Status, elapsedMs: number) => void;
}

export interface WatchOptions extends ClusterOptions {
  onLook: (result: StatusResult) => void;
}

type Row = StatusResult['workloads'][number];

/** How every workload of the app does now. @throws McpkError */
export async function status(options: ClusterOptions): Promise<StatusResult> {
  return await onCluster(options, async ({ workloads, place, where }) => ({
    ...where,
    workloads: await rows(place, workloads),
  }));
}

/** Waits until every workload is ready, hopeless, or the time is up. @throws McpkError */
export async function awaitStatus(options: WaitOptions): Promise<StatusResult> {
  const deadline = performance.now() + options.timeoutMs;
  return await onCluster(options, async ({ workloads, place, where }) => {
    const wait = (awaited: Workload[]) =>
      awaitRollout({
        place,
        workloads: awaited,
        deadline,
        onStatus: ({ name }, state, elapsedMs) => options.onStatus(name, state, elapsedMs),
      });
    const servers = await wait(workloads.filter(isServer));
    const gateway = await wait(gatewaysOf(workloads, servers));
    const ended = new Map([...servers, ...gateway].map((workload) => [workload.name, workload]));
    const now = await rows(place, workloads);
    return {
      ...where,
      workloads: now.map((row) => (row.state === 'missing' ? row : asAwaited(row, ended.get(row.name)))),
    };
  });
}

/** Looks again and again until it is interrupted, which is how it is meant to end. @throws McpkError */
export async function watchStatus(options: WatchOptions): Promise<StatusResult> {
  const { signal, onLook } = options;
  return await onCluster(options, async ({ workloads, place, where }) => {
    const known: Known = new Map();
    let last: StatusResult | undefined;
    for (let missed = 0; !signal.aborted; ) {
      try {
        last = { ...where, workloads: await rowsOf(place, workloads, await look(place), known) };
        missed = 0;
        onLook(last);
      } catch (error) {
        if (!signal.aborted) throwUnlessPassing(error, missed++);
      }
      await delay(WATCH_MS, undefined, { signal }).catch(() => {});
    }
    if (!last) throw new InterruptedError();
    return last;
  });
}

/** 1 when a workload has failed or is not there; 4 when one is still on its way. */
export function statusExitCode({ workloads }: { workloads: readonly Pick<Row, 'state'>[] }): ExitCode {
  if (workloads.some(({ state }) => state === 'failed' || state === 'missing')) return EXIT.failed;
  return workloads.some(({ state }) => state === 'progressing') ? EXIT.timeout : EXIT.ok;
}

async function rows(place: Place, workloads: Workload[]): Promise<Row[]> {
  return await rowsOf(place, workloads, await look(place));
}

/** What has been said of a workload in its present state: to find that out takes requests. */
type Known = Map<string, { message: string; why: Awaited<ReturnType<typeof explained>> }>;

/** How each workload does in one scene; the gateway's state depends on its servers', so all are needed. */
export async function rowsOf(
  place: Place,
  workloads: Workload[],
  scene: Scene,
  known: Known = new Map(),
): Promise<Row[]> {
  const age = ageNow();
  const row = async (workload: Workload): Promise<Row> => {
    const { name, component } = workload;
    const { status: state, image, restarts, ageMs } = stateOf(workload, observationOf(workload, scene, 0), age);
    const ageSeconds = ageMs === undefined ? {} : { ageSeconds: Math.floor(ageMs / 1000) };
    const seen = { name, component, state: state.state, message: state.message, image, restarts, ...ageSeconds };
    if (state.state === 'missing') return seen;
    const before = known.get(name);
    const why =
      before?.message === state.message ? before.why : await explained(place, workload, { status: state, scene });
    known.set(name, { message: state.message, why });
    return { ...seen, ...why };
  };
  const servers = await Promise.all(workloads.filter(isServer).map(row));
  return [...servers, ...(await Promise.all(gatewaysOf(workloads, servers).map(row)))];
}

function isServer({ component }: Workload): boolean {
  return component === 'server';
}

/** Without a ready server the gateway cannot be ready either. */
function gatewaysOf(workloads: Workload[], servers: readonly { state: string }[]): Workload[] {
  const inVain = servers.some(({ state }) => state === 'ready') ? {} : { inVain: 'no server behind it is ready' };
  return workloads.filter((workload) => !isServer(workload)).map((workload) => ({ ...workload, ...inVain }));
}

/** The row of a last look, with the state that the wait ended with. */
function asAwaited({ name, component, image, restarts, ageSeconds }: Row, ended: WorkloadResult | undefined): Row {
  const { durationMs: _durationMs, state = 'progressing', message = '', ...why } = ended ?? {};
  const age = ageSeconds === undefined ? {} : { ageSeconds };
  return { ...why, name, component, state, message, image, restarts, ...age };
}
