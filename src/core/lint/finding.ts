import { createHash } from 'node:crypto';
import type { Page } from '../explain/page.ts';
import type { Fault, KubeObject, Place, Severity } from '../rules/finding.ts';
import { serverNameOf } from '../rules/mcp-app.ts';
import type { Edit } from '../yaml/edit.ts';
import type { YamlDocument } from '../yaml/read.ts';
import { templateOf } from './template.ts';

/** What lint says of one place. The same shape as `findings` of the JSON, and what only lint itself needs. */
export interface Finding {
  rule: string;
  severity: Severity;
  message: string;
  remedy: string;
  file: string;
  line?: number;
  column?: number;
  pointer?: string;
  /** What the object was rendered from, where the text says so. */
  template?: string;
  object?: { kind: string; name: string; namespace?: string };
  server?: string;
  container?: string;
  fixable: boolean;
  fingerprint: string;
}

/** A finding, and how it is mended. */
export interface Found {
  finding: Finding;
  /** Document that it is in, and the edits of that document that mend it. */
  document?: YamlDocument;
  edits: Edit[];
  secrets: readonly string[];
}

interface Ruling {
  id: string;
  severity: Severity;
  page: Page;
}

/** A place in a file, by pointer: everything that a finding needs of it. */
export interface Spot {
  file: string;
  place: Place | undefined;
  pointer: string;
  document?: YamlDocument;
}

export interface Words {
  message: string;
  severity?: Severity;
  remedy?: string;
  server?: string;
  container?: string;
  object?: KubeObject;
  edits?: Edit[];
  secrets?: readonly string[];
}

/** Puts a rule, a place and what was found there together. */
export function found(rule: Ruling, spot: Spot, words: Words): Found {
  const { file, place, pointer, document } = spot;
  const { object, container } = words;
  const server = words.server ?? (object && serverNameOf(object));
  const template = templateOf(document, object);
  const finding: Omit<Finding, 'fingerprint'> = {
    rule: rule.id,
    severity: words.severity ?? rule.severity,
    message: words.message,
    remedy: words.remedy ?? rule.page.todo[0] ?? `mcpk explain ${rule.id}`,
    file,
    ...place,
    pointer,
    ...(template !== undefined && { template }),
    ...(object && { object: objectRef(object) }),
    ...(server !== undefined && { server }),
    ...(container !== undefined && { container }),
    fixable: words.edits !== undefined && words.edits.length > 0,
  };
  return {
    finding: { ...finding, fingerprint: fingerprint(finding) },
    edits: words.edits ?? [],
    secrets: words.secrets ?? [],
    ...(document && { document }),
  };
}

/** The words of a rule's fault. */
export function wordsOf(fault: Fault): Omit<Words, 'edits'> {
  const { object, message, severity, remedy, container } = fault;
  return {
    object,
    message,
    ...(severity && { severity }),
    ...(remedy !== undefined && { remedy }),
    ...(container !== undefined && { container }),
  };
}

function objectRef({ kind, name, namespace }: KubeObject): { kind: string; name: string; namespace?: string } {
  return { kind, name, ...(namespace !== undefined && { namespace }) };
}

/** Everything that stays when lines are added above; positions in lists do not. */
function fingerprint({ rule, file, object, container, pointer, message }: Omit<Finding, 'fingerprint'>): string {
  const path = (pointer ?? '').replaceAll(/\/\d+(?=\/|$)/g, '/*');
  const parts = [rule, file, object?.kind, object?.namespace, object?.name, container, path, message];
  return createHash('sha256').update(JSON.stringify(parts)).digest('hex').slice(0, 32);
}
