import { article, show } from '../wording.ts';
import { FORMATS } from './formats.ts';
import { type Check, isMapping, leafCheck } from './leaf.ts';
import { fieldsOf } from './table.ts';
import { unknownKey } from './unknown-key.ts';
import type { Walk } from './walk.ts';

interface Field {
  check: Check;
  required: boolean;
}

/** Deeper than any object of Kubernetes, and far from the end of the stack. */
const MAX_DEPTH = 200;

const compiled = new Map<string, Check>();

/** The check of a type expression of the type table (`FieldEntry.type`). Made once, when it is first needed. */
export function checkOf(expression: string): Check {
  let check = compiled.get(expression);
  if (!check) {
    check = compile(expression);
    compiled.set(expression, check);
  }
  return check;
}

function compile(expression: string): Check {
  if (expression.endsWith('?')) return unlessEmpty(checkOf(expression.slice(0, -1)));
  const range = /^(.+)\((\d+)\.\.(\d*)\)$/.exec(expression);
  if (range) {
    const [, inner = '', min, max] = range;
    return within(checkOf(inner), Number(min), max === '' ? Number.POSITIVE_INFINITY : Number(max));
  }
  if (/^[^[{]*\|/.test(expression)) return eitherCheck(expression.split('|'));
  if (expression.startsWith('[')) return listCheck(checkOf(expression.slice(1, -1)));
  if (expression.startsWith('{')) return mapCheck(expression.slice(1, -1));
  return namedCheck(expression);
}

function namedCheck(name: string): Check {
  const check = leafCheck(name) ?? (fieldsOf(name) && mappingCheck(name));
  if (!check) throw new Error(`no type ${name}`);
  return check;
}

/** One of several types, told apart by what the value is: a list, a mapping, or something else. */
function eitherCheck(types: readonly string[]): Check {
  const pick = (value: unknown) =>
    types.find((type) =>
      Array.isArray(value) ? type.startsWith('[') : isMapping(value) === /^[A-Z{]/.test(type) && !type.startsWith('['),
    );
  const checks = new Map(types.map((type) => [type, checkOf(type)]));
  return (value, walk) => checks.get(pick(value) ?? types[0] ?? '')?.(value, walk);
}

/** For values whose emptiness the API server fills or ignores: an empty text, and a number that stands for it. */
function unlessEmpty(check: Check): Check {
  return (value, walk) => {
    if (value !== '' && value !== 0) check(value, walk);
  };
}

/** A number in a range, or a list of so many items. */
function within(check: Check, min: number, max: number): Check {
  const most = max === Number.POSITIVE_INFINITY ? '' : ` and at most ${max}`;
  return (value, walk) => {
    const before = walk.problems.length;
    check(value, walk);
    if (walk.problems.length > before) return;
    if (Array.isArray(value)) {
      if (value.length < min) walk.report('bad-value', `${walk.name()} must have at least ${min} item`);
    } else if ((value as number) < min || (value as number) > max) {
      walk.report('bad-value', `${walk.name()} must be at least ${min}${most}; it is ${show(value)}`);
    }
  };
}

function listCheck(item: Check): Check {
  return (value, walk) => {
    if (!Array.isArray(value)) return walk.wrongType(article('array'), value);
    for (let i = 0; i < value.length; i++) {
      walk.path.push(i);
      if (value[i] === null) walk.report('wrong-type', `${walk.name()} is empty`, 'fill the item, or delete its "-"');
      else item(value[i], walk);
      walk.path.pop();
    }
  };
}

/** A map: `T`, or `K:T` where its keys have a format. */
function mapCheck(expression: string): Check {
  const colon = expression.indexOf(':');
  const keyFormat = colon < 0 ? undefined : FORMATS[expression.slice(0, colon)];
  const item = checkOf(expression.slice(colon + 1));
  return (value, walk) => {
    if (!isMapping(value)) return walk.wrongType(article('object'), value);
    for (const key in value) {
      walk.path.push(key);
      if (keyFormat && !keyFormat.matches(key))
        walk.report('bad-value', `the key ${show(key)} must be ${keyFormat.rule}`);
      if (value[key] !== null) item(value[key], walk);
      walk.path.pop();
    }
  };
}

/** A mapping with known keys. Its fields are read when the first one is met: types refer to each other in circles. */
function mappingCheck(type: string): Check {
  let fields: ReadonlyMap<string, Field> | undefined;
  let needed = 0;
  return (value, walk) => {
    if (!isMapping(value)) return walk.wrongType(article('object'), value);
    // Anchors of YAML can make a value that holds itself.
    if (walk.path.length > MAX_DEPTH) return walk.report('bad-value', 'this is nested too deep');
    if (!fields) {
      fields = readFields(type);
      needed = requiredKeys(fields).length;
    }
    let present = 0;
    // Every node of every object comes by here: `for in` reads the values of plain objects several times faster.
    for (const key in value) {
      const item = value[key];
      const field = fields.get(key);
      walk.path.push(key);
      if (field === undefined) unknownKey(key, type, walk);
      else if (item !== null && item !== undefined) {
        if (field.required) present++;
        field.check(item, walk);
      }
      walk.path.pop();
    }
    if (present < needed) reportMissing(value, fields, walk);
  };
}

function readFields(type: string): Map<string, Field> {
  const entries = fieldsOf(type) ?? [];
  return new Map(entries.map(({ key, type: expression, required }) => [key, { check: checkOf(expression), required }]));
}

function requiredKeys(fields: ReadonlyMap<string, Field>): string[] {
  return [...fields].filter(([, { required }]) => required).map(([key]) => key);
}

function reportMissing(value: Record<string, unknown>, fields: ReadonlyMap<string, Field>, walk: Walk): void {
  for (const key of requiredKeys(fields)) {
    if (value[key] !== null && value[key] !== undefined) continue;
    walk.report('missing-key', `${walk.name()} lacks the key "${key}"`);
  }
}
