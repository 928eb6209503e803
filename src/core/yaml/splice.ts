/** A part of a text that is replaced. */
export interface Splice {
  from: number;
  to: number;
  text: string;
}

/** A text after splices that do not overlap; what is put at one place is in the order of the splices. */
export function spliced(text: string, splices: readonly Splice[]): string {
  const inOrder = [...splices].sort((a, b) => a.from - b.from);
  const parts: string[] = [];
  let at = 0;
  for (const { from, to, text: inserted } of inOrder) {
    parts.push(text.slice(at, from), inserted);
    at = to;
  }
  return parts.join('') + text.slice(at);
}
