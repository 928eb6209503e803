import { literal } from './markdown.ts';
import { cut, oneLine } from './safe.ts';

/** GitHub drops a summary of more than 1 MiB: a few tables of the longest cells stay below it. */
const MAX_ROWS = 100;
const MAX_CELL = 300;

/** A Markdown table; none where there are no items. @param cellsOf makes Markdown */
export function table<T>(head: readonly string[], items: readonly T[], cellsOf: (item: T) => string[]): string[] {
  if (items.length === 0) return [];
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rows = items.slice(0, MAX_ROWS).map((item) => line(cellsOf(item)));
  const hidden = items.length - rows.length;
  return [[line(head), line(head.map(() => '---')), ...rows].join('\n'), ...(hidden > 0 ? [`and ${hidden} more`] : [])];
}

/** Other people's text in a cell. */
export function cell(text: string): string {
  return literal(cut(oneLine(text), MAX_CELL));
}

/** What is folded away until somebody asks. */
export function details(title: string, content: readonly string[]): string[] {
  return content.length === 0 ? [] : [`<details><summary>${title}</summary>`, ...content, '</details>'];
}
