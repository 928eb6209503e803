/** A part of a text that is replaced. */
export interface Splice {
  from: number;
  to: number;
  text: string;
}

/** @returns undefined where two of them overlap */
export function spliced(text: string, splices: readonly Splice[]): string | undefined {
  const inOrder = [...splices].sort((a, b) => a.from - b.from || a.to - b.to);
  const parts: string[] = [];
  let at = 0;
  for (const { from, to, text: inserted } of inOrder) {
    if (from < at) return undefined;
    parts.push(text.slice(at, from), inserted);
    at = to;
  }
  return parts.join('') + text.slice(at);
}
