/** One change to a YAML document, by JSON Pointer (RFC 6901) from its root. */
export type Edit =
  /** Missing maps on the way are made; a last token `-` appends to a list, which is made if it is missing. */
  { op: 'set'; pointer: string; value: unknown } | { op: 'delete'; pointer: string };
