import { cut } from '../report/safe.ts';

/** Words on as many lines as it takes. A longer word has a line for itself: cut in two it could not be copied. */
export function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const line = lines.at(-1);
    if (line === undefined || line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = `${line} ${word}`;
  }
  return lines;
}

/**
 * A code frame made to fit: what is too wide is cut off at the right, or at both sides where the marker would be cut
 * off too.
 */
export function fitFrame(frame: string, width: number, more: string): string[] {
  const lines = frame.split('\n').map((line) => {
    const gutter = /^.*?\|/.exec(line)?.[0] ?? '';
    return { gutter, source: line.slice(gutter.length) };
  });
  const room = Math.max(20, width - Math.max(...lines.map(({ gutter }) => gutter.length)));
  const marker = Math.max(...lines.filter(isMarker).map(({ source }) => source.length), 0);
  const skipped = marker > room ? marker - Math.floor(room / 2) : 0;
  return lines.map((line) => {
    if (skipped === 0) return line.gutter + cut(line.source, room, more);
    if (line.source.trim() === '') return line.gutter;
    const source = line.source.slice(skipped);
    return line.gutter + (isMarker(line) ? ' '.repeat(more.length) + source : cut(more + source, room, more));
  });
}

function isMarker({ gutter, source }: { gutter: string; source: string }): boolean {
  return /^ +\|$/.test(gutter) && /^ *\^$/.test(source);
}
