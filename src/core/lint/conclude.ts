import { LINTING, type Ruling } from '../rules/rulings.ts';
import { applyBaseline, type Baseline } from './baseline.ts';
import { type Finding, type Found, found } from './finding.ts';
import { type Ignore, type Suppressed, suppress } from './suppress.ts';

export interface Concluding {
  ignores: readonly Ignore[];
  /** False: everything is told, whatever anybody said (--no-ignores). */
  honourIgnores: boolean;
  baseline: { baseline: Baseline; file: string } | undefined;
  /** YYYY-MM-DD */
  today: string;
  /** Ids that ignores may name. */
  known: readonly string[];
  /** Whether all rules ran on everything: only then can an ignore be called unused. */
  whole: boolean;
}

export interface Concluded {
  told: Found[];
  suppressed: Suppressed[];
}

/** What is told of what was found, and what is to be said of the ignores themselves. */
export function conclude(all: readonly Found[], options: Concluding): Concluded {
  const { ignores, honourIgnores, baseline, today, whole } = options;
  const parted = suppress(all, honourIgnores ? ignores : [], today);
  const remarks = honourIgnores ? ignoreRemarks(parted, options) : [];
  const toTell = [...parted.told, ...remarks];
  if (!baseline) return { told: toTell, suppressed: parted.suppressed };
  const { told, suppressed, stale } = applyBaseline(toTell, baseline.baseline);
  const staleRemarks = (whole ? stale : []).map(({ rule, message, file }) =>
    found(
      LINTING.stale,
      { file: baseline.file, place: undefined, pointer: '' },
      { message: `${rule} in ${file} is mended: ${message}` },
    ),
  );
  return { told: [...told, ...staleRemarks], suppressed: [...parted.suppressed, ...suppressed] };
}

function ignoreRemarks(
  { unused, expired }: { unused: Ignore[]; expired: Ignore[] },
  { ignores, known, whole }: Concluding,
): Found[] {
  const remark = (rule: Ruling, { spot }: Ignore, message: string) => {
    const place = spot.line === undefined ? undefined : { line: spot.line, column: spot.column ?? 1 };
    return found(rule, { file: spot.file, place, pointer: spot.pointer }, { message });
  };
  const isKnown = (word: string) => known.some((id) => id === word || id.startsWith(`${word}.`));
  const unknown = ignores.flatMap((ignore) =>
    ignore.rules.filter((word) => !isKnown(word)).map((word) => ({ ignore, word })),
  );
  const strange = new Set(unknown.map(({ ignore }) => ignore));
  return [
    ...ignores
      .filter(({ reason, rules }) => reason === '' || rules.length === 0)
      .map((ignore) =>
        remark(
          LINTING.reasonless,
          ignore,
          ignore.rules.length === 0 ? 'the ignore names no rule' : 'the ignore gives no reason',
        ),
      ),
    ...unknown.map(({ ignore, word }) => remark(LINTING.unknown, ignore, `there is no rule ${word}`)),
    ...expired.map((ignore) =>
      remark(LINTING.expired, ignore, `the ignore of ${ignore.rules.join(', ')} ended on ${ignore.expires}`),
    ),
    ...unused
      .filter((ignore) => whole && !strange.has(ignore) && ignore.rules.length > 0)
      .map((ignore) => remark(LINTING.unused, ignore, `nothing here breaks ${ignore.rules.join(', ')}`)),
  ];
}

/** How many there are of each severity. */
export function countSeverities(findings: readonly Finding[]): { error: number; warning: number; info: number } {
  const of = (severity: Finding['severity']) => findings.filter((finding) => finding.severity === severity).length;
  return { error: of('error'), warning: of('warning'), info: of('info') };
}
