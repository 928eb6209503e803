import { pointerToken } from '../config/pointer.ts';
import { labelsOf } from './mcp-app.ts';
import type { Rule } from './rule.ts';
import { objectRule } from './workload-kinds.ts';

const WORKLOADS = ['apps/Deployment', 'apps/StatefulSet', 'apps/DaemonSet'] as const;

/** Source: kubernetes.io "Recommended Labels". */
const RECOMMENDED = ['app.kubernetes.io/name', 'app.kubernetes.io/instance'];

/** Labels that are another at each release. */
const CHANGING = ['app.kubernetes.io/version', 'helm.sh/chart'];

const recommended = objectRule(
  {
    id: 'reference.recommended-labels',
    severity: 'info',
    page: {
      title: 'the workload lacks the labels that tools look for',
      why: 'app.kubernetes.io/name says what it is, app.kubernetes.io/instance which one of several. Dashboards, kubectl get -l, network policies and mcpk itself find what belongs together by them.',
      todo: [
        'metadata.labels: app.kubernetes.io/name: NAME, app.kubernetes.io/instance: APP, and in the pod template, too',
      ],
    },
  },
  WORKLOADS,
  (_, object) => {
    const labels = labelsOf(object);
    const lacks = RECOMMENDED.filter((key) => labels[key] === undefined);
    return lacks.length === 0
      ? undefined
      : { pointer: '/metadata/labels', message: `it has no label ${lacks.join(' and no label ')}` };
  },
);

const selectorVersion = objectRule<{ selector?: { matchLabels?: Record<string, string> } }>(
  {
    id: 'reference.selector-version',
    severity: 'warning',
    page: {
      title: 'the selector has a label that changes with each release',
      why: 'spec.selector of a Deployment, StatefulSet or DaemonSet is immutable: the first release with another value is refused (field is immutable), and the workload has to be deleted before.',
      todo: ['leave the label out of spec.selector.matchLabels; the pod template may keep it'],
    },
  },
  WORKLOADS,
  ({ selector }) => {
    const key = CHANGING.find((one) => selector?.matchLabels?.[one] !== undefined);
    if (key === undefined) return undefined;
    const others = Object.keys(selector?.matchLabels ?? {}).some((one) => !CHANGING.includes(one));
    const pointer = `/spec/selector/matchLabels/${pointerToken(key)}`;
    const message = `label ${key} changes with each release, and the selector can never be changed`;
    // What is deployed already keeps its selector: taking the label out is refused, too, so this is no fix to apply blindly.
    return { pointer, message, ...(!others && { remedy: `a selector of other labels, such as ${RECOMMENDED[0]}` }) };
  },
);

export const referenceLabelRules: readonly Rule[] = [recommended, selectorVersion];
