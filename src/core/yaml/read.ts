import { constructFromEvents, EVENT_ID, YAMLException } from 'js-yaml';
import type { Place } from '../rules/finding.ts';
import { type Event, type NodePlace, nodesOf } from './events.ts';
import { KUBERNETES_SCHEMA } from './kubernetes-yaml.ts';
import { type LenientEvents, lenientEvents } from './lenient.ts';
import { readPlain } from './plain.ts';
import { expandedSize } from './size.ts';

/** One document of a YAML text, as kubectl reads it. */
export interface YamlDocument {
  value: unknown;
  /** The part of the text that holds it, from its `---` on, and offsets of that part in the text. */
  text: string;
  start: number;
  end: number;
  /** Place of the node of a JSON Pointer (of its key, where it has one), or of the nearest node above it. */
  locate(pointer: string): Place | undefined;
  /** Every node by its JSON Pointer, with the line that it (or its key) starts in, counting from 1. */
  nodes(): { pointer: string; line: number }[];
}

export interface YamlProblem {
  kind: 'syntax' | 'duplicate-key' | 'aliases' | 'template';
  message: string;
  at: Place;
}

/** Nodes after all aliases are written out; a few nested aliases make billions. */
const MAX_NODES = 200_000;

/** Where a document starts: the marker, with the directives before it. The marker cannot stand inside of a scalar. */
const DOCUMENT_START = /^(?:%[^\n]*\n)*---(?=[ \t\r\n]|$)/gm;

/**
 * Reads all documents of a text. A broken one hides none of the others.
 * @param text of a file; JSON is YAML too
 */
export function readYaml(text: string): { documents: YamlDocument[]; problems: YamlProblem[] } {
  const lines = new Lines(text);
  const documents: YamlDocument[] = [];
  const problems: YamlProblem[] = [];
  for (const { start, end } of parts(text)) {
    const part = text.slice(start, end);
    try {
      documents.push(...readPart(part, start, lines, problems));
    } catch (error) {
      problems.push(problemOf(error, part, start, lines));
    }
  }
  return { documents, problems };
}

function parts(text: string): { start: number; end: number }[] {
  const starts = [0, ...[...text.matchAll(DOCUMENT_START)].map(({ index }) => index).filter((at) => at > 0)];
  return starts
    .map((start, i) => ({ start, end: starts[i + 1] ?? text.length }))
    .filter(({ start, end }) => end > start);
}

function readPart(part: string, start: number, lines: Lines, problems: YamlProblem[]): YamlDocument[] {
  const plain = readPlain(part);
  // Places are wanted only where something is found: the parser gives them then.
  if (plain) return [documentOf(plain, part, start, lines, () => placesIn(lenientEvents(part)))];
  const read = lenientEvents(part);
  return perDocument(read.events).flatMap((events) => {
    const value = construct(events, read, part, start, lines, problems);
    if (value === undefined || value === null) return [];
    return [documentOf(value, part, start, lines, () => placesIn({ ...read, events }))];
  });
}

function documentOf(
  value: unknown,
  part: string,
  start: number,
  lines: Lines,
  places: () => NodePlace[],
): YamlDocument {
  let known: NodePlace[] | undefined;
  const nodes = () => {
    known ??= places();
    return known;
  };
  return {
    value,
    text: part,
    start,
    end: start + part.length,
    locate: (pointer) => locate(nodes(), pointer, start, lines),
    nodes: () => nodes().map(({ pointer, offset }) => ({ pointer, line: lines.place(start + offset).line })),
  };
}

function placesIn({ events, source, original }: LenientEvents): NodePlace[] {
  return nodesOf(events, source).map(({ pointer, offset }) => ({ pointer, offset: original(offset) }));
}

/** A text without a marker may still hold several documents, behind `...`. */
function perDocument(events: Event[]): Event[][] {
  const starts = events.flatMap(({ type }, i) => (type === EVENT_ID.DOCUMENT ? [i] : []));
  return starts.length === 1 ? [events] : starts.map((at, i) => events.slice(at, starts[i + 1]));
}

function construct(
  events: Event[],
  { source, original }: LenientEvents,
  part: string,
  start: number,
  lines: Lines,
  problems: YamlProblem[],
): unknown {
  const options = { source, schema: KUBERNETES_SCHEMA };
  let value: unknown;
  try {
    [value] = constructFromEvents(events, options);
  } catch (error) {
    if (!(error instanceof YAMLException) || error.reason !== 'duplicated mapping key') throw error;
    if (error.mark) error.mark.position = original(error.mark.position);
    problems.push(problemOf(error, part, start, lines));
    // The last one counts, as for the API server without strict validation; the rest is worth looking at all the same.
    [value] = constructFromEvents(events, { ...options, json: true });
  }
  const aliased = events.some(({ type }) => type === EVENT_ID.ALIAS);
  if (aliased && expandedSize(value) > MAX_NODES) {
    const message = `aliases make more than ${MAX_NODES} nodes of it`;
    problems.push({ kind: 'aliases', message, at: lines.place(start) });
    return undefined;
  }
  return value;
}

const TEMPLATE = /\{\{-?\s*[^{}]*\}\}/;

function problemOf(error: unknown, part: string, start: number, lines: Lines): YamlProblem {
  if (!(error instanceof YAMLException)) throw error;
  const at = lines.place(start + Math.min(error.mark?.position ?? 0, Math.max(0, part.length - 1)));
  if (error.reason === 'duplicated mapping key') {
    return { kind: 'duplicate-key', message: `${error.reason} ${keyAt(part, error.mark?.position)}`.trim(), at };
  }
  const template = TEMPLATE.exec(part);
  if (template) {
    const message = `this is a template, not a manifest: ${template[0].slice(0, 60)}`;
    return { kind: 'template', message, at: lines.place(start + template.index) };
  }
  return { kind: 'syntax', message: error.reason, at };
}

function keyAt(part: string, position = 0): string {
  const key = /^("[^"\n]*"|'[^'\n]*'|[^\s:][^:\n]*)(?=\s*:)/.exec(part.slice(position, position + 200))?.[0];
  return key === undefined ? '' : `"${key.replace(/^["']|["']$/g, '')}"`;
}

function locate(
  nodes: readonly { pointer: string; offset: number }[],
  pointer: string,
  start: number,
  lines: Lines,
): Place | undefined {
  let best: { pointer: string; offset: number } | undefined;
  for (const node of nodes) {
    const holds = node.pointer === '' || pointer === node.pointer || pointer.startsWith(`${node.pointer}/`);
    if (holds && (!best || node.pointer.length >= best.pointer.length)) best = node;
  }
  return best && lines.place(start + best.offset);
}

/** Line starts of a text, found when they are first asked for. */
class Lines {
  readonly #text: string;
  #starts: number[] | undefined;

  constructor(text: string) {
    this.#text = text;
  }

  place(offset: number): Place {
    this.#starts ??= [0, ...[...this.#text.matchAll(/\n/g)].map(({ index }) => index + 1)];
    let low = 0;
    let high = this.#starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return { line: low + 1, column: offset - (this.#starts[low] ?? 0) + 1 };
  }
}
