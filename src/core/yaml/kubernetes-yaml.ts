import {
  defineScalarTag,
  FAILSAFE_SCHEMA,
  floatCoreTag,
  mergeTag,
  NOT_RESOLVED,
  nullYaml11Tag,
  type Schema,
} from 'js-yaml';

/**
 * Plain scalars as kubectl and the API server read them: YAML 1.1 as go.yaml.in/yaml/v2 has it (resolve.go). `yes` and
 * `on` are booleans, `0644` is octal, base 60 and dates are text.
 */
const TRUE = new Set(['y', 'Y', 'yes', 'Yes', 'YES', 'true', 'True', 'TRUE', 'on', 'On', 'ON']);
const FALSE = new Set(['n', 'N', 'no', 'No', 'NO', 'false', 'False', 'FALSE', 'off', 'Off', 'OFF']);
const NULL = new Set(['~', 'null', 'Null', 'NULL']);

const NINE = '9'.charCodeAt(0);
const LONGEST_WORD = 'false'.length;

const DIGITS = ['-', '+', ...'0123456789'];
const INTEGER = /^([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/;
const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;

/** What an unquoted word stands for: text, a number, a boolean or null. Not for `.inf` and `.nan`. */
export function plainScalar(word: string): string | number | boolean | null {
  if (word.charCodeAt(0) <= NINE) return number(word.replaceAll('_', '')) ?? word;
  if (word.length > LONGEST_WORD) return word;
  if (TRUE.has(word)) return true;
  if (FALSE.has(word)) return false;
  return NULL.has(word) ? null : word;
}

const bool = defineScalarTag<boolean>('tag:yaml.org,2002:bool', {
  implicit: true,
  implicitFirstChars: [...'yYnNtTfFoO'],
  resolve: (source) => (TRUE.has(source) ? true : FALSE.has(source) ? false : NOT_RESOLVED),
  identify: () => false,
});

const int = defineScalarTag<number>('tag:yaml.org,2002:int', {
  implicit: true,
  implicitFirstChars: DIGITS,
  resolve: (source) => integer(source.replaceAll('_', '')) ?? NOT_RESOLVED,
  identify: () => false,
});

const float = defineScalarTag<number>('tag:yaml.org,2002:float', {
  implicit: true,
  implicitFirstChars: ['.', ...DIGITS],
  resolve: (source, isExplicit, tagName) =>
    number(source.replaceAll('_', '')) ?? floatCoreTag.resolve(source, isExplicit, tagName),
  identify: () => false,
});

function number(plain: string): number | undefined {
  return integer(plain) ?? (FLOAT.test(plain) ? Number(plain) : undefined);
}

function integer(plain: string): number | undefined {
  const [, sign, digits] = INTEGER.exec(plain) ?? [];
  if (digits === undefined) return undefined;
  const value = /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  return sign === '-' ? -value : value;
}

export const KUBERNETES_SCHEMA: Schema = FAILSAFE_SCHEMA.withTags(nullYaml11Tag, bool, int, float, mergeTag);
