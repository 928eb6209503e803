import { pointerToken } from '../config/pointer.ts';
import type { KubeObject, Origin, Place } from '../rules/finding.ts';
import { type SchemaProblem, validateObject } from '../schemas/validate.ts';
import type { YamlDocument } from '../yaml/read.ts';

/** Where an object stands, exactly: what an edit of it needs to know. */
export interface Whereabouts {
  document: YamlDocument;
  /** JSON Pointer of the object in that document: '' but for items of a List. */
  prefix: string;
}

/** An object and everything that its schema says of it. */
export interface ReadObject {
  object: KubeObject;
  at: Whereabouts;
  /** False for kinds that no schema of ours describes. */
  known: boolean;
  problems: SchemaProblem[];
}

/** A document that is no object of Kubernetes. */
export interface NotAnObject {
  message: string;
  pointer: string;
  at: Whereabouts;
  /** True where it does not even look like one: it has neither `apiVersion` nor `kind`. */
  foreign: boolean;
}

/** The objects of a document; a List has several. */
export function readObjects(document: YamlDocument, file: string): (ReadObject | NotAnObject)[] {
  return objectsAt(document.value, { document, prefix: '' }, file);
}

export function isObject(read: ReadObject | NotAnObject): read is ReadObject {
  return 'object' in read;
}

function objectsAt(value: unknown, at: Whereabouts, file: string): (ReadObject | NotAnObject)[] {
  const data = asMap(value);
  const fault = data
    ? faultOf(data)
    : { message: 'this is no mapping, so it is no Kubernetes object', pointer: '', foreign: true };
  if (fault) return [{ ...fault, at }];
  const { apiVersion, kind, items } = data as { apiVersion: string; kind: string; items?: unknown };
  if (kind.endsWith('List') && Array.isArray(items)) {
    return items.flatMap((item, i) =>
      objectsAt(withTypeOf(item, apiVersion, kind), { ...at, prefix: `${at.prefix}/items/${i}` }, file),
    );
  }
  return [readObject(data as Record<string, unknown>, at, file)];
}

/** Items of a typed list (DeploymentList) need not say what they are. */
function withTypeOf(item: unknown, apiVersion: string, listKind: string): unknown {
  const data = asMap(item);
  const kind = listKind.slice(0, -'List'.length);
  return data && kind !== '' && !('kind' in data) && !('apiVersion' in data) ? { apiVersion, kind, ...data } : item;
}

function faultOf(data: Record<string, unknown>): Omit<NotAnObject, 'at'> | undefined {
  const has = (key: string) => data[key] !== undefined && data[key] !== null;
  if (!has('apiVersion') && !has('kind')) {
    return {
      message: 'this has neither apiVersion nor kind, so it is no Kubernetes object',
      pointer: '',
      foreign: true,
    };
  }
  for (const key of ['apiVersion', 'kind'] as const) {
    const value = data[key];
    if (!has(key)) return { message: `the object lacks ${key}`, pointer: '', foreign: false };
    if (typeof value !== 'string' || value === '')
      return { message: `${key} must be text`, pointer: `/${pointerToken(key)}`, foreign: false };
  }
  return undefined;
}

function readObject(data: Record<string, unknown>, at: Whereabouts, file: string): ReadObject {
  const { known, problems } = validateObject(data);
  const metadata = asMap(data['metadata']);
  const text = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);
  return {
    object: {
      apiVersion: String(data['apiVersion']),
      kind: String(data['kind']),
      name: text(metadata?.['name']) ?? text(metadata?.['generateName']) ?? '',
      namespace: text(metadata?.['namespace']),
      data: withoutNulls(data) as Record<string, unknown>,
      origin: originIn(at, file),
    },
    at,
    known,
    problems,
  };
}

function originIn({ document, prefix }: Whereabouts, file: string): Origin {
  return {
    file,
    locate: (pointer: string): Place | undefined => document.locate(prefix + pointer),
    editable: true,
  };
}

/** The API server reads a null as "not there". What holds none is the same value, not a copy. */
function withoutNulls(value: unknown): unknown {
  if (!holdsNull(value)) return value;
  if (Array.isArray(value)) return value.map(withoutNulls);
  const members = Object.entries(value as object).filter(([, member]) => member !== null);
  return Object.fromEntries(members.map(([key, member]) => [key, withoutNulls(member)]));
}

/** Nulls as items of a list stay. */
function holdsNull(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  if (Array.isArray(value)) return value.some(holdsNull);
  for (const key in value) {
    const member = (value as Record<string, unknown>)[key];
    if (member === null || holdsNull(member)) return true;
  }
  return false;
}

function asMap(value: unknown): Record<string, unknown> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : undefined;
}
