const MAX_WIDTH = 160;

/**
 * The line at fault with its two neighbours and a marker under the column. Line and column count from 1.
 * @param text or its lines, where many places of one text are shown
 */
export function codeFrame(text: string | readonly string[], line: number, column: number): string {
  const lines = typeof text === 'string' ? text.split(/\r?\n/) : text;
  const first = Math.max(1, line - 1);
  const last = Math.min(lines.length, line + 1);
  const width = String(last).length;
  const out: string[] = [];
  for (let n = first; n <= last; n++) {
    const source = (lines[n - 1] ?? '').replaceAll('\t', ' ').slice(0, MAX_WIDTH);
    out.push(`${n === line ? '>' : ' '} ${String(n).padStart(width)} | ${source}`.trimEnd());
    if (n === line && column <= MAX_WIDTH) out.push(`  ${' '.repeat(width)} | ${' '.repeat(column - 1)}^`);
  }
  return out.join('\n');
}
