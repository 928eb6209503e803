import { lineEnd, lineStart, linesAfter, startsLine, withCommentsAbove } from './lines.ts';
import type { YamlItem, YamlNode } from './node.ts';
import type { Splice } from './splice.ts';
import { flowMember, flowText, type Style } from './write.ts';

/** Puts a value between brackets where another is, or nothing. @param item whose value it is; none for the root */
export function putInFlow(
  text: string,
  item: YamlItem | undefined,
  old: YamlNode | undefined,
  value: unknown,
  style: Style,
): Splice {
  const at = old?.start ?? item?.indicator ?? item?.end ?? 0;
  const multiline = startsLine(text, item?.start ?? at);
  const written = flowText(value, style, { multiline, margin: marginAt(text, at) });
  if (old) return { from: old.start, to: old.end, text: written };
  return { from: at, to: at, text: `${item?.indicator === undefined ? ':' : ''} ${written}` };
}

/** New last entries behind one that stays, on lines of their own where that one has its own. */
export function appendToFlow(
  text: string,
  node: YamlNode,
  last: YamlItem,
  added: readonly [string, unknown][],
  style: Style,
): Splice[] {
  const margin = marginAt(text, last.start);
  const multiline = startsLine(text, last.start);
  const entries = added.map(([key, value]) => {
    const written = flowText(value, style, { multiline, margin });
    return node.type === 'map' ? flowMember(key, written, style) : written;
  });
  const rest = text.slice(last.end, lineEnd(text, last.end));
  const isLast = node.items.at(-1) === last;
  if (!multiline) {
    const space = style.json && !style.jsonSpaced ? '' : ' ';
    return [{ from: last.end, to: last.end, text: entries.map((entry) => `,${space}${entry}`).join('') }];
  }
  const lines = entries.map((entry) => style.eol + margin + entry);
  if (!isLast || !/^[ \t]*,?[ \t]*(#.*)?$/.test(rest))
    return [{ from: last.end, to: last.end, text: lines.map((line) => `,${line}`).join('') }];
  // A comment behind the last entry stays behind it.
  const comma = /^[ \t]*,/.test(rest);
  const end = last.end + rest.length;
  const tail = lines.join(',') + (comma ? ',' : '');
  return [...(comma ? [] : [{ from: last.end, to: last.end, text: ',' }]), { from: end, to: end, text: tail }];
}

/** Takes entries out; at least one stays. */
export function removeFromFlow(text: string, { items }: YamlNode, removed: ReadonlySet<YamlItem>): Splice[] {
  const splices: Splice[] = [];
  for (let i = 0; i < items.length; i++) {
    if (!removed.has(items[i] as YamlItem)) continue;
    const first = i;
    while (i + 1 < items.length && removed.has(items[i + 1] as YamlItem)) i++;
    splices.push(...removeRun(text, items, first, i));
  }
  return splices;
}

function removeRun(text: string, items: readonly YamlItem[], first: number, last: number): Splice[] {
  const [start, end] = [items[first]?.start ?? 0, items[last]?.end ?? 0];
  const [before, next] = [items[first - 1], items[last + 1]];
  const rest = text.slice(end, lineEnd(text, end));
  if (startsLine(text, start) && /^[ \t]*,?[ \t]*(#.*)?$/.test(rest)) {
    const from = lineStart(text, start);
    const lines = { from: withCommentsAbove(text, from, start - from), to: linesAfter(text, end), text: '' };
    if (next || !before || rest.trimStart().startsWith(',')) return [lines];
    const comma = text.indexOf(',', before.end);
    return [{ from: comma, to: comma + 1, text: '' }, lines];
  }
  if (before) return [{ from: before.end, to: end, text: '' }];
  return [{ from: start, to: next?.start ?? end, text: '' }];
}

function marginAt(text: string, at: number): string {
  return /^[ \t]*/.exec(text.slice(lineStart(text, at), at))?.[0] ?? '';
}
