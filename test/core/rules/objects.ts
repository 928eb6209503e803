import type { V1Container, V1EphemeralContainer, V1ObjectMeta, V1PodSpec } from '@kubernetes/client-node';
import type { Fault, KubeObject } from '../../../src/core/rules/finding.ts';
import { objectSet } from '../../../src/core/rules/object-set.ts';
import type { Rule } from '../../../src/core/rules/rule.ts';
import type { Edit } from '../../../src/core/yaml/edit.ts';

/**
 * Objects that no rule finds fault with, and ways to spoil them. In every change an `undefined` takes the field away.
 */

const DIGEST = `sha256:${'a1b2c3d4'.repeat(8)}`;
const LABELS = { app: 'web' };

type Json = Record<string, unknown>;

/** Fields to set, or to take away. */
type Changed<T> = { [K in keyof T]?: T[K] | undefined };

/** An object as if it had been read from a file. */
export function object(data: Json): KubeObject {
  const { name, namespace } = data['metadata'] as { name: string; namespace?: string };
  return {
    apiVersion: data['apiVersion'] as string,
    kind: data['kind'] as string,
    name,
    namespace,
    data: withoutUndefined(data) as Json,
    origin: { file: 'test.yaml', locate: () => ({ line: 1, column: 1 }), editable: true },
  };
}

export function container(change: Changed<V1Container> = {}): V1Container {
  const changed = {
    name: 'web',
    image: `registry.example.com/web:1.2@${DIGEST}`,
    imagePullPolicy: 'IfNotPresent',
    ports: [{ containerPort: 8080, name: 'http' }],
    startupProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 1, failureThreshold: 60 },
    readinessProbe: { httpGet: { path: '/readyz', port: 'http' }, periodSeconds: 5, failureThreshold: 2 },
    livenessProbe: { httpGet: { path: '/healthz', port: 'http' }, periodSeconds: 10, failureThreshold: 3 },
    resources: { requests: { cpu: '50m', memory: '64Mi' }, limits: { cpu: '500m', memory: '128Mi' } },
    securityContext: {
      allowPrivilegeEscalation: false,
      capabilities: { drop: ['ALL'] },
      readOnlyRootFilesystem: true,
    },
    volumeMounts: [{ name: 'tmp', mountPath: '/tmp' }],
    ...change,
  };
  return changed as V1Container;
}

/** A container that ends: without ports and probes. */
export function step(change: Changed<V1Container> = {}): V1Container {
  const { startupProbe, readinessProbe, livenessProbe, ports, ...rest } = container({ name: 'step' });
  return { ...rest, ...change } as V1Container;
}

export function podSpec(change: Changed<V1PodSpec> = {}): V1PodSpec {
  const changed = {
    automountServiceAccountToken: false,
    enableServiceLinks: false,
    securityContext: {
      runAsNonRoot: true,
      runAsUser: 1000,
      runAsGroup: 1000,
      seccompProfile: { type: 'RuntimeDefault' },
    },
    containers: [container()],
    volumes: [{ name: 'tmp', emptyDir: {} }],
    ...change,
  };
  return changed as V1PodSpec;
}

/** What to change of a workload, from the outside in. */
export interface Change {
  name?: string;
  namespace?: string;
  labels?: Record<string, string>;
  /** Of the workload. */
  spec?: Json;
  /** Of the pod. */
  metadata?: V1ObjectMeta;
  pod?: Changed<V1PodSpec>;
  /** Of the only container. */
  container?: Changed<V1Container>;
  init?: Changed<V1Container>[];
  ephemeral?: V1EphemeralContainer[];
}

function template(change: Change, spec: Partial<V1PodSpec> = {}): Json {
  return {
    metadata: change.metadata ?? { labels: change.labels ?? LABELS },
    spec: podSpec({
      ...spec,
      ...(change.container && { containers: [container(change.container)] }),
      ...(change.init && { initContainers: change.init.map((one) => step(one)) }),
      ...(change.ephemeral && { ephemeralContainers: change.ephemeral }),
      ...change.pod,
    }),
  };
}

function named(change: { name?: string; namespace?: string }, labels?: Record<string, string>): Json {
  return { name: change.name ?? 'web', namespace: change.namespace, labels };
}

export function deployment(change: Change = {}): KubeObject {
  const labels = change.labels ?? LABELS;
  return object({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: named(change, labels),
    spec: {
      progressDeadlineSeconds: 120,
      replicas: 1,
      selector: { matchLabels: labels },
      template: template(change),
      ...change.spec,
    },
  });
}

export function daemonSet(change: Change = {}): KubeObject {
  const labels = change.labels ?? LABELS;
  return object({
    apiVersion: 'apps/v1',
    kind: 'DaemonSet',
    metadata: named(change, labels),
    spec: { selector: { matchLabels: labels }, template: template(change), ...change.spec },
  });
}

/** Needs a headless Service of its name beside it: `service({ spec: { clusterIP: 'None' } })`. */
export function statefulSet(change: Change = {}): KubeObject {
  const labels = change.labels ?? LABELS;
  return object({
    apiVersion: 'apps/v1',
    kind: 'StatefulSet',
    metadata: named(change, labels),
    spec: {
      replicas: 1,
      serviceName: change.name ?? 'web',
      selector: { matchLabels: labels },
      template: template(change),
      ...change.spec,
    },
  });
}

const RUNS_ONCE: Partial<V1PodSpec> = { restartPolicy: 'Never', containers: [step()] };

export function job(change: Change = {}): KubeObject {
  return object({
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: named(change),
    spec: { backoffLimit: 2, ttlSecondsAfterFinished: 3600, template: template(change, RUNS_ONCE), ...change.spec },
  });
}

export function cronJob(change: Change & { job?: Json } = {}): KubeObject {
  return object({
    apiVersion: 'batch/v1',
    kind: 'CronJob',
    metadata: named(change),
    spec: {
      schedule: '0 3 * * *',
      concurrencyPolicy: 'Forbid',
      jobTemplate: { spec: { backoffLimit: 2, template: template(change, RUNS_ONCE), ...change.job } },
      ...change.spec,
    },
  });
}

export function pod(change: Change = {}): KubeObject {
  const { metadata, spec } = template(change);
  return object({
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { ...named(change, change.labels ?? LABELS), ...(change.metadata ?? (metadata as Json)) },
    spec,
  });
}

interface Simple {
  name?: string;
  namespace?: string;
  spec?: Json;
}

export function service(change: Simple = {}): KubeObject {
  const ports = [{ name: 'http', port: 80, protocol: 'TCP', targetPort: 'http' }];
  return object({
    apiVersion: 'v1',
    kind: 'Service',
    metadata: named(change),
    spec: { ports, selector: LABELS, ...change.spec },
  });
}

export function configMap(data: Record<string, string>, change: Simple = {}): KubeObject {
  return object({ apiVersion: 'v1', kind: 'ConfigMap', metadata: named(change), data });
}

export function secret(content: Json, change: Simple = {}): KubeObject {
  return object({ apiVersion: 'v1', kind: 'Secret', metadata: named(change), ...content });
}

export function claim(change: Simple = {}): KubeObject {
  return object({
    apiVersion: 'v1',
    kind: 'PersistentVolumeClaim',
    metadata: named({ name: 'data', ...change }),
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } }, ...change.spec },
  });
}

export function autoscaler(change: Simple = {}): KubeObject {
  return object({
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: named(change),
    spec: {
      scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      minReplicas: 2,
      maxReplicas: 5,
      metrics: [
        { type: 'Resource', resource: { name: 'cpu', target: { type: 'Utilization', averageUtilization: 80 } } },
      ],
      ...change.spec,
    },
  });
}

export function disruptionBudget(change: Simple = {}): KubeObject {
  return object({
    apiVersion: 'policy/v1',
    kind: 'PodDisruptionBudget',
    metadata: named(change),
    spec: { selector: { matchLabels: LABELS }, maxUnavailable: 1, ...change.spec },
  });
}

/** All that the rules find in the objects, looked at together. */
export function faults(rules: readonly Rule[], objects: readonly KubeObject[]): (Fault & { rule: string })[] {
  const set = objectSet(objects);
  return rules.flatMap((rule) => [...rule.check(set)].map((fault) => ({ ...fault, rule: rule.id })));
}

/** What a rule says of the objects, in one line each: `KIND/NAME POINTER: MESSAGE`, before it a severity of its own. */
export function said(rule: Rule, ...objects: KubeObject[]): string[] {
  return faults([rule], objects).map(
    ({ object: { kind, name }, pointer, message, severity }) =>
      `${severity ? `[${severity}] ` : ''}${kind}/${name} ${pointer}: ${message}`,
  );
}

/**
 * The objects after every fix that the rule offers.
 * @throws Error where a fault has none
 */
export function mended(rule: Rule, ...objects: KubeObject[]): KubeObject[] {
  const found = faults([rule], objects);
  return objects.map((one) => {
    const edits = found
      .filter((fault) => fault.object === one)
      .flatMap(({ fix, message }) => {
        if (!fix) throw new Error(`no fix: ${message}`);
        return fix;
      });
    return object(edited(one.data, edits));
  });
}

/** A copy of plain data after the edits. Lists lose members from their end, so that pointers stay true. */
function edited(data: Json, edits: readonly Edit[]): Json {
  const copy = structuredClone(data);
  const sets = edits.filter(({ op }) => op === 'set');
  const deletions = edits.filter(({ op }) => op === 'delete').reverse();
  for (const edit of [...sets, ...deletions]) {
    const tokens = edit.pointer
      .split('/')
      .slice(1)
      .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
    const last = tokens.pop() ?? '';
    const parent = tokens.reduce<Json>((node, token, i) => {
      node[token] ??= (tokens[i + 1] ?? last) === '-' ? [] : {};
      return node[token] as Json;
    }, copy);
    if (edit.op === 'set' && Array.isArray(parent) && last === '-') parent.push(edit.value);
    else if (edit.op === 'set') parent[last] = edit.value;
    else if (Array.isArray(parent)) parent.splice(Number(last), 1);
    else delete parent[last];
  }
  return copy;
}

function withoutUndefined(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(withoutUndefined);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  return Object.fromEntries(entries.map(([key, member]) => [key, withoutUndefined(member)]));
}
