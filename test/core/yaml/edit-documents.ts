import fc from 'fast-check';

/** A part of a random document: data, and how it is written. */
export type Part =
  | {
      type: 'text';
      style: 'plain' | 'single' | 'double' | 'literal' | 'folded' | 'long' | 'tagged' | 'below';
      anchor: boolean;
    }
  | { type: 'word'; text: string; data: unknown }
  | {
      type: 'map' | 'list';
      style: 'block' | 'flow' | 'lines';
      comma: boolean;
      anchor: boolean;
      end: boolean;
      entries: Entry[];
    };

interface Entry {
  part: Part;
  above: boolean;
  beside: boolean;
  blank: boolean;
  explicit: boolean;
}

export interface Layout {
  step: number;
  listStep: number;
  eol: string;
  finalEol: boolean;
  header: string;
}

/** Every text and every comment carries a mark of its own, such as `m7e`. */
export interface Mark {
  name: string;
  /** Tokens of the entry that it belongs to. */
  path: string[];
  comment: boolean;
  /** Tokens of the outermost part between brackets that it is in. */
  flow: string[] | undefined;
}

export interface Written {
  text: string;
  data: Record<string, unknown>;
  marks: Mark[];
}

const part = fc.letrec<{ part: Part }>((tie) => {
  const entry = fc.record({
    part: tie('part'),
    above: often(1),
    beside: often(1),
    blank: often(1),
    explicit: often(0),
  });
  return {
    part: fc.oneof(
      { maxDepth: 4, depthSize: 'medium', withCrossShrink: true },
      {
        weight: 4,
        arbitrary: fc.record({
          type: fc.constant('text' as const),
          style: fc.constantFrom('plain', 'single', 'double', 'literal', 'folded', 'long', 'tagged', 'below'),
          anchor: often(0),
        }),
      },
      {
        weight: 2,
        arbitrary: fc.constantFrom<Part>(
          { type: 'word', text: '', data: null },
          { type: 'word', text: '~', data: null },
          { type: 'word', text: 'true', data: true },
          { type: 'word', text: '-12', data: -12 },
          { type: 'word', text: '{}', data: {} },
          { type: 'word', text: '[ ]', data: [] },
        ),
      },
      {
        weight: 5,
        arbitrary: fc.record({
          type: fc.constantFrom('map', 'list'),
          style: fc.constantFrom('block', 'block', 'flow', 'lines'),
          comma: fc.boolean(),
          anchor: often(0),
          end: often(1),
          entries: fc.array(entry, { minLength: 1, maxLength: 4 }),
        }),
      },
    ) as fc.Arbitrary<Part>,
  };
}).part;

function often(more: 0 | 1): fc.Arbitrary<boolean> {
  return fc.integer({ min: 0, max: 9 }).map((n) => n > (more ? 6 : 8));
}

const root = fc.array(fc.record({ part, above: often(1), beside: often(1), blank: often(1), explicit: often(0) }), {
  minLength: 1,
  maxLength: 4,
});

const layout: fc.Arbitrary<Layout> = fc
  .record({
    step: fc.constantFrom(1, 2, 2, 4),
    indented: fc.boolean(),
    eol: fc.constantFrom('\n', '\n', '\r\n'),
    finalEol: fc.integer({ min: 0, max: 4 }).map((n) => n > 0),
    header: fc.constantFrom('', '---|', '%YAML 1.2|---|', '# head|', '# head||---  # doc|', '\ufeff'),
  })
  .map(({ step, indented, ...rest }) => ({ step, listStep: indented ? step : 0, ...rest }));

/** Documents in any style; the root is a block map whose first key, `keep`, is a plain text. */
export const documents: fc.Arbitrary<Written> = fc.tuple(root, layout).map(([entries, style]) => write(entries, style));

/** JSON values as JSON texts, marks and all. */
export const jsonDocuments: fc.Arbitrary<Written> = fc
  .tuple(root, fc.constantFrom('', '  ', '\t'), fc.boolean())
  .map(([entries, indent, eol]) => {
    const { data } = write(entries, { step: 2, listStep: 0, eol: '\n', finalEol: true, header: '' });
    return { text: JSON.stringify(data, null, indent) + (eol ? '\n' : ''), data, marks: [] };
  });

function write(entries: Entry[], layout: Layout): Written {
  const writer = new Writer(layout);
  const keep: Entry = {
    part: { type: 'text', style: 'plain', anchor: false },
    above: false,
    beside: true,
    blank: false,
    explicit: false,
  };
  const data = writer.block('map', [keep, ...entries], [], 0, false) as Record<string, unknown>;
  const text =
    layout.header.replaceAll('|', '\n') + writer.lines.join('\n') + (layout.finalEol || writer.openEnd ? '\n' : '');
  return { text: text.replaceAll('\n', layout.eol), data, marks: writer.marks };
}

class Writer {
  readonly lines: string[] = [];
  readonly marks: Mark[] = [];
  /** True where the last line is one of a block scalar, whose value depends on its line end. */
  openEnd = false;
  readonly #layout: Layout;

  constructor(layout: Layout) {
    this.#layout = layout;
  }

  block(type: 'map' | 'list', entries: Entry[], path: string[], column: number, end: boolean, head = ''): unknown {
    const members: [string, unknown][] = [];
    for (const [i, entry] of entries.entries()) {
      const key = type === 'list' ? String(i) : path.length === 0 && i === 0 ? 'keep' : `k${i}`;
      const own = [...path, key];
      const first = i === 0 && head !== '' ? head : ' '.repeat(column);
      if (i > 0 || head === '') {
        if (entry.blank) this.lines.push('');
        if (entry.above) this.lines.push(`${' '.repeat(column)}# ${this.#mark(own, true)}`);
      }
      const explicit = type === 'map' && entry.explicit && column === first.length && head === '';
      if (explicit) this.lines.push(`${first}? ${key}`);
      const start = type === 'list' ? `${first}-` : explicit ? `${' '.repeat(column)}:` : `${first}${key}:`;
      members.push([key, this.#value(start, entry, type, own, column)]);
    }
    // In the column of a key that follows, a comment would belong to that key.
    if (end && !(type === 'list' && this.#layout.listStep === 0)) {
      this.lines.push(`${' '.repeat(column)}# ${this.#mark(path, true)}`);
      this.openEnd = false;
    }
    return type === 'list' ? members.map(([, value]) => value) : Object.fromEntries(members);
  }

  #value(start: string, { part, beside }: Entry, inside: 'map' | 'list', path: string[], column: number): unknown {
    const comment = () => (beside ? `  # ${this.#mark(path, true)}` : '');
    this.openEnd = false;
    if (part.type === 'word') {
      this.lines.push(`${start}${part.text === '' ? '' : ` ${part.text}`}${comment()}`);
      return part.data;
    }
    const anchor = part.anchor ? ` &${this.#mark(path, false)}` : '';
    if (part.type === 'text') return this.#text(start + anchor, part.style, path, column, comment);
    if (part.style !== 'block') {
      const { text, data } = this.#flow(part, path, path, column + 2);
      this.lines.push(`${start}${anchor} ${text}${comment()}`);
      return data;
    }
    const inner =
      inside === 'list' ? column + 2 : column + (part.type === 'list' ? this.#layout.listStep : this.#layout.step);
    if (inside === 'list' && anchor === '' && !beside)
      return this.block(part.type, part.entries, path, inner, part.end, `${start} `);
    this.lines.push(`${start}${anchor}${comment()}`);
    return this.block(part.type, part.entries, path, inner, part.end);
  }

  #text(start: string, style: string, path: string[], column: number, comment: () => string): string {
    const mark = this.#mark(path, false);
    const margin = ' '.repeat(column + 3);
    if (style === 'literal' || style === 'folded') {
      const sign = style === 'literal' ? '|' : '>-';
      this.lines.push(`${start} ${sign}${comment()}`, `${margin}${mark} # no`, '', `${margin}- b`);
      this.openEnd = true;
      return style === 'literal' ? `${mark} # no\n\n- b\n` : `${mark} # no\n- b`;
    }
    if (style === 'long') {
      const end = this.#mark(path, false);
      this.lines.push(`${start} "${mark}`, `${margin}${end}"${comment()}`);
      return `${mark} ${end}`;
    }
    if (style === 'below') {
      this.lines.push(`${start}${comment()}`, `${margin}${mark}`);
      return mark;
    }
    const written = { plain: mark, single: `'${mark}'`, double: `"${mark}"`, tagged: `!!str ${mark}` }[style] ?? mark;
    this.lines.push(`${start} ${written}${comment()}`);
    return mark;
  }

  /** @param outer tokens of the outermost part between brackets */
  #flow(part: Part, path: string[], outer: string[], column: number): { text: string; data: unknown } {
    if (part.type === 'word') return { text: part.text || '~', data: part.data };
    if (part.type === 'text') {
      const mark = this.#mark(path, false, outer);
      return { text: part.style === 'double' ? `"${mark}"` : mark, data: mark };
    }
    const { type, style, comma, entries } = part;
    const lines = style === 'lines';
    const members = entries.map((entry, i) => {
      const key = type === 'list' ? String(i) : `k${i}`;
      const own = [...path, key];
      const above = lines && entry.above ? `# ${this.#mark(own, true, outer)}\n${' '.repeat(column)}` : '';
      const { text, data } = this.#flow(entry.part, own, outer, column + 2);
      const isLast = i === entries.length - 1;
      const written = `${above}${type === 'list' ? '' : `${key}: `}${text}${isLast && !comma ? '' : ','}`;
      return { key, data, written: written + (lines && entry.beside ? ` # ${this.#mark(own, true, outer)}` : '') };
    });
    const margin = `\n${' '.repeat(column)}`;
    const inner = members.map(({ written }) => written).join(lines ? margin : ' ');
    const text = lines ? margin + inner + margin.slice(0, -1) : inner;
    return type === 'list'
      ? { text: `[${text}]`, data: members.map(({ data }) => data) }
      : { text: `{${text}}`, data: Object.fromEntries(members.map(({ key, data }) => [key, data])) };
  }

  #mark(path: string[], comment: boolean, flow?: string[]): string {
    const name = `m${this.marks.length}e`;
    this.marks.push({ name, path, comment, flow });
    return name;
  }
}
