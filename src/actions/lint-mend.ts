import { resolve } from 'node:path';
import { writeFileAtomically } from '../adapters/files.ts';
import type { LintResult } from '../contract.ts';
import { mendText } from '../core/lint/fix.ts';
import type { Text } from '../core/lint/sources.ts';
import { unifiedDiff } from '../core/yaml/unified-diff.ts';
import { UsageError } from '../errors.ts';
import type { LintOptions } from './lint-options.ts';
import type { Round } from './lint-round.ts';

/** A fix may bring to light what another hid; more rounds than this mean that two rules fight. */
const MAX_ROUNDS = 5;

export interface Mended {
  texts: Text[];
  rules: Map<string, Set<string>>;
  round: Round;
  /** Of the text before: what is taken out of a file must not show in the difference. */
  masker: Round['masker'];
}

/** Mends, and judges again, until nothing more can be mended. */
export async function mendAll(texts: Text[], first: Round, judge: (texts: Text[]) => Promise<Round>): Promise<Mended> {
  const rules = new Map<string, Set<string>>();
  let state = { texts, round: first };
  for (let i = 0; i < MAX_ROUNDS; i++) {
    const { round } = state;
    const next = state.texts.map((text) => {
      const own = round.concluded.told.filter(({ finding }) => finding.file === text.file);
      const mended = mendText(text.text, own);
      for (const rule of mended.rules) rules.set(text.file, (rules.get(text.file) ?? new Set()).add(rule));
      return { ...text, text: mended.text };
    });
    if (next.every(({ text }, j) => text === state.texts[j]?.text)) break;
    state = { texts: next, round: await judge(next) };
  }
  return { ...state, rules, masker: first.masker };
}

/** @throws UsageError, before anything is written, where standard input would have to be; EnvironmentError */
export async function writeTexts(after: readonly Text[], before: readonly Text[], cwd: string): Promise<void> {
  const changed = after.filter(({ text }, i) => text !== before[i]?.text);
  if (changed.some(({ file }) => file === '-')) {
    throw new UsageError('usage.invalid', 'standard input cannot be mended in place', {
      suggestions: ['--diff shows the change', 'name the file instead of -'],
    });
  }
  for (const { file, text } of changed) await writeFileAtomically(resolve(cwd, file), text);
}

/** What was changed, file by file; with `diff` how. */
export function fixesOf(
  { texts, rules, masker }: Mended,
  before: readonly Text[],
  { fix, diff }: Pick<LintOptions, 'fix' | 'diff'>,
): LintResult['fixes'] {
  return texts.flatMap(({ file, text }, i) => {
    const old = before[i]?.text ?? '';
    if (text === old) return [];
    return [
      {
        file,
        rules: [...(rules.get(file) ?? [])].sort(),
        written: fix,
        ...(diff && { diff: masker(file)(unifiedDiff(old, text, file)) }),
      },
    ];
  });
}
