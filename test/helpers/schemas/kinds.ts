import { readFileSync } from 'node:fs';
import { parseAllDocuments } from 'yaml';

export interface CorpusObject {
  apiVersion: string;
  kind: string;
  metadata: { name: string; namespace?: string };
  [key: string]: unknown;
}

/** Valid objects, one or two of each kind that people write. */
export function objectsOfAllKinds(): CorpusObject[] {
  const text = readFileSync(new URL('kinds.yaml', import.meta.url), 'utf8');
  return parseAllDocuments(text).map((document) => document.toJS());
}
