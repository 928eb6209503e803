import { plainScalar } from './kubernetes-yaml.ts';

/**
 * The value of one document in the form in which programs write manifests: blocks without brackets, scalars of one
 * line, literal blocks, no anchors and no tags. It is read in a quarter of the time that a whole YAML parser needs.
 * @param text of the document, with or without its `---`
 * @returns undefined for a document in any other form, and for one that has a fault: the parser says what it is
 */
export function readPlain(text: string): object | undefined {
  if (UNUSUAL.test(text)) return undefined;
  try {
    return new PlainReader(text).document();
  } catch (error) {
    if (error === NOT_PLAIN) return undefined;
    throw error;
  }
}

/** Characters that YAML treats in ways of their own, or not at all: tabs, other line ends, halves of pairs. */
const UNUSUAL = /[^\n -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\ufffd]/;
const NOT_PLAIN = Symbol('not plain');

const KEY = /[A-Za-z_][A-Za-z0-9_./-]{0,253}:(?=[ \n]|$)/y;
const DOUBLE_QUOTED = /"(?:[^"\\\n]|\\["\\nt])*"(?=\n|$)/y;
const SINGLE_QUOTED = /'(?:[^'\n]|'')*'(?=\n|$)/y;
/** Without what starts another form, what a comment or a colon would end, and `.inf`. */
const UNQUOTED = /(?:[A-Za-z0-9_/$(=~^;]|\.\/|[-+](?=[^ \n.]))[^\n]*/y;
const COMMENT_OR_KEY = / #|:(?: |$)| $/;
const MAX_DEPTH = 64;

const DASH = 45;
const SPACE = 32;
const HASH = 35;
const NEWLINE = 10;
const DOUBLE_QUOTE = 34;
const SINGLE_QUOTE = 39;

class PlainReader {
  readonly #text: string;
  /** First character that is not read yet: of a line's content, or behind a `- ` on it. */
  #at = 0;
  /** Characters before it on its line; -1 at the end of the text. */
  #column = 0;
  #depth = 0;

  constructor(text: string) {
    this.#text = text;
  }

  document(): object {
    if (this.#text.startsWith('---')) this.#skip('---'.length);
    else this.#toContent(0);
    const value = this.#collection();
    // A line in a column that no block has: it goes on with a scalar of several lines, or is a fault.
    if (this.#column >= 0) throw NOT_PLAIN;
    return value;
  }

  #collection(): object {
    if (++this.#depth > MAX_DEPTH || this.#column < 0) throw NOT_PLAIN;
    const value = this.#atDash() ? this.#sequence(this.#column) : this.#mapping(this.#column);
    this.#depth--;
    return value;
  }

  #mapping(column: number): object {
    const map: Record<string, unknown> = {};
    while (this.#column === column) {
      const end = this.#endOf(KEY);
      const key = this.#text.slice(this.#at, end - ':'.length);
      // Two of one name are a fault; `constructor` and the like are left to the parser as well.
      if (end < 0 || plainScalar(key) !== key || key in map) throw NOT_PLAIN;
      map[key] = this.#isLineEnd(end) ? this.#below(end, column) : this.#scalar(end + 1, column);
    }
    return map;
  }

  /** The value of a key that ends its line. A list may stand in the key's own column. */
  #below(end: number, column: number): unknown {
    this.#skip(end);
    const isBelow = this.#column > column || (this.#column === column && this.#atDash());
    return isBelow ? this.#collection() : null;
  }

  #sequence(column: number): unknown[] {
    const list: unknown[] = [];
    while (this.#column === column && this.#atDash()) list.push(this.#item(column));
    return list;
  }

  #item(column: number): unknown {
    if (this.#isLineEnd(this.#at + 1)) {
      this.#skip(this.#at + 1);
      return this.#column > column ? this.#collection() : null;
    }
    const before = this.#at;
    do this.#at++;
    while (this.#text.charCodeAt(this.#at) === SPACE);
    this.#column += this.#at - before;
    return this.#atDash() || this.#endOf(KEY) > 0 ? this.#collection() : this.#scalar(this.#at, -1);
  }

  /** @param parent column of the key that a literal block belongs to, -1 where none may stand */
  #scalar(start: number, parent: number): unknown {
    this.#at = start;
    const first = this.#text.charCodeAt(start);
    if (first === DOUBLE_QUOTE) return doubleQuoted(this.#take(DOUBLE_QUOTED));
    if (first === SINGLE_QUOTE) return this.#take(SINGLE_QUOTED).slice(1, -1).replaceAll("''", "'");
    const end = this.#endOf(UNQUOTED);
    if (end < 0) return this.#special(start, parent);
    const word = this.#text.slice(start, end);
    if (COMMENT_OR_KEY.test(word)) throw NOT_PLAIN;
    this.#toContent(end + 1);
    return plainScalar(word);
  }

  #special(start: number, parent: number): unknown {
    const end = this.#lineEnd(start);
    const word = this.#text.slice(start, end);
    if (word === '{}' || word === '[]') {
      this.#skip(end);
      return word === '{}' ? {} : [];
    }
    if (parent < 0 || (word !== '|' && word !== '|-')) throw NOT_PLAIN;
    const literal = this.#literal(end + 1, parent);
    return word === '|' ? `${literal}\n` : literal;
  }

  /** The lines of a literal block without the last line's end. */
  #literal(start: number, parent: number): string {
    const indent = this.#indent(start);
    if (indent <= parent || this.#isLineEnd(start + indent)) throw NOT_PLAIN;
    const lines: string[] = [];
    let at = start;
    for (;;) {
      const end = this.#lineEnd(at);
      const own = this.#indent(at);
      const isBlank = at + own >= end;
      if (!isBlank && own < indent) break;
      // Where the text ends within the block, or blanks go on behind the indentation, rules of their own count.
      if (end >= this.#text.length || (isBlank && own > indent)) throw NOT_PLAIN;
      lines.push(isBlank ? '' : this.#text.slice(at + indent, end));
      at = end + 1;
      if (at >= this.#text.length) break;
    }
    while (lines.at(-1) === '') lines.pop();
    this.#toContent(at);
    return lines.join('\n');
  }

  /** To the next content, from a place behind which nothing is left on the line. */
  #skip(end: number): void {
    if (!this.#isLineEnd(end)) throw NOT_PLAIN;
    this.#toContent(end + 1);
  }

  /** To the first line from here on that is neither blank nor a comment. */
  #toContent(lineStart: number): void {
    let start = lineStart;
    while (start < this.#text.length) {
      const indent = this.#indent(start);
      const first = this.#text.charCodeAt(start + indent);
      if (first !== HASH && !this.#isLineEnd(start + indent)) {
        this.#at = start + indent;
        this.#column = indent;
        return;
      }
      start = this.#lineEnd(start + indent) + 1;
    }
    this.#column = -1;
  }

  #indent(start: number): number {
    let at = start;
    while (this.#text.charCodeAt(at) === SPACE) at++;
    return at - start;
  }

  #atDash(): boolean {
    if (this.#text.charCodeAt(this.#at) !== DASH) return false;
    return this.#isLineEnd(this.#at + 1) || this.#text.charCodeAt(this.#at + 1) === SPACE;
  }

  #isLineEnd(at: number): boolean {
    return at >= this.#text.length || this.#text.charCodeAt(at) === NEWLINE;
  }

  #lineEnd(at: number): number {
    const end = this.#text.indexOf('\n', at);
    return end < 0 ? this.#text.length : end;
  }

  /** What a pattern matches here, to the end of the line. */
  #take(pattern: RegExp): string {
    const end = this.#endOf(pattern);
    if (end < 0) throw NOT_PLAIN;
    const taken = this.#text.slice(this.#at, end);
    this.#skip(end);
    return taken;
  }

  /** Where what a pattern matches here ends; -1 where it does not match. */
  #endOf(pattern: RegExp): number {
    pattern.lastIndex = this.#at;
    return pattern.test(this.#text) ? pattern.lastIndex : -1;
  }
}

function doubleQuoted(source: string): string {
  return source.includes('\\') ? (JSON.parse(source) as string) : source.slice(1, -1);
}
