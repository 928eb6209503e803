import { parseJson } from '../json.ts';
import type { Found } from './finding.ts';
import type { Suppressed } from './suppress.ts';

/** Findings that were there when lint was adopted. */
export interface Baseline {
  version: 1;
  findings: BaselineEntry[];
}

export interface BaselineEntry {
  rule: string;
  fingerprint: string;
  /** How many of the same. */
  count: number;
  /** For people who read the file. */
  file: string;
  message: string;
}

const REASON = 'in the baseline';

/** Hides what the baseline knows; `stale` are its entries that nothing matches any more. */
export function applyBaseline(
  all: readonly Found[],
  baseline: Baseline,
): { told: Found[]; suppressed: Suppressed[]; stale: BaselineEntry[] } {
  const left = new Map(baseline.findings.map(({ fingerprint, count }) => [fingerprint, count]));
  const told: Found[] = [];
  const suppressed: Suppressed[] = [];
  for (const found of all) {
    const count = left.get(found.finding.fingerprint) ?? 0;
    left.set(found.finding.fingerprint, count - 1);
    if (count > 0) suppressed.push({ found, by: 'baseline', reason: REASON });
    else told.push(found);
  }
  return { told, suppressed, stale: baseline.findings.filter(({ fingerprint }) => (left.get(fingerprint) ?? 0) > 0) };
}

/** A baseline that hides these findings. */
export function baselineOf(all: readonly Found[]): Baseline {
  const entries = new Map<string, BaselineEntry>();
  for (const { finding } of all) {
    const { rule, fingerprint, file, message } = finding;
    const count = (entries.get(fingerprint)?.count ?? 0) + 1;
    entries.set(fingerprint, { rule, fingerprint, count, file, message });
  }
  const key = ({ file, rule, fingerprint }: BaselineEntry) => `${file} ${rule} ${fingerprint}`;
  return { version: 1, findings: [...entries.values()].sort((a, b) => (key(a) < key(b) ? -1 : 1)) };
}

/** Reads a baseline file's text; undefined where it is none. */
export function parseBaseline(text: string): Baseline | undefined {
  const data = parseJson(text);
  const { version, findings } = (data ?? {}) as Partial<Baseline>;
  if (version !== 1 || !Array.isArray(findings)) return undefined;
  const good = findings.every(
    (entry: unknown) =>
      typeof (entry as BaselineEntry | null)?.fingerprint === 'string' &&
      Number.isInteger((entry as BaselineEntry).count),
  );
  return good ? { version, findings } : undefined;
}
