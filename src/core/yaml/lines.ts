/** Where lines start and end in a text. Offsets in, offsets out; a line end is \n or \r\n. */

export function lineStart(text: string, at: number): number {
  return text.lastIndexOf('\n', at - 1) + 1;
}

/** Before the line end. */
export function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at);
  if (end < 0) return text.length;
  return end > at && text[end - 1] === '\r' ? end - 1 : end;
}

/** Start of the first line that has nothing of what ends at `end`; what ends with a line end has the whole line. */
export function linesAfter(text: string, end: number): number {
  return end > 0 && text[end - 1] === '\n' ? end : nextLine(text, end);
}

function nextLine(text: string, at: number): number {
  const next = text.indexOf('\n', at);
  return next < 0 ? text.length : next + 1;
}

/** End of the last line of what ends at `end`, before its line end. */
export function lastLineEnd(text: string, end: number): number {
  if (end === 0 || text[end - 1] !== '\n') return lineEnd(text, end);
  return text[end - 2] === '\r' ? end - 2 : end - 1;
}

/** How many characters stand before it on its line; a byte order mark is none. */
export function columnOf(text: string, at: number): number {
  const start = lineStart(text, at);
  return at - start - (text[start] === '\ufeff' ? 1 : 0);
}

/** True where nothing but blanks stands before it on its line. */
export function startsLine(text: string, at: number): boolean {
  return /^[ \t]*$/.test(text.slice(lineStart(text, at), at));
}

/** Start of the first of the comment lines right above `start` whose `#` stands in a column. */
export function withCommentsAbove(text: string, start: number, column: number): number {
  let first = start;
  while (first > 0) {
    const above = lineStart(text, first - 1);
    if (commentColumn(text, above) !== column) break;
    first = above;
  }
  return first;
}

/** Start of the first line from `start` on that is no comment further right than a column. */
export function withCommentsBelow(text: string, start: number, column: number): number {
  let end = start;
  while (end < text.length && commentColumn(text, end) > column) end = nextLine(text, end);
  return end;
}

/** Column of the `#` of a line that has nothing else; -1 for other lines. */
function commentColumn(text: string, start: number): number {
  const [blanks] = /^[ \t]*(?=#)/.exec(text.slice(start, lineEnd(text, start))) ?? [];
  return blanks === undefined ? -1 : blanks.length;
}
