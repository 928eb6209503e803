import type { V1Container, V1PodSpec } from '@kubernetes/client-node';
import {
  hasBearer,
  hasConnectionPassword,
  isSecretHeader,
  isSecretName,
  keyForm,
} from '../rules/workload-secret-values.ts';
import { secretInWord } from '../rules/workload-secrets.ts';

/** What stands in the place of a secret. */
const MASK = '***';

/** Any object, as far as secrets are looked for in it. */
interface Maskable {
  kind?: string | undefined;
  metadata?: { annotations?: Record<string, string> };
  [field: string]: unknown;
}

/** One text of an object that must not be shown. */
interface Place {
  /** The same for the same thing in another state of the object, wherever in a list it stands. */
  id: string;
  value: string;
  set: (mask: string) => void;
}

/** A copy without the values of Secrets, and without what looks like a secret in environments, commands and ConfigMaps. */
export function masked<T extends object>(object: T): T {
  const copy = structuredClone(object);
  for (const { set } of places(copy as Maskable)) set(MASK);
  return copy;
}

/** Both states of an object, masked so that it still shows which secrets change. */
export function maskedPair<T extends object>(before: T, after: T): [T, T] {
  const [old, fresh] = [structuredClone(before), structuredClone(after)];
  const known = new Map(places(old as Maskable).map(({ id, value }) => [id, value]));
  const next = new Map(places(fresh as Maskable).map(({ id, value }) => [id, value]));
  const changes = (id: string) => known.has(id) && next.has(id) && known.get(id) !== next.get(id);
  for (const { id, set } of places(old as Maskable)) set(changes(id) ? `${MASK} (before)` : MASK);
  for (const { id, set } of places(fresh as Maskable)) set(changes(id) ? `${MASK} (after)` : MASK);
  return [old, fresh];
}

function places(object: Maskable): Place[] {
  const pod = podOf(object);
  const { kind, metadata } = object;
  const isData = kind === 'Secret' ? () => true : isSecretEntry;
  return [
    ...entries('annotation', metadata?.annotations, isSecretEntry),
    ...(kind === 'Secret' || kind === 'ConfigMap'
      ? [
          ...entries('data', object['data'], isData),
          ...entries('stringData', object['stringData'], isData),
          ...entries('binaryData', object['binaryData'], () => kind === 'Secret'),
        ]
      : []),
    ...[...(pod?.initContainers ?? []), ...(pod?.containers ?? [])].flatMap(inContainer),
  ];
}

/** The pod that an object is, or makes. */
function podOf({ kind, spec }: Maskable): V1PodSpec | undefined {
  const { template, jobTemplate } = (spec ?? {}) as {
    template?: { spec?: V1PodSpec };
    jobTemplate?: { spec?: { template?: { spec?: V1PodSpec } } };
  };
  return kind === 'Pod' ? (spec as V1PodSpec | undefined) : (jobTemplate?.spec?.template?.spec ?? template?.spec);
}

function entries(what: string, data: unknown, isSecret: (name: string, value: string) => boolean): Place[] {
  const record = (data ?? {}) as Record<string, string>;
  return Object.entries(record)
    .filter(([name, value]) => typeof value === 'string' && isSecret(name, value))
    .map(([name, value]) => ({
      id: `${what}/${name}`,
      value,
      set: (mask) => {
        record[name] = mask;
      },
    }));
}

function isSecretEntry(name: string, value: string): boolean {
  if (value === '') return false;
  // A whole file under a name such as "credentials" is a secret, too.
  return isSecretName(name) || keyForm(value) !== undefined || hasConnectionPassword(value) || hasBearer(value);
}

function inContainer(container: V1Container): Place[] {
  const { name, env = [] } = container;
  const variables = env.flatMap((variable): Place[] => {
    const { value } = variable;
    if (value === undefined || !isSecretEntry(variable.name, value)) return [];
    return [
      {
        id: `${name}/env/${variable.name}`,
        value,
        set: (mask) => {
          variable.value = mask;
        },
      },
    ];
  });
  const headers = [container.startupProbe, container.readinessProbe, container.livenessProbe].flatMap((probe, i) =>
    (probe?.httpGet?.httpHeaders ?? []).filter(isSecretHeader).map(
      (header): Place => ({
        id: `${name}/probe${i}/${header.name}`,
        value: header.value,
        set: (mask) => {
          header.value = mask;
        },
      }),
    ),
  );
  return [
    ...variables,
    ...headers,
    ...inWords(`${name}/command`, container.command),
    ...inWords(`${name}/args`, container.args),
  ];
}

function inWords(id: string, words: string[] = []): Place[] {
  return words.flatMap((word, i): Place[] => {
    if (secretInWord(word, words[i - 1]) === undefined) return [];
    return [
      {
        id: `${id}/${i}`,
        value: word,
        set: (mask) => {
          words[i] = mask;
        },
      },
    ];
  });
}

/** What is shorter is part of too many other words. */
const MIN_LENGTH = 4;
/** Of the lines of a longer secret most are short and stand elsewhere too. */
const MIN_LINE_LENGTH = 8;
const PRIVATE_KEY = /-----BEGIN ([A-Z0-9]+ )*PRIVATE KEY-----[\s\S]*?(-----END [A-Z0-9 ]*-----|$)/g;
const BEARER = /\b(Bearer\s+(?:token:?\s+)?)(?=\S*\d)[A-Za-z0-9._~+/=-]{8,}/gi;

/**
 * Hides secrets in logs, events and messages: those that are known, and what has the form of one.
 * @param values of Secrets, decoded; one of fewer than 4 characters is not looked for
 */
export function textMasker(values: readonly string[]): (text: string) => string {
  const parts = values.flatMap((value) => {
    const lines = value.trim().split(/\r?\n/);
    const least = lines.length > 1 ? MIN_LINE_LENGTH : MIN_LENGTH;
    return [value.trim(), ...lines.map((line) => line.trim())].filter((part) => part.length >= least);
  });
  // The longest first: one may be a part of another.
  const known = [...new Set(parts)].sort((a, b) => b.length - a.length);
  return (text) => {
    const plain = known.reduce((left, value) => left.replaceAll(value, MASK), text);
    return plain
      .replaceAll(PRIVATE_KEY, MASK)
      .replaceAll(BEARER, `$1${MASK}`)
      .replaceAll(/\S+/g, (word) => (secretInWord(word, undefined) === undefined ? word : MASK));
  };
}

/** A copy with every text in it masked, on top of what its places say. */
export function deeplyMasked<T>(value: T, mask: (text: string) => string): T {
  if (typeof value === 'string') return mask(value) as T;
  if (Array.isArray(value)) return value.map((item) => deeplyMasked(item, mask)) as T;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, deeplyMasked(member, mask)])) as T;
}
