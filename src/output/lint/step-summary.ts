import type { LintFinding, LintResult } from '../../contract.ts';
import { repositoryPath } from '../report/paths.ts';
import { cell, details, table } from '../report/table.ts';
import {
  type At,
  counts,
  extent,
  fileName,
  lineAndColumn,
  type ReportContext,
  subject,
  uncheckedText,
} from './report.ts';

/** Markdown for $GITHUB_STEP_SUMMARY, which is not limited to ten findings. */
export function lintStepSummary(result: LintResult, context: ReportContext): string {
  const { findings, suppressed, unchecked } = result;
  const verdict = [...(findings.length === 0 ? ['nothing found'] : []), ...counts(result.summary)].join(', ');
  const found = table(['', 'where', 'what', 'rule'], findings, (finding) => [
    finding.severity,
    place(finding, context),
    what(finding),
    cell(finding.rule),
  ]);
  const open = table(['where', 'what'], unchecked, (one) => [place(one, context), cell(uncheckedText(one))]);
  const waived = table(['where', 'what', 'rule', 'why'], suppressed, (finding) => [
    place(finding, context),
    cell(finding.message),
    cell(finding.rule),
    cell(`${finding.suppressed.by}: ${finding.suppressed.reason}`),
  ]);
  const blocks = [
    `### mcpk lint: ${verdict}`,
    `Looked at ${extent(result)}.`,
    ...found,
    ...details('not checked', open),
    ...details('suppressed', waived),
  ];
  return `${blocks.join('\n\n')}\n`;
}

function place(at: At, { folder }: ReportContext) {
  const path = at.file === '-' ? fileName(at.file) : repositoryPath(at.file, folder);
  return cell([path, lineAndColumn(at)].filter(Boolean).join(':'));
}

function what(finding: LintFinding): string {
  const about = subject(finding);
  return [finding.message, ...(about === '' ? [] : [about]), `fix: ${finding.remedy}`].map(cell).join('<br>');
}
