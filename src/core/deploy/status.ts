import type { V1ContainerStatus } from '@kubernetes/client-node';
import { diagnoseLog } from '../diagnosis.ts';
import type { LiveDeployment, LivePod, LiveReplicaSet } from './live.ts';
import type { Workload } from './waves.ts';

/** What was seen of one workload at one time. */
export interface Observation {
  deployment: LiveDeployment | undefined;
  replicaSets: LiveReplicaSet[];
  pods: LivePod[];
  /** Last log lines of containers that run without being ready, by pod name. */
  logs: ReadonlyMap<string, string>;
  /** Milliseconds on any clock that never goes back. */
  now: number;
}

export interface Status {
  state: 'ready' | 'failed' | 'progressing';
  /** What is going on, in a few words. */
  message: string;
}

/** When each suspicious thing was first seen: some are hopeless only when they last. */
export type Memory = ReadonlyMap<string, number>;

/** How long a Pod Security, quota or webhook refusal may last: quotas are freed while an old pod goes. */
const REFUSED_MS = 10_000;
/** A registry may know a fresh tag a moment late. */
const NOT_FOUND_MS = 2_000;
/** The gateway may still surprise us, e.g. docker's, which is ready without any server. */
const IN_VAIN_MS = 5000;
const UNSCHEDULABLE_MS = 60_000;
const RESTARTS_ALLOWED = 2;
/** mcpk's bridge starts a server that ends again and again, without the pod restarting. */
const SERVER_EXITS_ALLOWED = 2;

const PULL_HOPELESS =
  /not found|manifest unknown|denied|unauthorized|forbidden|no match for platform|invalid reference|does not exist/i;
/** Lookups that fail are no missing images. */
const PULL_TRANSIENT = /no such host|i\/o timeout|connection refused|TLS handshake|toomanyrequests|429/i;
const START_FAULTS = /^server\.(exec-denied|exec-not-found|exec-format|interpreter-missing)$/;

/**
 * Judges a workload: kstatus' rules for Deployments, and rules of our own for what can never become ready, so that a
 * hopeless rollout fails in seconds instead of at its deadline.
 */
export function assess(workload: Workload, seen: Observation, memory: Memory): { status: Status; memory: Memory } {
  const { deployment } = seen;
  if (!deployment) return { status: progressing('waiting for the Deployment to appear'), memory };
  const rollout = rolloutStatus(deployment);
  if (rollout.state === 'ready' || isStale(deployment)) return { status: rollout, memory: new Map() };
  const pods = currentPods(deployment, seen);
  const suspicions = suspect(workload, deployment, pods, seen.logs);
  const next = new Map(suspicions.map(({ id }) => [id, memory.get(id) ?? seen.now]));
  const doom = suspicions.find(({ id, afterMs }) => seen.now - (next.get(id) ?? seen.now) >= afterMs);
  if (doom) return { status: { state: 'failed', message: doom.message }, memory: next };
  if (rollout.state === 'failed') return { status: rollout, memory: next };
  const detail = suspicions[0]?.message ?? podActivity(pods) ?? rollout.message;
  return { status: progressing(detail), memory: next };
}

function progressing(message: string): Status {
  return { state: 'progressing', message };
}

function isStale({ metadata, status }: LiveDeployment): boolean {
  return (status?.observedGeneration ?? 0) < (metadata.generation ?? 0);
}

/** Source: kstatus, `deploymentConditions` in fluxcd/cli-utils pkg/kstatus/status/core.go. */
function rolloutStatus(deployment: LiveDeployment): Status {
  if (deployment.metadata.deletionTimestamp) return progressing('being deleted');
  if (isStale(deployment)) return progressing('waiting for the cluster to notice the change');
  const { spec, status = {} } = deployment;
  const wanted = spec?.replicas ?? 1;
  const { replicas = 0, updatedReplicas = 0, availableReplicas = 0, readyReplicas = 0 } = status;
  const condition = (type: string) => status.conditions?.find((c) => c.type === type);
  const exceeded = condition('Progressing')?.reason === 'ProgressDeadlineExceeded';
  const counts =
    updatedReplicas >= wanted &&
    replicas <= updatedReplicas &&
    availableReplicas >= updatedReplicas &&
    readyReplicas >= wanted;
  if (counts && condition('Available')?.status === 'True')
    return { state: 'ready', message: `${readyReplicas}/${wanted} ready` };
  if (exceeded) return { state: 'failed', message: `not ready within ${spec?.progressDeadlineSeconds ?? 600} s` };
  if (updatedReplicas >= wanted && replicas > updatedReplicas) return progressing('the old pod is going');
  return progressing(`${readyReplicas}/${wanted} ready`);
}

/** Pods of the newest ReplicaSet: what happens to older ones no longer matters. */
export function currentPods(
  deployment: LiveDeployment,
  { replicaSets, pods }: Pick<Observation, 'replicaSets' | 'pods'>,
): LivePod[] {
  const revision = deployment.metadata.annotations?.['deployment.kubernetes.io/revision'];
  const current = replicaSets.find(
    ({ metadata }) =>
      metadata.ownerReferences?.some(({ uid }) => uid === deployment.metadata.uid) &&
      metadata.annotations?.['deployment.kubernetes.io/revision'] === revision,
  );
  if (!current) return [];
  return pods.filter(
    ({ metadata }) =>
      !metadata.deletionTimestamp && metadata.ownerReferences?.some(({ uid }) => uid === current.metadata.uid),
  );
}

interface Suspicion {
  id: string;
  message: string;
  /** How long it may last before it counts as failed. */
  afterMs: number;
}

function suspect(
  workload: Workload,
  deployment: LiveDeployment,
  pods: readonly LivePod[],
  logs: ReadonlyMap<string, string>,
): Suspicion[] {
  const refused = deployment.status?.conditions?.find((c) => c.type === 'ReplicaFailure' && c.status === 'True');
  const found: Suspicion[] = [];
  if (refused)
    found.push({
      id: 'refused',
      message: `the cluster refuses its pod: ${short(refused.message ?? refused.reason ?? '')}`,
      afterMs: REFUSED_MS,
    });
  for (const pod of pods) {
    const containers = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
    found.push(...containers.flatMap((container) => suspectContainer(container)));
    // Our gateway is ready when one server is; it will not be, and has nothing to serve.
    if (workload.inVain && pod.status?.containerStatuses?.[0]?.state?.running) {
      found.push({ id: 'in-vain', message: workload.inVain, afterMs: IN_VAIN_MS });
    }
    found.push(...suspectScheduling(pod), ...suspectLog(workload, logs.get(pod.metadata.name) ?? ''));
  }
  return found.sort((a, b) => a.afterMs - b.afterMs);
}

function suspectContainer(container: V1ContainerStatus): Suspicion[] {
  const { name, state, lastState, restartCount } = container;
  const { reason = '', message = '' } = state?.waiting ?? {};
  const text = `${name}: ${reason}${message ? `: ${short(message)}` : ''}`;
  switch (reason) {
    case 'InvalidImageName':
    case 'ErrImageNeverPull':
      return [{ id: `${name}/${reason}`, message: text, afterMs: 0 }];
    case 'CreateContainerConfigError':
    case 'CreateContainerError':
      // The kubelet may need a moment to see a Secret that was just made.
      return [
        {
          id: `${name}/${reason}`,
          message: text,
          afterMs: /failed to sync .* cache/.test(message) ? Number.POSITIVE_INFINITY : 0,
        },
      ];
    case 'RunContainerError':
    case 'StartError':
      return [{ id: `${name}/${reason}`, message: text, afterMs: NOT_FOUND_MS }];
    case 'ErrImagePull':
    case 'ImagePullBackOff': {
      const transient = PULL_TRANSIENT.test(message);
      const hopeless = !transient && PULL_HOPELESS.test(message);
      // Under one id: ImagePullBackOff may have lost the reason that ErrImagePull gave.
      return [
        {
          id: `${name}/${transient ? 'pull-retry' : 'pull'}`,
          // The same words for both reasons: the kubelet goes to and fro between them.
          message: `${name}: image ${container.image} cannot be pulled: ${lastPart(message)}`,
          afterMs: hopeless ? NOT_FOUND_MS : Number.POSITIVE_INFINITY,
        },
      ];
    }
    default:
      break;
  }
  const ended = lastState?.terminated ?? state?.terminated;
  const how = ended ? ` (${ended.reason ?? 'ended'}, exit code ${ended.exitCode})` : '';
  if (reason === 'CrashLoopBackOff')
    return [{ id: `${name}/crash`, message: `${name} crashes again and again${how}`, afterMs: 0 }];
  if (restartCount > RESTARTS_ALLOWED)
    return [{ id: `${name}/crash`, message: `${name} was restarted ${restartCount} times${how}`, afterMs: 0 }];
  return [];
}

function suspectScheduling(pod: LivePod): Suspicion[] {
  const condition = pod.status?.conditions?.find(
    (c) => c.type === 'PodScheduled' && c.status === 'False' && c.reason === 'Unschedulable',
  );
  return condition
    ? [
        {
          id: 'unschedulable',
          message: `no node takes it: ${short(condition.message ?? '')}`,
          afterMs: UNSCHEDULABLE_MS,
        },
      ]
    : [];
}

/** The bridge runs on when the server cannot start: only its log tells that waiting is in vain. */
function suspectLog({ name, uid, image, argv }: Workload, log: string): Suspicion[] {
  const startError = /^.*(?:cannot start server|Error running command): .*$/m.exec(log)?.[0];
  const diagnosis = startError && diagnoseLog(startError, { server: name, uid, image, argv });
  if (diagnosis && START_FAULTS.test(diagnosis.id))
    return [{ id: 'start', message: 'the server cannot start', afterMs: 0 }];
  const exits = [...log.matchAll(/^mcpk-bridge: (server (?:exited with code \d+|was ended by signal \d+).*)$/gm)];
  if (exits.length > SERVER_EXITS_ALLOWED)
    return [{ id: 'exits', message: short(exits.at(-1)?.[1] ?? ''), afterMs: 0 }];
  return [];
}

const MAX_MESSAGE = 160;

function short(text: string): string {
  const line = oneLine(text);
  return line.length > MAX_MESSAGE ? `${line.slice(0, MAX_MESSAGE)}…` : line;
}

/** Errors of the container runtime wrap each other; the last one is the reason. */
function lastPart(message: string): string {
  return short(
    oneLine(message)
      .split(/: (?=[^:]*$)/)
      .at(-1) ?? '',
  );
}

function oneLine(text: string): string {
  return text.replaceAll(/\s+/g, ' ').trim();
}

/** What the newest pod is doing, for the progress line. */
function podActivity(pods: readonly LivePod[]): string | undefined {
  const pod = pods.at(-1);
  if (!pod) return undefined;
  const { phase, initContainerStatuses = [], containerStatuses = [], conditions = [] } = pod.status ?? {};
  if (conditions.some((c) => c.type === 'PodScheduled' && c.status === 'False')) return 'waiting for a node';
  const init = initContainerStatuses.find((c) => !c.state?.terminated);
  const main = containerStatuses[0];
  if (init) return init.state?.running ? `running ${init.name}` : waitingWords(init);
  if (main?.state?.running) return main.ready ? 'ready, waiting to be counted' : 'started, not ready yet';
  return main ? waitingWords(main) : (phase ?? '').toLowerCase();
}

function waitingWords({ state }: V1ContainerStatus): string {
  const reason = state?.waiting?.reason;
  return reason === undefined || reason === 'PodInitializing' || reason === 'ContainerCreating'
    ? 'creating the container, pulling its image'
    : reason;
}
