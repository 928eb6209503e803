import {
  columnOf,
  lastLineEnd,
  lineEnd,
  lineStart,
  linesAfter,
  startsLine,
  withCommentsAbove,
  withCommentsBelow,
} from './lines.ts';
import type { YamlItem, YamlNode } from './node.ts';
import type { Splice } from './splice.ts';
import { behindIndicator, blockLines, isFull, type Style } from './write.ts';

/** An entry of a block map or list, to take a value. */
export interface BlockSlot {
  item: YamlItem & { indicator: number };
  /** Of a list. */
  isItem: boolean;
}

/** Puts a value where another is, or nothing. Comments on the line of the key stay, those inside of the old value go. */
export function putInBlock(text: string, slot: BlockSlot, value: unknown, style: Style): Splice {
  const { start, indicator, value: old } = slot.item;
  const beside = isBeside(text, slot) ? old : undefined;
  const columns = { key: columnOf(text, start), inner: innerColumn(text, slot, value, style) };
  const { kept, to } = beside ? besideRest(text, beside) : belowRest(text, indicator, old);
  const { head, below } = behindIndicator(value, slot.isItem, columns, styleBefore(text, to, columns.key, style));
  const from = beside && head !== '' && !text.slice(indicator, beside.start).includes('\t') ? beside.start : indicator;
  const gap = from === indicator && head !== '' ? ' ' : '';
  return { from, to, text: [gap + head + kept, ...below].join(style.eol) };
}

function isBeside(text: string, { item: { indicator, value } }: BlockSlot): boolean {
  return value !== undefined && !text.slice(indicator, value.start).includes('\n');
}

/** Where the lines of a map or list start that is put there. */
function innerColumn(text: string, slot: BlockSlot, value: unknown, style: Style): number {
  const { start, value: old } = slot.item;
  const own = columnOf(text, start);
  if (slot.isItem)
    return old && /^ +$/.test(text.slice(slot.item.indicator, old.start)) ? columnOf(text, old.start) : own + 2;
  const isList = Array.isArray(value);
  const [first] = old?.items ?? [];
  if (first && !old?.flow && old?.type === (isList ? 'list' : 'map')) return columnOf(text, first.start);
  return own + (isList ? style.listStep : style.step);
}

/** Of a value on the line of its key: what of that line stays behind what replaces it, and where the old value ends. */
function besideRest(text: string, old: YamlNode): { kept: string; to: number } {
  const to = lastLineEnd(text, old.end);
  const isBlock = old.items.length > 0 && !old.flow;
  const ofFirst = old.firstLine === undefined ? '' : text.slice(old.firstLine, lineEnd(text, old.firstLine));
  return { kept: ofFirst + (isBlock ? '' : text.slice(old.end, to)), to };
}

function belowRest(text: string, indicator: number, old: YamlNode | undefined): { kept: string; to: number } {
  const end = lineEnd(text, indicator);
  return { kept: text.slice(indicator, end), to: old ? lastLineEnd(text, old.end) : end };
}

/** New last entries behind an entry that stays and the comments that belong to what is in it, in lines of their own. */
export function appendToBlock(
  text: string,
  { items, type }: YamlNode,
  last: YamlItem,
  added: readonly [string, unknown][],
  style: Style,
): Splice[] {
  const column = columnOf(text, items[0]?.start ?? 0);
  const values = added.map(([key, value]) => (type === 'map' ? { [key]: value } : [value]));
  const at = withCommentsBelow(text, linesAfter(text, last.end), column);
  const own = styleBefore(text, at, column, style);
  const lines = values.flatMap((value) => blockLines(value, column, own));
  const hasLineEnd = text[at - 1] === '\n';
  const { eol } = style;
  return [{ from: at, to: at, text: hasLineEnd ? lines.join(eol) + eol : eol + lines.join(eol) }];
}

/**
 * Takes entries out, each with the comment lines right above it and those below it that stand further right. At least
 * one entry stays.
 */
export function removeFromBlock(
  text: string,
  { items }: YamlNode,
  removed: ReadonlySet<YamlItem>,
  isRoot: boolean,
): Splice[] {
  const column = columnOf(text, items[0]?.start ?? 0);
  const lead = startsLine(text, items[0]?.start ?? 0) ? 0 : items.findIndex((item) => !removed.has(item));
  const lines = items.slice(lead).flatMap((item, i): Splice[] => {
    if (!removed.has(item)) return [];
    const start = lineStart(text, item.start);
    // What stands above the first entry of a document is about the whole of it.
    const from = isRoot && lead + i === 0 ? start : withCommentsAbove(text, start, column);
    return [{ from, to: withCommentsBelow(text, linesAfter(text, item.end), column), text: '' }];
  });
  return [...removeLead(text, items, lead), ...lines];
}

/** The first entries, where they start behind a dash: `- a: 1`. */
function removeLead(text: string, items: readonly YamlItem[], count: number): Splice[] {
  const [first, last, next] = [items[0], items[count - 1], items[count]];
  if (!first || !last || !next) return [];
  const end = withCommentsBelow(text, linesAfter(text, last.end), columnOf(text, first.start));
  if (text.slice(end, next.start).trim() === '') return [{ from: first.start, to: next.start, text: '' }];
  // Comments of what follows stay in lines of their own, below the dash.
  const from = text.slice(0, first.start).trimEnd().length;
  return [{ from, to: lastLineEnd(text, end), text: '' }];
}

/** A literal block would swallow a comment that follows it and stands further right than its key. */
function styleBefore(text: string, at: number, column: number, style: Style): Style {
  const [, blanks] = /^(?:[ \t]*\r?\n)*([ \t]*)#/.exec(text.slice(at)) ?? [];
  return blanks !== undefined && blanks.length > column ? { ...style, literal: false } : style;
}

/** Whether a value that is put in place of another stays between brackets. */
export function staysFlow(old: YamlNode | undefined, value: unknown): boolean {
  return old?.flow === true && old.items.length > 0 && isFull(value);
}
