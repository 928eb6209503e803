import type { Edit } from '../yaml/edit.ts';

export type Severity = 'error' | 'warning' | 'info';

/** The worst first. */
export const SEVERITIES: readonly Severity[] = ['error', 'warning', 'info'];

/** Whether a finding of that severity fails a run that fails on `failOn` and worse. */
export function fails(severity: Severity, failOn: Severity): boolean {
  return SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(failOn);
}

/** Where something stands in a text. Both count from 1. */
export interface Place {
  line: number;
  column: number;
}

/** The text that an object came from. */
export interface Origin {
  /** As shown to people; `-` is standard input. */
  file: string;
  /** Place of a JSON Pointer from the object's root; of the nearest node above it where it is not there itself. */
  locate(pointer: string): Place | undefined;
  /**
   * False where the text is not the object itself but what it was made from: edits of the object then mean nothing
   * there.
   */
  editable: boolean;
}

/** What a rule found, at a node of an object. */
export interface Fault {
  /** The object at fault. */
  object: KubeObject;
  /** JSON Pointer from the object's root. */
  pointer: string;
  /** One line, lower case, no full stop: what is wrong here, with the names that matter. */
  message: string;
  container?: string;
  /** Changes to the object after which the rule finds nothing here. Only where no knowledge of the user's is needed. */
  fix?: Edit[];
  /** Where it differs from the rule's own. */
  severity?: Severity;
  /** Where it is more than the first step of the rule's page. */
  remedy?: string;
}

/** An object of the Kubernetes API as its manifest says it. Its types are as its schema wants them, nulls are gone. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  name: string;
  /** Undefined where the manifest names none, and for kinds that have none. */
  namespace: string | undefined;
  data: Readonly<Record<string, unknown>>;
  origin: Origin;
}
