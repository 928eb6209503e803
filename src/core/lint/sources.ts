import { READING } from '../rules/rulings.ts';
import { removedKind } from '../schemas/removed.ts';
import { readYaml, type YamlDocument } from '../yaml/read.ts';
import { commentIgnores } from './comments.ts';
import { type Found, found } from './finding.ts';
import { isObject, type NotAnObject, type ReadObject, readObjects } from './read-objects.ts';
import type { Ignore } from './suppress.ts';
import { templateOf } from './template.ts';

/** A text that is linted. */
export interface Text {
  /** As shown to people. */
  file: string;
  text: string;
  /** False where it was found in a folder: then a document that is no object at all is passed over. */
  named: boolean;
}

/** What an object came from. */
export interface Source {
  /** Absent where the object was made from a config. */
  document?: YamlDocument;
  /** JSON Pointer of the object in its document. */
  prefix: string;
}

/** Something that could not be looked at. */
export interface Unchecked {
  what: 'kind' | 'image';
  name: string;
  reason: string;
  file: string;
  line?: number;
  column?: number;
  template?: string;
}

/** What reading manifests gives. */
export interface Manifests {
  objects: ReadObject[];
  sources: Map<object, Source>;
  found: Found[];
  unchecked: Unchecked[];
  ignores: Ignore[];
  /** Documents in folders that are no objects. */
  passedOver: number;
}

/** Files of tools that look like objects and are never applied. */
const NOT_FOR_CLUSTERS = /^(kustomize\.config\.k8s\.io|skaffold|kind\.x-k8s\.io|config\.k8s\.io|mcpk)\//;

/** Reads texts of manifests; everything that is wrong before a rule looks at them is found here. */
export function readManifests(texts: readonly Text[]): Manifests {
  const all: Manifests = { objects: [], sources: new Map(), found: [], unchecked: [], ignores: [], passedOver: 0 };
  for (const text of texts) readText(text, all);
  return all;
}

function readText({ file, text, named }: Text, all: Manifests): void {
  const { documents, problems } = readYaml(text);
  all.ignores.push(...commentIgnores(text, file, documents));
  for (const { kind, message, at } of problems) {
    all.found.push(found(READING[kind], { file, place: at, pointer: '' }, { message }));
  }
  for (const document of documents) {
    for (const read of readObjects(document, file)) {
      if (!isObject(read)) notAnObject(read, { file, named }, all);
      else if (NOT_FOR_CLUSTERS.test(read.object.apiVersion)) all.passedOver++;
      else addObject(read, all);
    }
  }
}

function notAnObject(
  { message, pointer, at, foreign }: NotAnObject,
  { file, named }: Omit<Text, 'text'>,
  all: Manifests,
): void {
  if (foreign && !named) {
    all.passedOver++;
    return;
  }
  const { document, prefix } = at;
  const place = document.locate(prefix + pointer);
  all.found.push(found(READING.object, { file, place, pointer: prefix + pointer, document }, { message }));
}

function addObject(read: ReadObject, all: Manifests): void {
  const { object, at, known, problems } = read;
  const { file } = object.origin;
  const { document, prefix } = at;
  all.objects.push(read);
  all.sources.set(object, { document, prefix });
  for (const { kind, pointer, message, suggestion } of problems) {
    const spot = { file, place: object.origin.locate(pointer), pointer: prefix + pointer, document };
    all.found.push(
      found(READING[kind], spot, { object, message, ...(suggestion !== undefined && { remedy: suggestion }) }),
    );
  }
  const { apiVersion, kind } = object;
  // Of a version that is gone a rule says so.
  if (known || removedKind(apiVersion, kind)) return;
  const reason = 'no schema of this kind is known here';
  const template = templateOf(document, object);
  all.unchecked.push({
    ...{ what: 'kind', name: `${apiVersion} ${kind}`, reason, file },
    ...object.origin.locate('/kind'),
    ...(template !== undefined && { template }),
  });
}

/** Objects that rules may look at: nothing in them has a type that its schema forbids. */
export function soundObjects(manifests: Manifests): ReadObject[] {
  return manifests.objects.filter(({ problems }) => problems.every(({ kind }) => kind !== 'wrong-type'));
}
