import type { LintFinding, LintResult } from '../../contract.ts';
import { literal } from './markdown.ts';
import { repositoryPath } from './paths.ts';
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
import { cut, oneLine } from './safe.ts';

/** GitHub drops a summary of more than 1 MiB: three tables of the longest cells stay below it. */
const MAX_ROWS = 100;
const MAX_CELL = 300;

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

/** @param cellsOf makes Markdown */
function table<T>(head: readonly string[], items: readonly T[], cellsOf: (item: T) => string[]): string[] {
  if (items.length === 0) return [];
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const rows = items.slice(0, MAX_ROWS).map((item) => line(cellsOf(item)));
  const hidden = items.length - rows.length;
  return [[line(head), line(head.map(() => '---')), ...rows].join('\n'), ...(hidden > 0 ? [`and ${hidden} more`] : [])];
}

function cell(text: string): string {
  return literal(cut(oneLine(text), MAX_CELL));
}

function details(title: string, content: readonly string[]): string[] {
  return content.length === 0 ? [] : [`<details><summary>${title}</summary>`, ...content, '</details>'];
}
