import type { V1Container, V1EphemeralContainer, V1ObjectMeta, V1PodSpec } from '@kubernetes/client-node';
import { matches, type Selector } from '../network/labels.ts';
import type { KubeObject } from './finding.ts';

/** A pod, as itself or as the template of a workload. */
export interface PodView {
  object: KubeObject;
  /** JSON Pointer of the pod's spec. */
  pointer: string;
  spec: V1PodSpec;
  /** Of the pod, not of the workload. */
  metadata: V1ObjectMeta;
  /** Of the workload; undefined for kinds that have no such number, and where nothing is said. */
  replicas: number | undefined;
}

export type ContainerKind = 'container' | 'init' | 'sidecar' | 'ephemeral';

export interface ContainerView {
  pod: PodView;
  /** JSON Pointer of the container. */
  pointer: string;
  container: V1Container;
  kind: ContainerKind;
}

/** All objects that are looked at together, and the pods in them. */
export interface ObjectSet {
  objects: readonly KubeObject[];
  pods: readonly PodView[];
  containers: readonly ContainerView[];
  of(kind: string): readonly KubeObject[];
  /** Looked up by name in a namespace; an object without one counts as in any. */
  find(kind: string, name: string, namespace: string | undefined): KubeObject | undefined;
}

export function objectSet(objects: readonly KubeObject[]): ObjectSet {
  const byKind = groupByKind(objects);
  const pods = objects.flatMap(podOf);
  const of = (kind: string) => byKind.get(kind) ?? [];
  const byName = new Map<string, KubeObject[]>();
  for (const object of objects) {
    const key = `${object.kind} ${object.name}`;
    const same = byName.get(key);
    if (same) same.push(object);
    else byName.set(key, [object]);
  }
  return {
    objects,
    pods,
    containers: pods.flatMap(containersOf),
    of,
    find: (kind, name, namespace) =>
      byName.get(`${kind} ${name}`)?.find((object) => sameNamespace(object.namespace, namespace)),
  };
}

/** Whether two namespaces may be the same: a manifest without one goes wherever it is applied. */
export function sameNamespace(a: string | undefined, b: string | undefined): boolean {
  return a === undefined || b === undefined || a === b;
}

/** Whether the labels, all of which are known, satisfy a selector; an empty selector selects everything. */
export function selects(selector: Selector, labels: Readonly<Record<string, string>> = {}): boolean {
  return matches(selector, { known: labels, whole: true }) === true;
}

function groupByKind(objects: readonly KubeObject[]): Map<string, KubeObject[]> {
  const groups = new Map<string, KubeObject[]>();
  for (const object of objects) {
    const group = groups.get(object.kind);
    if (group) group.push(object);
    else groups.set(object.kind, [object]);
  }
  return groups;
}

/** Where the pod of each kind of workload stands; its metadata stand beside the spec. */
const POD_TEMPLATES: Readonly<Record<string, string>> = {
  Pod: '',
  PodTemplate: '/template',
  Deployment: '/spec/template',
  ReplicaSet: '/spec/template',
  StatefulSet: '/spec/template',
  DaemonSet: '/spec/template',
  ReplicationController: '/spec/template',
  Job: '/spec/template',
  CronJob: '/spec/jobTemplate/spec/template',
};

/** Groups that these kinds belong to; a custom resource may use the same word. */
const POD_GROUPS = new Set(['v1', 'apps/v1', 'batch/v1']);

function podOf(object: KubeObject): PodView[] {
  const at = POD_TEMPLATES[object.kind];
  if (at === undefined || !POD_GROUPS.has(object.apiVersion)) return [];
  const template = at
    .split('/')
    .slice(1)
    .reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], object.data);
  const { spec, metadata = {} } = (template ?? {}) as { spec?: V1PodSpec; metadata?: V1ObjectMeta };
  if (!spec) return [];
  const { replicas } = (object.data['spec'] ?? {}) as { replicas?: number };
  return [{ object, pointer: `${at}/spec`, spec, metadata, replicas }];
}

function containersOf(pod: PodView): ContainerView[] {
  const list = (
    key: 'containers' | 'initContainers' | 'ephemeralContainers',
    kindOf: (c: V1Container) => ContainerKind,
  ) =>
    ((pod.spec[key] ?? []) as (V1Container | V1EphemeralContainer)[]).map((container, i) => ({
      pod,
      pointer: `${pod.pointer}/${key}/${i}`,
      container,
      kind: kindOf(container),
    }));
  return [
    ...list('initContainers', ({ restartPolicy }) => (restartPolicy === 'Always' ? 'sidecar' : 'init')),
    ...list('containers', () => 'container'),
    ...list('ephemeralContainers', () => 'ephemeral'),
  ];
}
