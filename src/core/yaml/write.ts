import { toYaml } from '../manifests/yaml.ts';
import { columnOf } from './lines.ts';
import type { YamlNode } from './node.ts';

/** How a text is written, so that what is added looks the same. */
export interface Style {
  eol: string;
  /** By how much the entries of a map, and the items of a list, stand further right than their key. */
  step: number;
  listStep: number;
  /** Whether text of several lines may be a literal block. */
  literal: boolean;
  /** What is added must be JSON too. */
  json: boolean;
  /** Indentation of JSON that is written over several lines. */
  jsonIndent: string | undefined;
  /** `{"a": 1}`, not `{"a":1}` */
  jsonSpaced: boolean;
}

type Full = unknown[] | Record<string, unknown>;

export function styleOf(text: string, root: YamlNode | undefined): Style {
  const [step = 2, listStep = 0] = (['map', 'list'] as const).map((type) => root && stepTo(type, root, text));
  const [first] = root?.items ?? [];
  return {
    eol: text.includes('\r\n') ? '\r\n' : '\n',
    step,
    listStep,
    literal: true,
    json: isJson(text),
    jsonIndent: /\n([ \t]+)\S/.exec(text)?.[1],
    jsonSpaced: first?.indicator === undefined || first.indicator !== first.value?.start,
  };
}

export function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Distance of the first block map or list that is the value of a key from that key. */
function stepTo(type: 'map' | 'list', node: YamlNode, text: string): number | undefined {
  if (node.flow) return undefined;
  for (const { start, value } of node.items) {
    const [first] = value?.items ?? [];
    if (!value || !first || value.flow) continue;
    if (node.type === 'map' && value.type === type) return columnOf(text, first.start) - columnOf(text, start);
    const found = stepTo(type, value, text);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** True for maps and lists that are not empty. */
export function isFull(value: unknown): value is Full {
  return typeof value === 'object' && value !== null && Object.values(value).some((member) => member !== undefined);
}

/** A full map or list as lines of block style. */
export function blockLines(value: Full, column: number, style: Style): string[] {
  if (Array.isArray(value)) return value.flatMap((item) => itemLines(item, column, style));
  return Object.entries(value).flatMap(([key, member]) => memberLines(key, member, column, style));
}

function itemLines(item: unknown, column: number, style: Style): string[] {
  const lines = isFull(item) ? blockLines(item, column + 2, style) : [`${margin(column + 2)}${scalarText(item)}`];
  return [`${margin(column)}- ${(lines[0] ?? '').slice(column + 2)}`, ...lines.slice(1)];
}

function memberLines(key: string, member: unknown, column: number, style: Style): string[] {
  if (isFull(member)) {
    const inner = column + (Array.isArray(member) ? style.listStep : style.step);
    return [`${margin(column)}${scalarText(key)}:`, ...blockLines(member, inner, style)];
  }
  if (member === undefined) return [];
  if (!style.literal) return [`${margin(column)}${scalarText(key)}: ${scalarText(member)}`];
  return toYaml({ [key]: member })
    .slice(0, -1)
    .split('\n')
    .map((line) => (line === '' ? '' : margin(column) + line));
}

/** What stands behind a key, or behind the dash of an item: on the same line, and on lines below. */
export function behindIndicator(
  value: unknown,
  isItem: boolean,
  columns: { key: number; inner: number },
  style: Style,
): { head: string; below: string[] } {
  if (isItem) {
    if (!isFull(value)) return { head: scalarText(value), below: [] };
    const [first = '', ...below] = blockLines(value, columns.inner, style);
    return { head: first.slice(columns.inner), below };
  }
  if (isFull(value)) return { head: '', below: blockLines(value, columns.inner, style) };
  const [first = '', ...below] = memberLines('k', value, columns.key, style);
  return { head: first.slice(columns.key + 'k: '.length), below };
}

/** `json` texts with several lines continue with the margin of the line that they start in. */
export function flowText(value: unknown, style: Style, place: { multiline: boolean; margin: string }): string {
  if (!style.json) return yamlFlow(value);
  if (place.multiline && style.jsonIndent !== undefined) {
    return JSON.stringify(value, null, style.jsonIndent).replaceAll('\n', style.eol + place.margin);
  }
  return jsonFlow(value, style.jsonSpaced ? ' ' : '');
}

/** An entry of a flow map. */
export function flowMember(key: string, text: string, { json, jsonSpaced }: Style): string {
  return `${flowScalar(key, json)}:${json && !jsonSpaced ? '' : ' '}${text}`;
}

function yamlFlow(value: unknown): string {
  if (!isFull(value)) return flowScalar(value, false);
  if (Array.isArray(value)) return `[${value.map(yamlFlow).join(', ')}]`;
  const present = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${present.map(([key, member]) => `${flowScalar(key, false)}: ${yamlFlow(member)}`).join(', ')}}`;
}

function jsonFlow(value: unknown, space: string): string {
  if (!isFull(value)) return flowScalar(value, true);
  if (Array.isArray(value)) return `[${value.map((item) => jsonFlow(item, space)).join(`,${space}`)}]`;
  const present = Object.entries(value).filter(([, member]) => member !== undefined);
  const members = present.map(([key, member]) => `${JSON.stringify(key)}:${space}${jsonFlow(member, space)}`);
  return `{${members.join(`,${space}`)}}`;
}

/** Some readers of YAML 1.1 take no colon in a plain scalar between brackets. */
function flowScalar(value: unknown, json: boolean): string {
  if (json) return JSON.stringify(value);
  const text = scalarText(value);
  return typeof value === 'string' && !text.startsWith('"') && text.includes(':') ? `"${text}"` : text;
}

function scalarText(value: unknown): string {
  return toYaml(value).slice(0, -1);
}

function margin(column: number): string {
  return ' '.repeat(column);
}
