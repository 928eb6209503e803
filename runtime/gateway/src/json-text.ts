/**
 * Taking JSON apart as text. What the gateway relays must leave it as it came: JSON.parse and stringify would
 * turn 18446744073709551615, a maximum in many Rust servers' schemas, into another number.
 * Every text that comes here has been through JSON.parse, so it is known to be valid.
 */

const WHITESPACE = /\s*/y;
const SCALAR = /[^\s,}\]]+/y;
const STRUCTURE = /["{}[\]]/g;

function skip(pattern: RegExp, text: string, at: number): number {
  pattern.lastIndex = at;
  pattern.test(text);
  return pattern.lastIndex;
}

/** The end of a string, without a regular expression: those overflow the stack on strings of megabytes. */
function stringEnd(text: string, at: number): number {
  for (let quote = text.indexOf('"', at + 1); ; quote = text.indexOf('"', quote + 1)) {
    let backslashes = 0;
    while (text[quote - 1 - backslashes] === '\\') backslashes++;
    if (backslashes % 2 === 0) return quote + 1;
  }
}

function valueEnd(text: string, at: number): number {
  const first = text[at];
  if (first === '"') return stringEnd(text, at);
  if (first !== '{' && first !== '[') return skip(SCALAR, text, at);
  let depth = 0;
  let position = at;
  for (;;) {
    STRUCTURE.lastIndex = position;
    const found = STRUCTURE.exec(text);
    if (found === null) return text.length;
    if (found[0] === '"') {
      position = stringEnd(text, found.index);
      continue;
    }
    position = found.index + 1;
    depth += found[0] === '{' || found[0] === '[' ? 1 : -1;
    if (depth === 0) return position;
  }
}

interface Span {
  start: number;
  end: number;
}

function memberSpans(text: string): Map<string, Span> {
  const spans = new Map<string, Span>();
  let at = skip(WHITESPACE, text, skip(WHITESPACE, text, 0) + 1);
  while (text[at] === '"') {
    const keyEnd = stringEnd(text, at);
    const key = JSON.parse(text.slice(at, keyEnd)) as string;
    const start = skip(WHITESPACE, text, skip(WHITESPACE, text, keyEnd) + 1);
    const end = valueEnd(text, start);
    spans.set(key, { start, end });
    at = skip(WHITESPACE, text, skip(WHITESPACE, text, end) + 1);
  }
  return spans;
}

/** The raw text of every member of an object; of duplicate keys the last counts, as in JSON.parse. */
export function members(text: string): Map<string, string> {
  return new Map([...memberSpans(text)].map(([key, { start, end }]) => [key, text.slice(start, end)]));
}

/** The raw text of every element of an array. */
export function elements(text: string): string[] {
  const found: string[] = [];
  let at = skip(WHITESPACE, text, skip(WHITESPACE, text, 0) + 1);
  while (at < text.length && text[at] !== ']') {
    const end = valueEnd(text, at);
    found.push(text.slice(at, end));
    at = skip(WHITESPACE, text, end);
    if (text[at] === ',') at = skip(WHITESPACE, text, at + 1);
  }
  return found;
}

/** The object with the raw value of an existing member replaced; unchanged if it has no such member. */
export function replaceMember(text: string, key: string, raw: string): string {
  const span = memberSpans(text).get(key);
  return span === undefined ? text : text.slice(0, span.start) + raw + text.slice(span.end);
}

/** The object with a member of that raw value, whether it had one of that name or not. */
export function setMember(text: string, key: string, raw: string): string {
  const spans = memberSpans(text);
  const span = spans.get(key);
  if (span !== undefined) return text.slice(0, span.start) + raw + text.slice(span.end);
  const end = text.lastIndexOf('}');
  return `${text.slice(0, end)}${spans.size === 0 ? '' : ','}${JSON.stringify(key)}:${raw}}`;
}
