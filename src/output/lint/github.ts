import type { LintFinding, LintResult } from '../../contract.ts';
import { SEVERITIES } from '../../core/rules/finding.ts';
import { annotationPlace, annotations, logLine, type Note, workflowCommand } from '../report/annotations.ts';
import { oneLine } from '../report/safe.ts';
import { counts, extent, type ReportContext, subject, uncheckedText, where } from './report.ts';

/** Annotations of GitHub Actions; what is beyond its limit stands in the log. */
export function lintGithub(result: LintResult, context: ReportContext): string {
  const lines = SEVERITIES.flatMap((severity) => {
    const notes = result.findings
      .filter((finding) => finding.severity === severity)
      .map((finding) => findingNote(finding, context));
    // What was not looked at is not known to be good: that is worth a warning.
    if (severity === 'warning') notes.push(...uncheckedNotes(result, context));
    return annotations(severity, notes, 'mcpk lint');
  });
  const verdict = counts(result.summary).join(', ') || 'nothing found';
  return `${[...lines, `mcpk lint: ${verdict} (${extent(result)})`].join('\n')}\n`;
}

function findingNote(finding: LintFinding, context: ReportContext): Note {
  const { rule, severity, message, remedy, fixable } = finding;
  const about = subject(finding);
  const text = [
    `${finding.file === '-' ? `${where(finding)}: ` : ''}${oneLine(message)}`,
    ...(about === '' ? [] : [about]),
    `fix: ${oneLine(remedy)}${fixable ? ' (mcpk lint --fix does it)' : ''}`,
  ];
  return {
    kind: rule,
    command: workflowCommand(severity, { ...annotationPlace(finding, context.folder), title: rule }, text.join('\n')),
    line: logLine(`${where(finding)} ${oneLine(message)}  ${rule}`),
  };
}

function uncheckedNotes({ unchecked }: LintResult, context: ReportContext): Note[] {
  return unchecked.map((one) => ({
    kind: `unchecked ${one.what} ${one.reason}`,
    command: workflowCommand(
      'warning',
      { ...annotationPlace(one, context.folder), title: 'unchecked' },
      uncheckedText(one),
    ),
    line: logLine(`${where(one)} ${uncheckedText(one)}`),
  }));
}
