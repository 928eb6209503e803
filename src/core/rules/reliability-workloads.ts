import type { V1DeploymentSpec } from '@kubernetes/client-node';
import { pointerToken } from '../config/pointer.ts';
import { selects } from './object-set.ts';
import { patience } from './reliability-probes.ts';
import { podRule, type Rule } from './rule.ts';
import { type GroupKind, groupKind, objectRule, REPLICATED } from './workload-kinds.ts';

/** Whether the fields of a workload go together. */

interface Selecting {
  selector?: Record<string, unknown>;
  template?: { metadata?: { labels?: Record<string, string> } };
}

const selectorMismatch = objectRule<Selecting>(
  {
    id: 'reliability.selector',
    severity: 'error',
    page: {
      title: 'the selector does not choose the pods of the template',
      why: 'A workload finds its pods by their labels. The API server refuses one that would not find those that it makes.',
      todo: [
        'the same labels in spec.selector.matchLabels and spec.template.metadata.labels',
        'the selector of an existing workload cannot be changed: change the labels of the template',
      ],
    },
  },
  [...REPLICATED, 'apps/DaemonSet'],
  ({ selector, template }, { kind }) => {
    // Without one, a ReplicationController takes the labels of its template.
    if (kind === 'ReplicationController' && !selector) return undefined;
    const wanted = (kind === 'ReplicationController' ? { matchLabels: selector } : (selector ?? {})) as {
      matchLabels?: Record<string, string>;
    };
    const labels = template?.metadata?.labels ?? {};
    if (Object.keys(wanted).length === 0 || selects(wanted, labels)) return undefined;
    const wrong = Object.entries(wanted.matchLabels ?? {}).filter(([key, value]) => labels[key] !== value);
    const missing = wrong.filter(([key]) => labels[key] === undefined);
    const shown = wrong.map(([key, value]) => `${key}=${value}`).join(', ') || 'matchExpressions';
    return {
      pointer: '/spec/selector',
      message: `the selector asks for ${shown}, which the labels of the template are not: the API server refuses it`,
      // To change a label that is there could take the pods from a Service.
      ...(wrong.length > 0 && missing.length === wrong.length && selects({ ...wanted, matchLabels: {} }, labels)
        ? { fix: missing.map(([key, value]) => labelEdit(key, value)) }
        : {}),
    };
  },
);

function labelEdit(key: string, value: string) {
  return { op: 'set' as const, pointer: `/spec/template/metadata/labels/${pointerToken(key)}`, value };
}

const ENDS = new Set<GroupKind>(['batch/Job', 'batch/CronJob']);
const GOES_ON = new Set<GroupKind>([...REPLICATED, 'apps/DaemonSet']);

const restartPolicy = podRule(
  {
    id: 'reliability.restart-policy',
    severity: 'error',
    page: {
      title: 'a restart policy that this kind does not allow',
      why: 'A Job ends: its pods restart OnFailure or Never, and the default, Always, is refused. All other workloads go on: their pods restart Always.',
      todo: [
        'a Job: restartPolicy: Never keeps the failed pod and its log; OnFailure starts again in the same pod',
        'other workloads: leave restartPolicy out',
      ],
    },
  },
  ({ object, spec: { restartPolicy = 'Always' } }) => {
    const kind = groupKind(object);
    const pointer = '/restartPolicy';
    if (ENDS.has(kind) && restartPolicy === 'Always') {
      const message = `a ${object.kind} needs restartPolicy Never or OnFailure: the API server refuses Always, the default`;
      return { pointer, message, fix: [{ op: 'set', pointer, value: 'Never' }] };
    }
    if (GOES_ON.has(kind) && restartPolicy !== 'Always') {
      const message = `a ${object.kind} restarts its pods Always: the API server refuses ${restartPolicy}`;
      return { pointer, message, fix: [{ op: 'delete', pointer }] };
    }
    return undefined;
  },
);

const strategy = objectRule<V1DeploymentSpec>(
  {
    id: 'reliability.strategy',
    severity: 'error',
    page: {
      title: 'a rollout that the API server refuses',
      why: 'Recreate takes no rollingUpdate; a rolling update may not forbid both to start one more pod (maxSurge) and to stop one (maxUnavailable); a pod that has to be ready for minReadySeconds needs a longer progressDeadlineSeconds.',
      todo: [
        'type: Recreate alone, or type: RollingUpdate with maxSurge or maxUnavailable above 0',
        'progressDeadlineSeconds above minReadySeconds plus the time that a start takes',
      ],
    },
  },
  ['apps/Deployment'],
  ({
    strategy: { type = 'RollingUpdate', rollingUpdate } = {},
    minReadySeconds = 0,
    progressDeadlineSeconds = 600,
  }) => {
    if (type === 'Recreate' && rollingUpdate) {
      const pointer = '/spec/strategy/rollingUpdate';
      return { pointer, message: 'strategy Recreate takes no rollingUpdate', fix: [{ op: 'delete', pointer }] };
    }
    if (isZero(rollingUpdate?.maxSurge) && isZero(rollingUpdate?.maxUnavailable)) {
      const message = 'maxSurge and maxUnavailable are both 0: no pod could ever be replaced';
      return { pointer: '/spec/strategy/rollingUpdate', message };
    }
    if (minReadySeconds < progressDeadlineSeconds) return undefined;
    const message = `a pod must be ready for ${minReadySeconds} s, but the rollout has failed after ${progressDeadlineSeconds} s`;
    return { pointer: '/spec/minReadySeconds', message };
  },
);

function isZero(value: string | number | undefined): boolean {
  return value === 0 || value === '0%' || value === '0';
}

/** What mcpk gives a rollout; the API server's default is 600. */
const DEADLINE_SECONDS = 120;
const API_DEADLINE_SECONDS = 600;

const progressDeadline = objectRule<V1DeploymentSpec>(
  {
    id: 'reliability.progress-deadline',
    severity: 'info',
    page: {
      title: 'a hanging rollout is called failed only after ten minutes',
      why: 'Until progressDeadlineSeconds are over, a rollout whose pods crash or cannot pull their image is "progressing": kubectl rollout status, Helm and pipelines wait. It stops nothing, it only tells.',
      todo: ['progressDeadlineSeconds: 120, or what the slowest honest start takes, pulling the image included'],
    },
  },
  ['apps/Deployment'],
  (spec) => {
    const { progressDeadlineSeconds } = spec;
    if (progressDeadlineSeconds !== undefined && progressDeadlineSeconds <= API_DEADLINE_SECONDS) return undefined;
    const pointer = '/spec/progressDeadlineSeconds';
    const value = progressDeadlineSeconds ?? `not set, which means ${API_DEADLINE_SECONDS}`;
    return {
      pointer: progressDeadlineSeconds === undefined ? '/spec' : pointer,
      message: `progressDeadlineSeconds is ${value}: so many seconds pass until a rollout that hangs is called failed`,
      ...(slowestStart(spec) < DEADLINE_SECONDS && { fix: [{ op: 'set', pointer, value: DEADLINE_SECONDS }] }),
    };
  },
);

/** How long a start may take by what the manifest says of it, in seconds. */
function slowestStart({ template, minReadySeconds = 0 }: V1DeploymentSpec): number {
  const starts = (template.spec?.containers ?? []).flatMap(({ startupProbe, readinessProbe, livenessProbe }) => [
    startupProbe ? (startupProbe.initialDelaySeconds ?? 0) + patience(startupProbe) : 0,
    readinessProbe?.initialDelaySeconds ?? 0,
    livenessProbe?.initialDelaySeconds ?? 0,
  ]);
  return Math.max(0, ...starts) + minReadySeconds;
}

export const reliabilityWorkloadRules: readonly Rule[] = [selectorMismatch, restartPolicy, strategy, progressDeadline];
