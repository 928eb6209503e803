import { setTimeout as delay } from 'node:timers/promises';
import { collectionPath } from '../../core/deploy/kinds.ts';
import type { LiveEvent, LiveObject, LivePod } from '../../core/deploy/live.ts';
import type { TrialJob } from '../../core/trial/trial-job.ts';
import { type TrialReport, trialOutcome } from '../../core/trial/trial-outcome.ts';
import { EnvironmentError, TimeoutError } from '../../errors.ts';
import { apiError } from './api-error.ts';
import type { KubeConnection } from './connection.ts';
import { createObject, deleteObject, getObject, listObjects } from './objects.ts';

const POLL_MS = 300;
const CLEAN_UP_MS = 10_000;

export interface TrialRun {
  kube: KubeConnection;
  job: TrialJob;
  timeoutMs: number;
  signal: AbortSignal;
  onProgress: (message: string) => void;
}

/**
 * Runs a trial's Job to its end and takes it away again, whatever happens.
 * @throws McpkError where it could not be tried, or not in time
 */
export async function runTrial(run: TrialRun): Promise<TrialReport> {
  const { kube, job, signal } = run;
  if (!(await createObject(kube, job, signal)))
    throw new EnvironmentError('image.trial', `there is a Job ${job.metadata.name} already`, {
      suggestions: ['run the command again'],
    });
  try {
    return await awaitReport(run);
  } finally {
    await takeAway(kube, job);
  }
}

async function awaitReport({ kube, job, timeoutMs, signal, onProgress }: TrialRun): Promise<TrialReport> {
  const { name, namespace = '' } = job.metadata;
  const deadline = performance.now() + timeoutMs;
  for (let said = ''; ; ) {
    const [pod] = await listObjects<LivePod & LiveObject>(kube, 'Pod', namespace, {
      labelSelector: `app.kubernetes.io/instance=${name}`,
      signal,
    });
    const outcome = trialOutcome(pod);
    if (outcome.state === 'ended') return outcome.report;
    if (outcome.state === 'hopeless') {
      const { id, cause, remedies } = outcome.diagnosis;
      throw new EnvironmentError(id, cause, { suggestions: remedies });
    }
    if (!pod) await throwRefusal(kube, job, signal);
    if (outcome.message !== said) onProgress(outcome.message);
    said = outcome.message;
    if (performance.now() > deadline)
      throw new TimeoutError('image.trial', `the trial did not end within ${timeoutMs / 1000} s: ${said}`, {
        suggestions: ['allow more time with --timeout', `kubectl -n ${namespace} get events`],
      });
    await delay(POLL_MS, undefined, { signal }).catch(() => {});
    signal.throwIfAborted();
  }
}

/** A pod that admission refuses (Pod Security, quota, a webhook) is told only by the Job's events. */
async function throwRefusal(kube: KubeConnection, { metadata }: TrialJob, signal: AbortSignal): Promise<void> {
  const { name, namespace = '' } = metadata;
  const query = { fieldSelector: `involvedObject.name=${name},involvedObject.kind=Job` };
  const response = await kube.request({ path: collectionPath('Event', namespace), query, signal });
  if (response.status !== 200) return;
  const refused = (response.body as { items: LiveEvent[] }).items.find(({ reason }) => reason === 'FailedCreate');
  if (!refused) return;
  const status = { kind: 'Status', message: refused.message ?? 'no reason given' };
  throw apiError({ status: 403, body: status }, `create the trial’s pod in namespace ${namespace}`);
}

/** Also after an interrupt. What cannot be deleted now ends by itself: see ttlSecondsAfterFinished. */
async function takeAway(kube: KubeConnection, job: TrialJob): Promise<void> {
  const signal = AbortSignal.timeout(CLEAN_UP_MS);
  try {
    const live = await getObject(kube, job, signal);
    if (live) await deleteObject(kube, live, signal);
  } catch {
    // The answer of the trial, or its error, says more than this one.
  }
}
