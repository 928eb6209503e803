import type { V1ContainerStatus } from '@kubernetes/client-node';
import { diagnosePull } from '../deploy/diagnose-container.ts';
import type { LivePod } from '../deploy/live.ts';
import type { Diagnosis } from '../diagnosis.ts';

/** What the bridge's `check` says, as it leaves it in the container's termination message. */
export interface TrialReport {
  ok: boolean;
  /** Where it failed: resolve, exec, initialize or list; container, where the bridge did not come to say so. */
  stage?: string;
  error?: string;
  errno?: string;
  path?: string;
  uid?: number;
  gid?: number;
  serverInfo?: { name: string; version: string };
  protocolVersion?: string;
  tools?: string[];
  durationMs?: number;
  /** The line of the server's log that says best what went wrong. */
  stderr?: string;
}

export type TrialOutcome =
  | { state: 'waiting'; message: string }
  | { state: 'ended'; report: TrialReport }
  /** It could not be tried. */
  | { state: 'hopeless'; diagnosis: Diagnosis };

/** What a trial's pod tells by now; undefined is a pod that is not there yet. */
export function trialOutcome(pod: LivePod | undefined): TrialOutcome {
  if (!pod) return { state: 'waiting', message: 'the cluster has made no pod yet' };
  const init = pod.status?.initContainerStatuses?.[0];
  const server = pod.status?.containerStatuses?.[0];
  const ended = server?.state?.terminated;
  if (init?.state?.terminated && init.state.terminated.exitCode !== 0) {
    return hopeless(`${init.image} could not install the bridge: ${wordsOf(init)}`, [
      '--bridge-image NAME, an image of mcpk’s bridge that the nodes can pull',
    ]);
  }
  if (ended) return { state: 'ended', report: reportOf(ended.message ?? '') ?? withoutReport(server) };
  return (
    waitingOutcome(init, '--bridge-image') ??
    waitingOutcome(server, 'the image’s name') ?? { state: 'waiting', message: progressOf(pod) }
  );
}

/** The report, where the text is one. */
function reportOf(text: string): TrialReport | undefined {
  try {
    const report = JSON.parse(text.trim()) as TrialReport;
    return typeof report?.ok === 'boolean' ? report : undefined;
  } catch {
    return undefined;
  }
}

/** The container ended, and the bridge had no time to say why: it was killed, or could not be started. */
function withoutReport(status: V1ContainerStatus): TrialReport {
  return { ok: false, stage: 'container', error: wordsOf(status) };
}

function wordsOf({ state }: V1ContainerStatus): string {
  const { reason = 'ended', exitCode, message } = state?.terminated ?? {};
  return `${reason} (exit code ${exitCode})${message ? `: ${message.trim()}` : ''}`;
}

const PULL_FAULTS = ['ErrImagePull', 'ImagePullBackOff', 'InvalidImageName', 'ErrImageNeverPull'];
const START_FAULTS = ['CreateContainerConfigError', 'CreateContainerError', 'RunContainerError', 'StartError'];

function waitingOutcome(status: V1ContainerStatus | undefined, key: string): TrialOutcome | undefined {
  const { reason = '', message = '' } = status?.state?.waiting ?? {};
  if (PULL_FAULTS.includes(reason))
    return { state: 'hopeless', diagnosis: diagnosePull(status?.image ?? '', key, message || reason) };
  if (START_FAULTS.includes(reason))
    return { state: 'ended', report: { ok: false, stage: 'container', error: `${reason}: ${message}` } };
  return undefined;
}

function progressOf({ status }: LivePod): string {
  const unscheduled = status?.conditions?.find(
    ({ type, status: value }) => type === 'PodScheduled' && value === 'False',
  );
  if (unscheduled) return `no node takes the pod: ${unscheduled.message ?? unscheduled.reason ?? ''}`;
  const running = status?.containerStatuses?.[0]?.state?.running;
  return running ? 'the server runs, and is asked' : 'the pod is being started';
}

function hopeless(cause: string, remedies: string[]): TrialOutcome {
  return { state: 'hopeless', diagnosis: { id: 'image.trial', cause, remedies } };
}
