import { reliabilityWorkloadRules } from '../../../src/core/rules/reliability-workloads.ts';
import { cronJob, daemonSet, deployment, job, object, pod, service, statefulSet } from './objects.ts';
import { describeRules } from './table.ts';

const labelled = (labels: Record<string, string>, selector: unknown) =>
  deployment({ metadata: { labels }, spec: { selector } });
const replicationController = (selector?: Record<string, string>) =>
  object({
    apiVersion: 'v1',
    kind: 'ReplicationController',
    metadata: { name: 'web' },
    spec: { selector, template: { metadata: { labels: { app: 'web' } } } },
  });
const AT = 'Deployment/web /spec';
const slow = (spec: Record<string, unknown>, initialDelaySeconds: number) =>
  deployment({ spec, container: { readinessProbe: { httpGet: { port: 'http' }, initialDelaySeconds } } });

describeRules(reliabilityWorkloadRules, {
  'reliability.selector': {
    fires: [
      [
        'a label is missing',
        labelled({ app: 'web' }, { matchLabels: { app: 'web', 'example.com/tier': 'a' } }),
        [
          `${AT}/selector: the selector asks for example.com/tier=a, which the labels of the template are not: the API server refuses it`,
        ],
        'fixed',
      ],
      [
        'no labels',
        deployment({ metadata: {} }),
        [
          `${AT}/selector: the selector asks for app=web, which the labels of the template are not: the API server refuses it`,
        ],
        'fixed',
      ],
      [
        'another value, which a Service may use',
        labelled({ app: 'web' }, { matchLabels: { app: 'other' } }),
        [
          `${AT}/selector: the selector asks for app=other, which the labels of the template are not: the API server refuses it`,
        ],
      ],
      [
        'an expression',
        labelled({ app: 'web' }, { matchExpressions: [{ key: 'app', operator: 'NotIn', values: ['web'] }] }),
        [
          `${AT}/selector: the selector asks for matchExpressions, which the labels of the template are not: the API server refuses it`,
        ],
      ],
      [
        'in a ReplicationController',
        replicationController({ app: 'web', tier: 'a' }),
        [
          'ReplicationController/web /spec/selector: the selector asks for tier=a, which the labels of the template are not: the API server refuses it',
        ],
        'fixed',
      ],
    ],
    silent: [
      ['more labels than it asks for', labelled({ app: 'web', tier: 'a' }, { matchLabels: { app: 'web' } })],
      [
        'an expression that holds',
        labelled({ app: 'web' }, { matchExpressions: [{ key: 'app', operator: 'Exists' }] }),
      ],
      ['a ReplicationController, which takes the labels', replicationController()],
      ['a Service of others', service({ spec: { selector: { app: 'other' } } })],
    ],
  },
  'reliability.restart-policy': {
    fires: [
      [
        'a Job, nothing said',
        job({ pod: { restartPolicy: undefined } }),
        [
          'Job/web /spec/template/spec/restartPolicy: a Job needs restartPolicy Never or OnFailure: the API server refuses Always, the default',
        ],
        'fixed',
      ],
      [
        'a CronJob',
        cronJob({ pod: { restartPolicy: 'Always' } }),
        [
          'CronJob/web /spec/jobTemplate/spec/template/spec/restartPolicy: a CronJob needs restartPolicy Never or OnFailure: the API server refuses Always, the default',
        ],
        'fixed',
      ],
      [
        'a Deployment',
        deployment({ pod: { restartPolicy: 'OnFailure' } }),
        [
          'Deployment/web /spec/template/spec/restartPolicy: a Deployment restarts its pods Always: the API server refuses OnFailure',
        ],
        'fixed',
      ],
      [
        'a DaemonSet',
        daemonSet({ pod: { restartPolicy: 'Never' } }),
        [
          'DaemonSet/web /spec/template/spec/restartPolicy: a DaemonSet restarts its pods Always: the API server refuses Never',
        ],
        'fixed',
      ],
    ],
    silent: [
      ['a Job', job({ pod: { restartPolicy: 'OnFailure' } })],
      ['workloads', [deployment(), statefulSet({ pod: { restartPolicy: 'Always' } }), cronJob()]],
      ['a pod may do all', pod({ pod: { restartPolicy: 'Never' } })],
    ],
  },
  'reliability.strategy': {
    fires: [
      [
        'Recreate with rollingUpdate',
        deployment({ spec: { strategy: { type: 'Recreate', rollingUpdate: { maxSurge: 1 } } } }),
        [`${AT}/strategy/rollingUpdate: strategy Recreate takes no rollingUpdate`],
        'fixed',
      ],
      [
        'nothing may change',
        deployment({ spec: { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: '0%' } } } }),
        [`${AT}/strategy/rollingUpdate: maxSurge and maxUnavailable are both 0: no pod could ever be replaced`],
      ],
      [
        'ready for longer than the deadline',
        deployment({ spec: { minReadySeconds: 120 } }),
        [`${AT}/minReadySeconds: a pod must be ready for 120 s, but the rollout has failed after 120 s`],
      ],
      [
        'ready for longer than the default deadline',
        deployment({ spec: { minReadySeconds: 700, progressDeadlineSeconds: undefined } }),
        [`${AT}/minReadySeconds: a pod must be ready for 700 s, but the rollout has failed after 600 s`],
      ],
    ],
    silent: [
      ['Recreate', deployment({ spec: { strategy: { type: 'Recreate' } } })],
      ['one of them', deployment({ spec: { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 1 } } } })],
      ['the default of the other', deployment({ spec: { strategy: { rollingUpdate: { maxSurge: 0 } } } })],
      ['ready for less', deployment({ spec: { minReadySeconds: 119 } })],
    ],
  },
  'reliability.progress-deadline': {
    fires: [
      [
        'nothing said',
        deployment({ spec: { progressDeadlineSeconds: undefined } }),
        [
          `${AT}: progressDeadlineSeconds is not set, which means 600: so many seconds pass until a rollout that hangs is called failed`,
        ],
        'fixed',
      ],
      [
        'longer',
        deployment({ spec: { progressDeadlineSeconds: 1200 } }),
        [
          `${AT}/progressDeadlineSeconds: progressDeadlineSeconds is 1200: so many seconds pass until a rollout that hangs is called failed`,
        ],
        'fixed',
      ],
      [
        'a start that may take as long',
        slow({ progressDeadlineSeconds: undefined }, 120),
        [
          `${AT}: progressDeadlineSeconds is not set, which means 600: so many seconds pass until a rollout that hangs is called failed`,
        ],
      ],
      [
        'a start and a wait that together take as long',
        slow({ progressDeadlineSeconds: undefined, minReadySeconds: 60 }, 60),
        [
          `${AT}: progressDeadlineSeconds is not set, which means 600: so many seconds pass until a rollout that hangs is called failed`,
        ],
      ],
      [
        'a startup probe with much patience',
        deployment({
          spec: { progressDeadlineSeconds: undefined },
          container: { startupProbe: { httpGet: { port: 'http' }, failureThreshold: 12 } },
        }),
        [
          `${AT}: progressDeadlineSeconds is not set, which means 600: so many seconds pass until a rollout that hangs is called failed`,
        ],
      ],
    ],
    silent: [
      ['two minutes', deployment()],
      ['the default, said', deployment({ spec: { progressDeadlineSeconds: 600 } })],
      ['other kinds have none', daemonSet()],
    ],
  },
});
