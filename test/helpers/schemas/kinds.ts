import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';

export interface CorpusObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
  [key: string]: unknown;
}

/** Valid objects, one or two of each kind of Kubernetes that people write. */
export function objectsOfAllKinds(): CorpusObject[] {
  return objectsOf('kinds.yaml');
}

/** The same of kinds that are not Kubernetes' own. */
export function customObjects(): CorpusObject[] {
  return objectsOf('custom.yaml');
}

function objectsOf(file: string): CorpusObject[] {
  const text = readFileSync(new URL(file, import.meta.url), 'utf8');
  return parseAllDocuments(text).map((document) => document.toJS());
}
