import type { V1ContainerStatus } from '@kubernetes/client-node';
import type { LiveDeployment, LiveEvent, LivePod } from './live.ts';
import type { Age } from './state.ts';

/** A pod as people describe it. */
export interface PodPortrait {
  name: string;
  phase: string;
  node?: string;
  ageSeconds: number;
  /** Those that do not hold. */
  conditions: Condition[];
  containers: ContainerPortrait[];
}

export interface Condition {
  type: string;
  status: string;
  reason?: string;
  message?: string;
}

export interface ContainerPortrait {
  name: string;
  init: boolean;
  image: string;
  state: 'running' | 'waiting' | 'ended' | 'unknown';
  ready: boolean;
  restarts: number;
  /** Why it waits or has ended. */
  reason?: string;
  message?: string;
  exitCode?: number;
  /** How its life before this one ended. */
  lastEnd?: string;
}

export interface EventPortrait {
  type: string;
  reason: string;
  object: string;
  message: string;
  count: number;
  ageSeconds: number;
}

export function podPortrait({ metadata, spec, status }: LivePod, age: Age): PodPortrait {
  const inits = (status?.initContainerStatuses ?? []).map((one) => containerPortrait(one, true));
  const mains = (status?.containerStatuses ?? []).map((one) => containerPortrait(one, false));
  return {
    name: metadata.name,
    phase: metadata.deletionTimestamp ? 'Terminating' : (status?.phase ?? 'Unknown'),
    ...(spec?.nodeName && { node: spec.nodeName }),
    ageSeconds: Math.floor(age(metadata.creationTimestamp) / 1000),
    conditions: conditions(status?.conditions).filter((condition) => condition.status !== 'True'),
    containers: [...inits, ...mains],
  };
}

export function deploymentConditions(deployment: LiveDeployment | undefined): Condition[] {
  return conditions(deployment?.status?.conditions);
}

function conditions(list: readonly Condition[] = []): Condition[] {
  return list.map(({ type, status, reason, message }) => ({
    type,
    status,
    ...(reason && { reason }),
    ...(message && { message }),
  }));
}

function containerPortrait(status: V1ContainerStatus, init: boolean): ContainerPortrait {
  const { name, image, ready, restartCount, state, lastState } = status;
  const { waiting, running, terminated } = state ?? {};
  const reason = waiting?.reason ?? terminated?.reason;
  const message = waiting?.message ?? terminated?.message;
  const last = lastState?.terminated;
  return {
    name,
    init,
    image,
    state: running ? 'running' : waiting ? 'waiting' : terminated ? 'ended' : 'unknown',
    ready,
    restarts: restartCount,
    ...(reason && { reason }),
    ...(message && { message }),
    ...(terminated && { exitCode: terminated.exitCode }),
    ...(last && { lastEnd: `${last.reason ?? 'ended'}, exit code ${last.exitCode}` }),
  };
}

/** Events of the same words as one, the newest last. */
export function eventPortraits(events: readonly LiveEvent[], age: Age): EventPortrait[] {
  const found = new Map<string, EventPortrait>();
  for (const { type = 'Normal', reason = '', message = '', count = 1, involvedObject, ...times } of events) {
    const object = `${involvedObject.kind ?? ''} ${involvedObject.name ?? ''}`.trim();
    const ageSeconds = Math.floor(age(times.lastTimestamp ?? times.eventTime ?? undefined) / 1000);
    const key = `${object} ${reason} ${message}`;
    const before = found.get(key);
    found.delete(key);
    found.set(key, { type, reason, object, message, count: count + (before?.count ?? 0), ageSeconds });
  }
  return [...found.values()];
}
