import type { LintResult } from '../contract.ts';
import { codeFrame } from '../core/config/frame.ts';
import { countSeverities } from '../core/lint/conclude.ts';
import type { Found } from '../core/lint/finding.ts';
import { sorted } from '../core/lint/lint.ts';
import type { Masker } from '../core/lint/secrets.ts';
import type { Text, Unchecked } from '../core/lint/sources.ts';
import type { Suppressed } from '../core/lint/suppress.ts';

interface Parts {
  told: readonly Found[];
  suppressed: readonly Suppressed[];
  unchecked: Unchecked[];
  /** That places refer to. */
  texts: readonly Text[];
  files: number;
  objects: number;
  masker: (file: string) => Masker;
  fixes: LintResult['fixes'];
}

/** What the command prints: findings by place, each with the lines around it, secrets masked. */
export function lintResult({ told, suppressed, unchecked, texts, files, objects, masker, fixes }: Parts): LintResult {
  const linesOf = new Map(texts.map(({ file, text }) => [file, text.split(/\r?\n/)]));
  const framed = ({ finding }: Found) => {
    const { file, line, column = 1 } = finding;
    const lines = linesOf.get(file);
    return { ...finding, ...(line !== undefined && lines && { frame: masker(file)(codeFrame(lines, line, column)) }) };
  };
  const findings = sorted(told).map(framed);
  return {
    files,
    objects,
    summary: { ...countSeverities(findings), suppressed: suppressed.length, unchecked: unchecked.length },
    findings,
    suppressed: suppressed.map(({ found, by, reason }) => ({ ...framed(found), suppressed: { by, reason } })),
    unchecked,
    ...(fixes && { fixes }),
  };
}
