import { EVENT_ID, getScalarValue, type parseEvents, SCALAR_STYLE } from 'js-yaml';
import { pointerToken } from '../config/pointer.ts';

export type Event = ReturnType<typeof parseEvents>[number];

export interface NodePlace {
  /** JSON Pointer from the root of the document. */
  pointer: string;
  /** Offset of the node, or of its key where it has one. */
  offset: number;
}

/** A collection that is being read: how far, and under which key. */
interface Open {
  pointer: string;
  /** Counts items of a list; for maps undefined. */
  index: number | undefined;
  /** Key whose value comes next; undefined where a key comes next. */
  key: { token: string; offset: number } | undefined;
  /** True where this collection is itself a key: it has no pointer. */
  isKey: boolean;
}

/** Every node of one document's events with its place, the outer before the inner. What an alias stands for has none. */
export function nodesOf(events: readonly Event[], source: string): NodePlace[] {
  const nodes: NodePlace[] = [];
  const open: Open[] = [];
  for (const event of events) {
    if (event.type === EVENT_ID.DOCUMENT) continue;
    if (event.type === EVENT_ID.POP) {
      open.pop();
      continue;
    }
    const offset = offsetOf(event, source);
    const parent = open.at(-1);
    if (parent && parent.index === undefined && !parent.key && !parent.isKey) {
      parent.key = { token: keyToken(event, source), offset };
      if (isCollection(event)) open.push({ pointer: '', index: undefined, key: undefined, isKey: true });
      continue;
    }
    if (parent?.isKey) {
      if (isCollection(event)) open.push({ ...parent });
      continue;
    }
    const place = placeOf(parent, offset);
    nodes.push(place);
    if (isCollection(event)) {
      const index = event.type === EVENT_ID.SEQUENCE ? 0 : undefined;
      open.push({ pointer: place.pointer, index, key: undefined, isKey: false });
    }
  }
  return nodes;
}

function placeOf(parent: Open | undefined, offset: number): NodePlace {
  if (!parent) return { pointer: '', offset };
  if (parent.index !== undefined) return { pointer: `${parent.pointer}/${parent.index++}`, offset };
  const { token, offset: at } = parent.key ?? { token: '', offset };
  parent.key = undefined;
  return { pointer: `${parent.pointer}/${pointerToken(token)}`, offset: at };
}

function isCollection(event: Event): boolean {
  return event.type === EVENT_ID.SEQUENCE || event.type === EVENT_ID.MAPPING;
}

function offsetOf(event: Event, source: string): number {
  switch (event.type) {
    case EVENT_ID.SEQUENCE:
    case EVENT_ID.MAPPING:
      return event.start;
    case EVENT_ID.SCALAR: {
      const { SINGLE_QUOTED, DOUBLE_QUOTED, LITERAL_BLOCK, FOLDED_BLOCK } = SCALAR_STYLE;
      if (event.style === LITERAL_BLOCK || event.style === FOLDED_BLOCK) return headerOf(source, event.valueStart);
      // The value of a quoted scalar starts behind its quote.
      const quoted = event.style === SINGLE_QUOTED || event.style === DOUBLE_QUOTED;
      return event.valueStart - (quoted ? 1 : 0);
    }
    case EVENT_ID.ALIAS:
      return event.anchorStart - 1;
    default:
      return 0;
  }
}

/** Offset of the `|` or `>` in the line above a block's first line. */
function headerOf(source: string, valueStart: number): number {
  const end = source.lastIndexOf('\n', valueStart - 1);
  const start = source.lastIndexOf('\n', end - 1) + 1;
  const header = /[|>][-+0-9]*[ \t\r]*(#.*)?$/.exec(source.slice(start, Math.max(start, end)));
  return header ? start + header.index : valueStart;
}

function keyToken(event: Event, source: string): string {
  return event.type === EVENT_ID.SCALAR ? getScalarValue(source, event) : '';
}
