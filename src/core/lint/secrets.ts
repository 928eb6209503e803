import { pointerTokens } from '../config/pointer.ts';
import type { Found } from './finding.ts';

const MASK = '***';
/** What is shorter is part of too many other words. */
const MIN_LENGTH = 4;
/** Of the lines of a longer text most are no secrets, and short ones stand elsewhere too. */
const MIN_LINE_LENGTH = 8;

/** All text at a place of an object and below it. */
export function stringsAt(data: unknown, pointer: string): string[] {
  const node = pointerTokens(pointer).reduce<unknown>(
    (at, token) => (typeof at === 'object' && at !== null ? (at as Record<string, unknown>)[token] : undefined),
    data,
  );
  return stringsIn(node);
}

function stringsIn(node: unknown): string[] {
  if (typeof node === 'string') return [node];
  return typeof node === 'object' && node !== null ? Object.values(node).flatMap(stringsIn) : [];
}

/** Hides values in text. */
export type Masker = (text: string) => string;

/** For each file, what hides the secrets that were found in it. */
export function maskers(all: readonly Found[]): (file: string) => Masker {
  const byFile = new Map<string, Set<string>>();
  for (const { finding, secrets } of all) {
    for (const secret of secrets) {
      // Each line by itself: a frame, and a diff, show lines.
      const lines = secret.trim().split(/\r?\n/);
      for (const line of lines.map((part) => part.trim())) {
        if (line.length < (lines.length > 1 ? MIN_LINE_LENGTH : MIN_LENGTH)) continue;
        byFile.set(finding.file, (byFile.get(finding.file) ?? new Set()).add(line));
      }
    }
  }
  return (file) => {
    // The longest first: one may be a part of another.
    const secrets = [...(byFile.get(file) ?? [])].sort((a, b) => b.length - a.length);
    return (text) => secrets.reduce((masked, secret) => masked.replaceAll(secret, MASK), text);
  };
}
