import { enumOf, fieldsOf, knownKinds } from '../../../src/core/schemas/table.ts';
import { typeOf } from './corpus.ts';
import { type OpenApiSchema, resolved } from './open-api.ts';

/** In what the type table differs from what an API server says of itself, as `what Type.key`. */
export interface Difference {
  what: 'only here' | 'only there' | 'required here' | 'required there' | 'words' | 'words only there' | 'type';
  field: string;
  detail: string;
}

/** Compares every type that a kind of both reaches. */
export function differences(definitions: Record<string, OpenApiSchema>): { kinds: number; found: Difference[] } {
  const roots = rootsOf(definitions);
  const both = knownKinds().filter(({ apiVersion, kind }) => roots.has(`${apiVersion} ${kind}`));
  const comparison = new Comparison(definitions);
  for (const { apiVersion, kind } of both) {
    const type = typeOf({ apiVersion, kind, metadata: { name: '' } });
    comparison.visit(type, roots.get(`${apiVersion} ${kind}`) ?? {}, false);
  }
  return { kinds: both.length, found: comparison.found };
}

class Comparison {
  readonly found: Difference[] = [];
  readonly #seen = new Set<string>();
  readonly #definitions: Record<string, OpenApiSchema>;

  constructor(definitions: Record<string, OpenApiSchema>) {
    this.#definitions = definitions;
  }

  /** @param status below `status`, whose words the API server does not look at either */
  visit(type: string, schema: OpenApiSchema, status: boolean): void {
    if (this.#seen.has(type)) return;
    this.#seen.add(type);
    const fields = new Map((fieldsOf(type) ?? []).map((field) => [field.key, field]));
    const properties = schema.properties ?? {};
    for (const key of Object.keys(properties)) if (!fields.has(key)) this.#add('only there', `${type}.${key}`);
    for (const [key, { type: expression, required }] of fields) {
      const field = `${type}.${key}`;
      const property = properties[key];
      if (!property) {
        this.#add('only here', field);
        continue;
      }
      const requiredThere = (schema.required ?? []).includes(key);
      if (required !== requiredThere) this.#add(required ? 'required here' : 'required there', field);
      this.#compare(expression, property, status || key === 'status', field);
    }
  }

  #compare(expression: string, schema: OpenApiSchema, status: boolean, field: string): void {
    const plain = expression.replace(/\(.*\)$|\?$/, '');
    const target = resolved(schema, this.#definitions);
    const words = enumOf(plain);
    if (schema.enum && !words && !status) this.#add('words only there', field, schema.enum.join());
    else if (schema.enum && words && String([...words].sort()) !== String([...schema.enum].sort())) {
      this.#add('words', field, `here ${words.join()}, there ${schema.enum.join()}`);
    }
    if (plain.startsWith('[') && target.items) this.#compare(plain.slice(1, -1), target.items, status, field);
    else if (plain.startsWith('{') && target.additionalProperties) {
      this.#compare(plain.replace(/^\{(\w+:)?|\}$/g, ''), target.additionalProperties, status, field);
    } else if (target.properties && fieldsOf(plain)) this.visit(plain, target, status);
    else if (shapeHere(plain) !== shapeThere(target)) {
      this.#add('type', field, `here ${plain}, there a ${shapeThere(target)}`);
    }
  }

  #add(what: Difference['what'], field: string, detail = ''): void {
    this.found.push({ what, field, detail });
  }
}

/** The schemas of kinds, by apiVersion and kind. */
export function rootsOf(definitions: Record<string, OpenApiSchema>): Map<string, OpenApiSchema> {
  return new Map(
    Object.values(definitions).flatMap((schema) =>
      (schema['x-kubernetes-group-version-kind'] ?? []).map(({ group, version, kind }): [string, OpenApiSchema] => [
        `${group ? `${group}/` : ''}${version} ${kind}`,
        schema,
      ]),
    ),
  );
}

type Shape = 'text' | 'whole number' | 'number' | 'truth' | 'mapping' | 'list' | 'open' | 'number or text';

function shapeHere(type: string): Shape {
  if (type.startsWith('[')) return 'list';
  if (type.startsWith('{') || type === 'object') return 'mapping';
  if (/^int\d\d$/.test(type)) return 'whole number';
  if (type === 'number') return 'number';
  if (type === 'bool') return 'truth';
  if (type === 'any' || type.includes('|')) return 'open';
  if (/^(quantity|amount|intOrString|portOrName|countOrPercent)$/.test(type)) return 'number or text';
  return fieldsOf(type) ? 'mapping' : 'text';
}

function shapeThere({ type, oneOf }: OpenApiSchema & { oneOf?: unknown[] }): Shape {
  if (oneOf) return 'number or text';
  const shapes: Record<string, Shape> = {
    string: 'text',
    integer: 'whole number',
    number: 'number',
    boolean: 'truth',
    array: 'list',
    object: 'mapping',
  };
  return shapes[type ?? ''] ?? 'open';
}
