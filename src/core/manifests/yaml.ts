/**
 * Writes plain data as block-style YAML 1.2 that YAML 1.1 readers (kubectl's among them) understand the same way.
 * The yaml library's writer takes several times as long on a thousand objects; a property test reads this one's
 * output back with that library.
 */

/** Text that needs no quotes in any YAML version and cannot be taken for another type. */
const PLAIN = /^[A-Za-z_][A-Za-z0-9_./-]*(:[A-Za-z0-9_./-]+)*$/;
/** The last: some readers of YAML 1.1 take `e0` for a number. */
const RESERVED = /^(true|false|yes|no|on|off|null|y|n|e[-+]?[0-9]+)$/i;
/** Characters that a literal block cannot carry, and JSON leaves unescaped although YAML wants them escaped. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to keep out
const UNPRINTABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]|[\ud800-\udfff]/;
const ESCAPE = /[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g;

/** Several documents, each starting with `---`. */
export function toYamlDocuments(values: readonly unknown[]): string {
  return values.map((value) => `---\n${toYaml(value)}`).join('');
}

/**
 * One document, ending in a newline. Keys stay in insertion order; `undefined` members are left out.
 * @throws TypeError on functions, symbols, bigints and numbers that are not finite
 */
export function toYaml(value: unknown): string {
  const lines: string[] = [];
  if (isCollection(value) && !isEmpty(value)) writeCollection(value, '', lines);
  else lines.push(scalar(value));
  return `${lines.join('\n')}\n`;
}

type Collection = unknown[] | Record<string, unknown>;

function isCollection(value: unknown): value is Collection {
  return typeof value === 'object' && value !== null;
}

function isEmpty(value: Collection): boolean {
  return Array.isArray(value) ? value.length === 0 : Object.values(value).every((member) => member === undefined);
}

function writeCollection(value: Collection, indent: string, lines: string[]): void {
  if (Array.isArray(value)) {
    for (const item of value) writeItem(item, indent, lines);
    return;
  }
  for (const [key, member] of Object.entries(value)) {
    if (member === undefined) continue;
    writeMember(`${indent}${text(key)}:`, member, indent, lines);
  }
}

function writeMember(head: string, member: unknown, indent: string, lines: string[]): void {
  if (isCollection(member) && !isEmpty(member)) {
    lines.push(head);
    // Lists stand at the same depth as their key, as kubectl writes them.
    writeCollection(member, Array.isArray(member) ? indent : `${indent}  `, lines);
  } else if (typeof member === 'string' && fitsLiteral(member)) {
    lines.push(`${head} |`);
    for (const line of member.slice(0, -1).split('\n')) lines.push(line === '' ? '' : `${indent}  ${line}`);
  } else {
    lines.push(`${head} ${scalar(member)}`);
  }
}

function writeItem(item: unknown, indent: string, lines: string[]): void {
  if (!isCollection(item) || isEmpty(item)) {
    lines.push(`${indent}- ${scalar(item)}`);
    return;
  }
  const start = lines.length;
  writeCollection(item, `${indent}  `, lines);
  lines[start] = `${indent}- ${(lines[start] ?? '').slice(indent.length + 2)}`;
}

/** A literal block keeps text as it is when it ends in one newline and no line could be misread. */
function fitsLiteral(value: string): boolean {
  return (
    /[^\n]\n$/.test(value) &&
    value.indexOf('\n') < value.length - 1 &&
    !/^[\s]/.test(value) &&
    !/[ \t]\n|\r/.test(value) &&
    !UNPRINTABLE.test(value)
  );
}

function scalar(value: unknown): string {
  if (value === null || value === undefined) return 'null';
  if (typeof value === 'string') return text(value);
  if (typeof value === 'boolean') return String(value);
  if (typeof value === 'number' && Number.isFinite(value)) return Object.is(value, -0) ? '0' : JSON.stringify(value);
  if (isCollection(value)) return Array.isArray(value) ? '[]' : '{}';
  throw new TypeError(`YAML has no form for ${typeof value} ${String(value)}`);
}

function text(value: string): string {
  if (PLAIN.test(value) && !RESERVED.test(value)) return value;
  return JSON.stringify(value).replaceAll(ESCAPE, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
