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
  const linesOf = linesByFile(texts);
  const framed = ({ finding }: Found) => {
    const { file, line, column = 1 } = finding;
    const lines = linesOf(file);
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

/** Each text is taken apart when something is found in it, once. */
function linesByFile(texts: readonly Text[]): (file: string) => string[] | undefined {
  const byFile = new Map<string, string[] | undefined>();
  return (file) => {
    if (!byFile.has(file)) byFile.set(file, texts.find((text) => text.file === file)?.text.split(/\r?\n/));
    return byFile.get(file);
  };
}
