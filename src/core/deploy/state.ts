import type { LivePod } from './live.ts';
import { assess, currentPods, type Observation, type Status } from './status.ts';
import type { Workload } from './waves.ts';

/** Milliseconds since a time stamp of the cluster; 0 where there is none. */
export type Age = (timestamp: string | undefined) => number;

export interface WorkloadState {
  status: Status | { state: 'missing'; message: string };
  /** Of the newest Deployment; null where there is none. */
  image: string | null;
  restarts: number;
  /** Of its newest pod; absent where there is none. */
  ageMs?: number;
}

/**
 * How a workload does, told from one look. Some things are hopeless only when they last: what is seen now is taken to
 * be as old as the newest pod, or as the refusal to make one.
 * @param age milliseconds since a time stamp of the cluster
 */
export function stateOf(workload: Workload, seen: Omit<Observation, 'now'>, age: Age): WorkloadState {
  const { deployment } = seen;
  if (!deployment) return { status: { state: 'missing', message: 'not deployed' }, image: null, restarts: 0 };
  const pods = currentPods(deployment, seen);
  const ages = pods.map(({ metadata }) => age(metadata.creationTimestamp));
  const ageMs = ages.length > 0 ? Math.min(...ages) : undefined;
  const refused = deployment.status?.conditions?.find(({ type }) => type === 'ReplicaFailure');
  // The wire's dates are text; client-node's types say Date.
  const lasts = ageMs ?? age(refused?.lastTransitionTime as unknown as string | undefined);
  const { memory } = assess(workload, { ...seen, now: 0 }, new Map());
  const { status } = assess(workload, { ...seen, now: lasts }, memory);
  return {
    status,
    image: deployment.spec?.template.spec?.containers[0]?.image ?? null,
    restarts: pods.reduce((sum, pod) => sum + restartsOf(pod), 0),
    ...(ageMs !== undefined && { ageMs }),
  };
}

function restartsOf({ status }: LivePod): number {
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])];
  return containers.reduce((sum, { restartCount }) => sum + restartCount, 0);
}

const UNITS: [string, number][] = [
  ['d', 86_400],
  ['h', 3600],
  ['m', 60],
];

/** `45s`, `12m`, `3h`, `5d`, as kubectl shows ages. */
export function formatAge(seconds: number): string {
  const [unit, size] = UNITS.find(([, size]) => seconds >= 2 * size) ?? ['s', 1];
  return `${Math.floor(seconds / size)}${unit}`;
}
