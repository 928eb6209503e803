import { reliabilityLifeRules } from '../../../src/core/rules/reliability-life.ts';
import { cronJob, deployment, job, object, pod } from './objects.ts';
import { describeRules } from './table.ts';

const AT = 'Deployment/web /spec/template/spec';
const stop = (preStop: Record<string, unknown>, grace?: number) =>
  deployment({ pod: { terminationGracePeriodSeconds: grace }, container: { lifecycle: { preStop } } });
const sleep = (...command: string[]) => ({ exec: { command } });
const GRACE = 'terminationGracePeriodSeconds is 0: the programs are killed without a chance to finish';
const hook = (of: ReturnType<typeof pod>, name: string) =>
  object({ ...of.data, metadata: { name: of.name, annotations: { [name]: 'test' } } });
const keptJob = job({ spec: { ttlSecondsAfterFinished: undefined } });

describeRules(reliabilityLifeRules, {
  'reliability.job-leftover': {
    fires: [
      [
        'nothing said',
        keptJob,
        ['Job/web /spec: ttlSecondsAfterFinished is not set: the finished Job stays until somebody deletes it'],
      ],
    ],
    silent: [
      ['at once', job({ spec: { ttlSecondsAfterFinished: 0 } })],
      ['a CronJob keeps the last ones only', cronJob()],
      ['a hook of Helm', hook(keptJob, 'helm.sh/hook')],
      ['a hook of Argo CD', hook(keptJob, 'argocd.argoproj.io/hook')],
    ],
  },
  'reliability.cron-job-overlap': {
    fires: [
      [
        'nothing said',
        cronJob({ spec: { concurrencyPolicy: undefined } }),
        ['CronJob/web /spec: concurrencyPolicy is not set: runs that take long overlap'],
      ],
    ],
    silent: [
      ['Forbid', cronJob()],
      ['Allow, said', cronJob({ spec: { concurrencyPolicy: 'Allow' } })],
    ],
  },
  'reliability.cron-job-deadline': {
    fires: [
      [
        'shorter than the controller’s look',
        cronJob({ spec: { startingDeadlineSeconds: 9 } }),
        [
          "CronJob/web /spec/startingDeadlineSeconds: startingDeadlineSeconds 9 is shorter than the controller's 10 s: runs are left out",
        ],
      ],
    ],
    silent: [
      ['10 s', cronJob({ spec: { startingDeadlineSeconds: 10 } })],
      ['none', cronJob()],
    ],
  },
  'reliability.no-grace-period': {
    fires: [
      [
        '0',
        deployment({ pod: { terminationGracePeriodSeconds: 0 } }),
        [`${AT}/terminationGracePeriodSeconds: ${GRACE}`],
        'fixed',
      ],
    ],
    silent: [
      ['1', deployment({ pod: { terminationGracePeriodSeconds: 1 } })],
      ['none', deployment()],
      ['a Job', job({ pod: { terminationGracePeriodSeconds: 0 } })],
    ],
  },
  'reliability.pre-stop-too-long': {
    fires: [
      [
        'sleep',
        stop({ sleep: { seconds: 30 } }),
        [`${AT}/containers/0/lifecycle/preStop: preStop sleeps 30 s of the 30 s that the pod has to end`],
      ],
      [
        'a program',
        stop(sleep('/bin/sleep', '60'), 45),
        [`${AT}/containers/0/lifecycle/preStop: preStop sleeps 60 s of the 45 s that the pod has to end`],
      ],
      [
        'a shell',
        stop(sleep('sh', '-c', 'sleep 30s')),
        [`${AT}/containers/0/lifecycle/preStop: preStop sleeps 30 s of the 30 s that the pod has to end`],
      ],
    ],
    silent: [
      ['shorter', stop({ sleep: { seconds: 29 } })],
      ['a longer grace period', stop(sleep('sleep', '30'), 60)],
      ['something else', stop(sleep('nginx', '-s', 'quit'))],
      ['a sleep and then more', stop(sleep('sh', '-c', 'sleep 60 & wait-for-it'))],
      ['no grace is worse, and has a rule of its own', stop({ sleep: { seconds: 5 } }, 0)],
    ],
  },
  'reliability.bare-pod': {
    fires: [['a pod', pod(), ['Pod/web /spec: the pod belongs to no workload: when its node goes, so does the pod']]],
    silent: [
      ['a Deployment', deployment()],
      ['one that runs once', pod({ pod: { restartPolicy: 'Never' } })],
      ['a test of a Helm chart', hook(pod(), 'helm.sh/hook')],
    ],
  },
});
