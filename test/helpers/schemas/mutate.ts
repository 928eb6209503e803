import { fieldsOf } from '../../../src/core/schemas/table.ts';

/** A node of an object that the type table knows. */
interface Node {
  path: (string | number)[];
  /** Type expression of the table. */
  type: string;
  /** The field that it is, `V1Container.image`; of list items and map values, with `[]` or `{}` after it. */
  field: string;
}

export interface Mutant<T> {
  /** What was done, and to which field: `number at V1Container.image`. */
  name: string;
  object: T;
  /** Keys and positions of the node that was changed. */
  path: (string | number)[];
}

const DELETE = Symbol('delete');

/**
 * Every object with one change: each field is broken once in each way that its type suggests, whatever else has it.
 * Some changes leave the object valid.
 */
export function mutantsOf<T extends object>(objects: readonly T[], rootType: (object: T) => string): Mutant<T>[] {
  const seen = new Set<string>();
  const mutants: Mutant<T>[] = [];
  for (const object of objects) {
    const add = (what: string, node: Node, value: unknown, key?: string) => {
      // A field of the root differs from kind to kind in what the API server makes of it.
      const name = `${what} at ${node.path.length > 1 || node.field.includes('Meta') ? node.field : `${node.field} of ${kindOf(object)}`}`;
      if (seen.has(name)) return;
      seen.add(name);
      const path = key === undefined ? node.path : [...node.path, key];
      mutants.push({ name, object: changed(object, path, value), path });
    };
    for (const node of nodesOf(object, rootType(object))) {
      // Without them it is an object of another kind, which is another question.
      if (node.path.length === 1 && ['apiVersion', 'kind'].includes(String(node.path[0]))) continue;
      mutate(node, valueAt(object, node.path), add);
    }
  }
  return mutants;
}

/** The object without some of its fields, which the numbers pick. */
export function thinned<T extends object>(object: T, rootType: string, picks: readonly number[]): T {
  return picks.reduce((thin, pick) => {
    const keys = [...nodesOf(thin, rootType)].filter(({ path }) => path.length > 1 && typeof path.at(-1) === 'string');
    const node = keys[pick % keys.length];
    return node ? changed(thin, node.path, DELETE) : thin;
  }, object);
}

type Add = (what: string, node: Node, value: unknown, key?: string) => void;

function mutate(node: Node, value: unknown, add: Add): void {
  if (node.path.length > 0) {
    if (typeof node.path.at(-1) === 'string') add('deleted', node, DELETE);
    add('null', node, null);
  }
  if (Array.isArray(value)) mutateList(node, value, add);
  else if (typeof value === 'object' && value !== null) mutateMapping(node, value as Record<string, unknown>, add);
  else mutateScalar(node, value, add);
}

function mutateList(node: Node, value: unknown[], add: Add): void {
  add('mapping', node, {});
  add('text', node, 'text');
  add('no items', node, []);
  add('null item', node, [...value, null]);
}

function mutateMapping(node: Node, value: Record<string, unknown>, add: Add): void {
  if (node.path.length > 0) {
    add('list', node, []);
    add('text', node, 'text');
    add('empty', node, {});
  }
  if (node.type.startsWith('{')) {
    for (const [what, item] of [
      ['number value', 5],
      ['boolean value', true],
      ['null value', null],
      ['text value', 'some text'],
      ['list value', []],
    ] as const)
      add(what, node, item, 'added');
    for (const key of ['a b', 'a/b/c', '-a', '.', '..', 'A_B', 'x'.repeat(254)])
      add(`key ${key.slice(0, 8)}`, node, 'v', key);
    return;
  }
  const [first = 'x'] = Object.keys(value);
  add('misspelt key', node, value[first] ?? 'x', `${first}x`);
  add('upper-case key', node, value[first] ?? 'x', first.toUpperCase());
}

/** Values that some type, format or range refuses, and some that look odd and are fine. */
const TEXTS = [
  '',
  'Bogus',
  'bogus',
  'not a name!',
  '-a',
  'a.b',
  'a_b',
  '1a',
  'true',
  '5',
  '10.0.0.300',
  'x'.repeat(300),
];
const QUANTITIES = [
  '1GB',
  '1 Gi',
  ' 1Gi ',
  '-1',
  '1e3',
  '.5',
  '1.',
  '+1k',
  'Gi',
  '1Kib',
  '0x10',
  '1e',
  '1E',
  0.25,
  3,
  1e21,
];
const NUMBERS = [0, -1, 1.5, 2, 100, 65536, 2 ** 31, 2 ** 40, '5', true];
const TIMES = [
  '2026-01-31',
  '2026-01-31T12:00:00Z',
  '2026-02-30T12:00:00Z',
  '2026-01-31T12:00:00.5Z',
  '2026-01-31 12:00:00Z',
];

function mutateScalar(node: Node, value: unknown, add: Add): void {
  const values =
    node.type === 'quantity'
      ? [...QUANTITIES, '', true, {}]
      : node.type === 'time' || node.type === 'microTime'
        ? [...TIMES, '2026-01-31T12:00:00.000000+24:00', '', 5]
        : /^(portOrName|countOrPercent|intOrString)/.test(node.type)
          ? [...NUMBERS, ...TEXTS, '5%', 'x5', {}]
          : typeof value === 'string'
            ? [...TEXTS, value.toLowerCase(), 5, true, {}, []]
            : typeof value === 'boolean'
              ? ['true', 'yes', 1, {}]
              : [...NUMBERS, {}];
  for (const other of values) add(`${JSON.stringify(other).slice(0, 24)}`, node, other);
}

function* nodesOf(object: unknown, rootType: string): Generator<Node> {
  yield* visit(object, { path: [], type: rootType, field: rootType });
}

function* visit(value: unknown, node: Node): Generator<Node> {
  yield node;
  const type = node.type.replace(/\(.*\)$|\?$/, '');
  if (Array.isArray(value) && type.startsWith('[')) {
    for (const [i, item] of value.entries())
      yield* visit(item, { path: [...node.path, i], type: type.slice(1, -1), field: `${node.field}[]` });
  } else if (typeof value === 'object' && value !== null) {
    for (const [key, item] of Object.entries(value)) {
      const path = [...node.path, key];
      if (type.startsWith('{'))
        yield* visit(item, { path, type: type.replace(/^\{(\w+:)?|\}$/g, ''), field: `${node.field}{}` });
      else {
        const field = fieldsOf(type)?.find((entry) => entry.key === key);
        if (field) yield* visit(item, { path, type: field.type, field: `${type}.${key}` });
      }
    }
  }
}

function valueAt(object: unknown, path: (string | number)[]): unknown {
  return path.reduce<unknown>((value, key) => (value as Record<string | number, unknown>)[key], object);
}

function changed<T extends object>(object: T, path: (string | number)[], value: unknown): T {
  const copy = structuredClone(object);
  const parent = valueAt(copy, path.slice(0, -1)) as Record<string | number, unknown>;
  const key = path.at(-1) ?? '';
  if (value === DELETE) delete parent[key];
  else parent[key] = structuredClone(value);
  return copy;
}

function kindOf(object: object): string {
  return (object as { kind?: string }).kind ?? '';
}
