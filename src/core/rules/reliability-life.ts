import type { V1CronJobSpec, V1JobSpec } from '@kubernetes/client-node';
import type { KubeObject } from './finding.ts';
import { containerRule, podRule, type Rule } from './rule.ts';
import { groupKind, objectRule, runsOn } from './workload-kinds.ts';

/** How pods end, and who starts them again. */

/** Whether somebody else takes the object away: Helm and Argo CD delete their hooks. */
function isHook({ data }: KubeObject): boolean {
  const { annotations = {} } = (data['metadata'] ?? {}) as { annotations?: Record<string, string> };
  return ['helm.sh/hook', 'argocd.argoproj.io/hook'].some((key) => annotations[key] !== undefined);
}

const jobLeftover = objectRule<V1JobSpec>(
  {
    id: 'reliability.job-leftover',
    severity: 'info',
    page: {
      title: 'the Job stays when it is done',
      why: 'A finished Job and its pods stay until somebody deletes them, and a Job of the same name cannot be applied with another pod meanwhile.',
      todo: ['ttlSecondsAfterFinished: 86400 (a day), or as long as you want to read its log'],
    },
  },
  ['batch/Job'],
  ({ ttlSecondsAfterFinished }, object) =>
    ttlSecondsAfterFinished !== undefined || isHook(object)
      ? undefined
      : {
          pointer: '/spec',
          message: 'ttlSecondsAfterFinished is not set: the finished Job stays until somebody deletes it',
        },
);

const overlap = objectRule<V1CronJobSpec>(
  {
    id: 'reliability.cron-job-overlap',
    severity: 'info',
    page: {
      title: 'a run may start while the last one still runs',
      why: 'concurrencyPolicy is Allow unless somebody says otherwise: runs that take longer than their interval pile up.',
      todo: [
        'concurrencyPolicy: Forbid leaves out a run while one is under way; Replace ends the old one',
        'concurrencyPolicy: Allow where runs may overlap',
      ],
    },
  },
  ['batch/CronJob'],
  ({ concurrencyPolicy }) =>
    concurrencyPolicy === undefined
      ? { pointer: '/spec', message: 'concurrencyPolicy is not set: runs that take long overlap' }
      : undefined,
);

/** The controller looks at its CronJobs this often. */
const CRON_SECONDS = 10;

const shortDeadline = objectRule<V1CronJobSpec>(
  {
    id: 'reliability.cron-job-deadline',
    severity: 'warning',
    page: {
      title: 'the CronJob may never run',
      why: 'The controller looks every 10 seconds. A run that is already later than startingDeadlineSeconds then is left out.',
      todo: ['startingDeadlineSeconds: 60 or more, or none'],
    },
  },
  ['batch/CronJob'],
  ({ startingDeadlineSeconds: seconds }) =>
    seconds === undefined || seconds >= CRON_SECONDS
      ? undefined
      : {
          pointer: '/spec/startingDeadlineSeconds',
          message: `startingDeadlineSeconds ${seconds} is shorter than the controller's ${CRON_SECONDS} s: runs are left out`,
        },
);

/** The API server's default for terminationGracePeriodSeconds. */
const GRACE_SECONDS = 30;

const noGrace = podRule(
  {
    id: 'reliability.no-grace-period',
    severity: 'warning',
    page: {
      title: 'the pod is killed without a word',
      why: 'With terminationGracePeriodSeconds 0 the pod is deleted at once: no SIGTERM, no preStop, requests under way are cut off, and of a StatefulSet two pods with the same name may run at the same time.',
      todo: ['leave terminationGracePeriodSeconds out, which means 30'],
    },
  },
  (pod) =>
    pod.spec.terminationGracePeriodSeconds === 0 && runsOn(pod)
      ? {
          pointer: '/terminationGracePeriodSeconds',
          message: 'terminationGracePeriodSeconds is 0: the programs are killed without a chance to finish',
          fix: [{ op: 'delete', pointer: '/terminationGracePeriodSeconds' }],
        }
      : undefined,
);

const longStop = containerRule(
  {
    id: 'reliability.pre-stop-too-long',
    severity: 'warning',
    page: {
      title: 'the hook before the stop takes all the time',
      why: 'preStop counts against terminationGracePeriodSeconds: when it has slept that long, the program is killed without having heard a SIGTERM.',
      todo: ['a shorter sleep', 'a longer terminationGracePeriodSeconds: the sleep plus what the program needs to end'],
    },
  },
  ({ pod, container: { lifecycle } }) => {
    const { preStop } = lifecycle ?? {};
    const { terminationGracePeriodSeconds: grace = GRACE_SECONDS } = pod.spec;
    const slept = preStop?.sleep?.seconds ?? sleepIn(preStop?.exec?.command ?? []);
    if (slept === undefined || slept < grace || grace === 0) return undefined;
    return {
      pointer: '/lifecycle/preStop',
      message: `preStop sleeps ${slept} s of the ${grace} s that the pod has to end`,
    };
  },
);

/** Seconds that a command sleeps, where it does nothing else. */
function sleepIn(command: readonly string[]): number | undefined {
  const [, seconds] = /(?:^|\/|\s)sleep\s+(\d+)s?$/.exec(command.join(' ').trim()) ?? [];
  return seconds === undefined ? undefined : Number(seconds);
}

const barePod = podRule(
  {
    id: 'reliability.bare-pod',
    severity: 'info',
    page: {
      title: 'nobody replaces this pod',
      why: 'The kubelet restarts its containers, but when its node is drained or fails the pod is gone for good, and most of its fields cannot be changed by an apply.',
      todo: ['a Deployment with the same pod as its template', 'restartPolicy: Never where it runs once'],
    },
  },
  (pod) =>
    groupKind(pod.object) === '/Pod' && runsOn(pod) && !isHook(pod.object)
      ? { pointer: '', message: 'the pod belongs to no workload: when its node goes, so does the pod' }
      : undefined,
);

export const reliabilityLifeRules: readonly Rule[] = [jobLeftover, overlap, shortDeadline, noGrace, longStop, barePod];
