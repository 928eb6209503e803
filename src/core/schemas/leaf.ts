import { didYouMean } from '../did-you-mean.ts';
import { article, quotedList, show } from '../wording.ts';
import { FORMATS, type Format, NUMBER_OR_TEXT, type NumberOrText } from './formats.ts';
import { isQuantity } from './quantity.ts';
import { enumOf } from './table.ts';
import type { Walk } from './walk.ts';

/** Looks at one value, and reports what is wrong with it. */
export type Check = (value: unknown, walk: Walk) => void;

/** The check of a type that has no parts: a scalar, a format or an enum; undefined for names of none. */
export function leafCheck(name: string): Check | undefined {
  const scalar = SCALARS[name];
  if (scalar) return scalar;
  const format = FORMATS[name];
  if (format) return formatCheck(format);
  const numberOrText = NUMBER_OR_TEXT[name];
  if (numberOrText) return numberOrTextCheck(numberOrText);
  const words = enumOf(name);
  return words && enumCheck(words);
}

const SCALARS: Readonly<Record<string, Check>> = {
  any: () => {},
  object: (value, walk) => {
    if (!isMapping(value)) walk.wrongType(article('object'), value);
  },
  string: (value, walk) => {
    if (typeof value !== 'string') notText(value, walk, false);
  },
  bool: (value, walk) => {
    if (typeof value === 'boolean') return;
    const unquoted = value === 'true' || value === 'false' ? `write it without quotes: ${value}` : undefined;
    walk.wrongType('true or false', value, unquoted);
  },
  number: (value, walk) => {
    if (typeof value !== 'number') walk.wrongType(article('number'), value, unquotedNumber(value));
  },
  int32: integerCheck(2 ** 31),
  int64: integerCheck(2 ** 63),
  amount: (value, walk) => {
    const before = walk.problems.length;
    SCALARS['quantity']?.(value, walk);
    if (walk.problems.length === before && isNegative(value)) {
      walk.report('bad-value', `${walk.name()} must not be negative; it is ${show(value)}`);
    }
  },
  quantity: (value, walk) => {
    if (typeof value !== 'string' && typeof value !== 'number') {
      walk.wrongType('a quantity such as "250m" or "256Mi"', value);
    } else if (!isQuantity(value)) {
      walk.report('bad-value', `${walk.name()} must be a quantity such as "250m" or "256Mi"; it is ${show(value)}`);
    }
  },
};

function isNegative(value: unknown): boolean {
  return /^-.*[1-9]/.test(String(value).trim());
}

function integerCheck(limit: number): Check {
  return (value, walk) => {
    if (typeof value !== 'number' || !Number.isInteger(value)) {
      walk.wrongType(article('integer'), value, unquotedNumber(value));
    } else if (value >= limit || value < -limit) {
      walk.report('bad-value', `${walk.name()} does not fit into ${limit === 2 ** 31 ? 32 : 64} bits; it is ${value}`);
    }
  };
}

function unquotedNumber(value: unknown): string | undefined {
  return typeof value === 'string' && /^-?\d+(\.\d+)?$/.test(value) ? `write it without quotes: ${value}` : undefined;
}

function notText(value: unknown, walk: Walk, hidden: boolean): void {
  const quotable = typeof value === 'number' || typeof value === 'boolean';
  if (hidden) {
    const what = quotable ? `a ${typeof value}` : show(value);
    walk.report(
      'wrong-type',
      `${walk.name()} must be a string, not ${what}`,
      quotable ? 'put it in quotes' : undefined,
    );
  } else {
    walk.wrongType(article('string'), value, quotable ? `put it in quotes: "${value}"` : undefined);
  }
}

function formatCheck({ matches, rule, hidden = false }: Format): Check {
  return (value, walk) => {
    if (typeof value !== 'string') notText(value, walk, hidden);
    else if (!matches(value)) {
      walk.report('bad-value', `${walk.name()} must be ${rule}${hidden ? '' : `; it is ${show(value)}`}`);
    }
  };
}

function numberOrTextCheck({ number, text, rule }: NumberOrText): Check {
  return (value, walk) => {
    const isInteger = typeof value === 'number' && Number.isInteger(value);
    if (!isInteger && typeof value !== 'string') return walk.wrongType(rule, value);
    if (isInteger && Math.abs(value) >= 2 ** 31)
      return walk.report('bad-value', `${walk.name()} does not fit into 32 bits`);
    if (isInteger ? number(value) : text(value as string)) return;
    walk.report('bad-value', `${walk.name()} must be ${rule}; it is ${show(value)}`, unquotedNumber(value));
  };
}

function enumCheck(words: readonly string[]): Check {
  const known = new Set(words);
  return (value, walk) => {
    if (typeof value !== 'string') return notText(value, walk, false);
    if (known.has(value)) return;
    const near = didYouMean(value, words);
    walk.report(
      'bad-value',
      `${walk.name()} must be one of ${words.map((word) => word || '""').join(', ')}; it is ${show(value)}`,
      near.length > 0 ? `did you mean ${quotedList(near)}?` : undefined,
    );
  };
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
