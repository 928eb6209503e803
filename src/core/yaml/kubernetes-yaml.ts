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

const DIGITS = ['-', '+', ...'0123456789'];
const INTEGER = /^([-+]?)(0[xX][0-9a-fA-F]+|0[bB][01]+|0[oO]?[0-7]+|0|[1-9][0-9]*)$/;
const FLOAT = /^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$/;

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
  resolve: (source, isExplicit, tagName) => {
    const plain = source.replaceAll('_', '');
    return FLOAT.test(plain) ? Number(plain) : floatCoreTag.resolve(source, isExplicit, tagName);
  },
  identify: () => false,
});

function integer(plain: string): number | undefined {
  const [, sign, digits] = INTEGER.exec(plain) ?? [];
  if (digits === undefined) return undefined;
  const value = /^0[0-7]+$/.test(digits) ? Number.parseInt(digits, 8) : Number(digits);
  return sign === '-' ? -value : value;
}

export const KUBERNETES_SCHEMA: Schema = FAILSAFE_SCHEMA.withTags(nullYaml11Tag, bool, int, float, mergeTag);
