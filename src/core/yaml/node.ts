import { CST, Parser } from 'yaml';

/** A node of a YAML text. Offsets count from the start of the text, ends are behind the last character. */
export interface YamlNode {
  /** `other` is what no edit goes into. */
  type: 'map' | 'list' | 'scalar' | 'alias' | 'other';
  /** Written between brackets. */
  flow: boolean;
  /** With its anchor and its tag. */
  start: number;
  /** Without a comment behind it. A block scalar ends behind its last line end. */
  end: number;
  items: YamlItem[];
  /** Where its first line ends, if it goes on below and a comment may stand behind that: of a block scalar the header. */
  firstLine: number | undefined;
}

/** An entry of a map or a list. */
export interface YamlItem {
  /** Undefined for items of lists, and for keys that are no scalars. */
  key: string | undefined;
  /** Of its `-` or `?`, else of its key. */
  start: number;
  end: number;
  /** Behind its `-` or `:`. Undefined where a map's entry has no colon, and in flow lists. */
  indicator: number | undefined;
  /** Undefined where nothing is written. */
  value: YamlNode | undefined;
}

/** The root of the first document of a text that is not empty, with all nodes below it. */
export function yamlTree(text: string): YamlNode | undefined {
  for (const token of new Parser().parse(text)) {
    const root = token.type === 'document' ? nodeOf(token.value, token.start) : undefined;
    if (root) return root;
  }
  return undefined;
}

/** @param before tokens in front of it, among them its anchor and tag */
function nodeOf(token: CST.Token | undefined, before: CST.SourceToken[]): YamlNode | undefined {
  const props = before.filter(({ type }) => type === 'anchor' || type === 'tag');
  const last = props.at(-1);
  const start = props[0]?.offset ?? token?.offset ?? 0;
  const isBelow = last !== undefined && before.slice(before.indexOf(last)).some(({ type }) => type === 'newline');
  const firstLine = isBelow ? endOf(last) : undefined;
  const scalar = { type: 'scalar' as const, flow: false, start, items: [], firstLine };
  switch (token?.type) {
    case 'alias':
      return { ...scalar, type: 'alias', end: token.offset + token.source.length };
    case 'scalar':
    case 'single-quoted-scalar':
    case 'double-quoted-scalar':
      if (token.source === '' && !last) return undefined;
      return { ...scalar, end: token.offset + token.source.length };
    case 'block-scalar':
      return { ...scalar, ...blockScalar(token) };
    case 'block-map':
    case 'block-seq':
    case 'flow-collection':
      return { ...collection(token), start, firstLine };
    case undefined:
      return last && { ...scalar, firstLine: undefined, end: endOf(last) };
    default:
      return { ...scalar, type: 'other', end: start };
  }
}

function blockScalar({ props, source }: CST.BlockScalar): { firstLine: number; end: number } {
  const tokens = props as CST.SourceToken[];
  const header = tokens.find(({ type }) => type === 'block-scalar-header');
  return { firstLine: endOf(header), end: endOf(tokens.at(-1)) + source.length };
}

function collection(token: CST.BlockMap | CST.BlockSequence | CST.FlowCollection) {
  const flow = token.type === 'flow-collection';
  const isMap = token.type === 'block-map' || (flow && token.start.type === 'flow-map-start');
  const items = token.items.flatMap((item) => itemOf(item, isMap) ?? []);
  const bracket = flow ? token.end.find(({ type }) => type === 'flow-map-end' || type === 'flow-seq-end') : undefined;
  const type = isMap ? ('map' as const) : ('list' as const);
  return { type, flow, items, end: flow ? endOf(bracket) : (items.at(-1)?.end ?? token.offset) };
}

function itemOf({ start, key, sep, value }: Cst, isMap: boolean): YamlItem | undefined {
  const mark = start.find(({ type }) => type === 'seq-item-ind' || type === 'explicit-key-ind');
  const colon = sep?.find(({ type }) => type === 'map-value-ind');
  if (!isMap && (colon || key || mark?.type === 'explicit-key-ind')) return onePair({ start, key, sep, value });
  const keyNode = isMap ? nodeOf(key ?? undefined, start) : undefined;
  const valueNode = nodeOf(value, isMap ? (sep ?? []) : start);
  const first = mark ?? keyNode ?? colon ?? valueNode;
  if (!first) return undefined;
  const indicator = isMap ? colon && endOf(colon) : mark && endOf(mark);
  return {
    key: isMap ? keyOf(key) : undefined,
    start: 'offset' in first ? first.offset : first.start,
    end: valueNode?.end ?? indicator ?? keyNode?.end ?? endOf(mark),
    indicator,
    value: valueNode,
  };
}

/** What this parser calls an error, the reader may have taken: then its key is one that no edit names. */
function keyOf(token: CST.Token | null | undefined): string | undefined {
  return CST.resolveAsScalar(token ?? null, false, () => undefined)?.value;
}

interface Cst {
  start: CST.SourceToken[];
  key?: CST.Token | null | undefined;
  sep?: CST.SourceToken[] | undefined;
  value?: CST.Token | undefined;
}

/** `[a: 1]`: a list whose item is a map without brackets. */
function onePair(pair: Cst): YamlItem | undefined {
  const item = itemOf(pair, true);
  if (!item) return undefined;
  const { start, end } = item;
  const value = { type: 'other' as const, flow: true, start, end, items: [], firstLine: undefined };
  return { key: undefined, start, end, indicator: undefined, value };
}

function endOf(token: CST.SourceToken | undefined): number {
  return token ? token.offset + token.source.length : 0;
}
