import type { Offence } from './check.ts';

/** The names in quotes, as Pod Security joins them: nothing in them is escaped. */
export function quoted(names: readonly string[]): string {
  return names.map((name) => `"${name}"`).join(', ');
}

/** Each string once, sorted. */
export function sortedSet(values: Iterable<string>): string[] {
  return [...new Set(values)].sort();
}

/** All that the offences forbid. */
export function valuesOf(offences: readonly Offence[]): string[] {
  return sortedSet(offences.flatMap(({ values = [] }) => values));
}

export function plural(items: readonly unknown[], one: string, many: string): string {
  return items.length === 1 ? one : many;
}

/** `container "a"` or `containers "a", "b"`. */
export function containersNamed(names: readonly string[]): string {
  return `${plural(names, 'container', 'containers')} ${quoted(names)}`;
}

/** The names of the containers at fault, in the order of the pod. */
export function containerNames(offences: readonly Offence[]): string[] {
  return [...new Set(offences.flatMap(({ container }) => container ?? []))];
}

/** Who set it: `pod`, `containers "a", "b"` or `pod and container "a"`. */
export function setters(offences: readonly Offence[]): string {
  const names = containerNames(offences);
  return [
    ...(offences.some(({ container }) => container === undefined) ? ['pod'] : []),
    ...(names.length > 0 ? [containersNamed(names)] : []),
  ].join(' and ');
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\x07': '\\a',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

/** A string as Go's `%q` prints it (strconv.Quote). */
export function goQuoted(text: string): string {
  return `"${Array.from(text, goEscaped).join('')}"`;
}

function goEscaped(character: string): string {
  const known = ESCAPES[character];
  if (known !== undefined) return known;
  if (/^[\p{L}\p{M}\p{N}\p{P}\p{S} ]$/u.test(character)) return character;
  const code = character.codePointAt(0) ?? 0;
  const hex = code.toString(16);
  if (code < 0x80) return `\\x${hex.padStart(2, '0')}`;
  return code > 0xffff ? `\\U${hex.padStart(8, '0')}` : `\\u${hex.padStart(4, '0')}`;
}
