/** A TAP 14 stream. @param points lines of each test point, given its number */
export function tapStream(points: readonly ((id: number) => readonly string[])[]): string {
  const lines = points.flatMap((point, i) => point(i + 1));
  return `${['TAP version 14', `1..${points.length}`, ...lines].join('\n')}\n`;
}

/** The YAML block of a test point. @param lines YAML, indented from the left edge */
export function diagnosticBlock(lines: readonly string[]): string[] {
  return ['---', ...lines, '...'].map((line) => `  ${line}`);
}

/** JSON's strings are YAML's, once the characters that YAML does not take are out. */
export function quoted(text: string): string {
  return JSON.stringify(text);
}

/** A list and no block scalar: the YAML of older harnesses knows no indentation indicator. */
export function listOf(key: string, items: readonly string[]): string[] {
  return items.length === 0 ? [] : [`${key}:`, ...items.map((item) => `  - ${quoted(item)}`)];
}

export function escapeTap(text: string): string {
  return text.replaceAll(/[\\#]/g, '\\$&');
}
