/** A fault at a node of the config, before its place in the text is known. */
export interface NodeProblem {
  /** JSON Pointer (RFC 6901). */
  pointer: string;
  message: string;
  suggestion?: string;
}

/** Escapes one token of a JSON Pointer. */
export function pointerToken(token: string): string {
  return token.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** The unescaped tokens of a JSON Pointer. */
export function pointerTokens(pointer: string): string[] {
  return pointer
    .split('/')
    .slice(1)
    .map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}
