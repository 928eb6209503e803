/** One fault in a file, with its place when it is known. */
export interface Problem {
  message: string;
  file?: string;
  /** Counts from 1. */
  line?: number;
  /** Counts from 1. */
  column?: number;
  /** JSON Pointer (RFC 6901) of the offending node. */
  pointer?: string;
  /** A few source lines with a marker under the place. */
  frame?: string;
  suggestion?: string;
}

/** A value, or every reason why there is none. */
export type Outcome<T> = { ok: true; value: T } | { ok: false; problems: Problem[] };
