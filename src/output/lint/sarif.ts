import type { LintFinding, LintResult, SuppressedFinding } from '../../contract.ts';
import { pageText } from '../../core/explain/page.ts';
import { SEVERITIES, type Severity } from '../../core/rules/finding.ts';
import { EXIT } from '../../errors.ts';
import { pageMarkdown } from '../report/markdown.ts';
import { repositoryUri } from '../report/paths.ts';
import { cut, manyLines, oneLine } from '../report/safe.ts';
import { type At, type ReportContext, subject, uncheckedText } from './report.ts';

/** GitHub rejects a run with more. */
const MAX_RESULTS = 25_000;
/** GitHub's limit for the descriptions of a rule. */
const MAX_DESCRIPTION = 1024;

const LEVELS = { error: 'error', warning: 'warning', info: 'note' } as const;
const PROBLEM_SEVERITIES = { error: 'error', warning: 'warning', info: 'recommendation' } as const;

/**
 * SARIF 2.1.0 (OASIS), within the limits of GitHub's code scanning. Columns count UTF-16 code units, as places of
 * findings do.
 */
export function lintSarif(result: LintResult, context: ReportContext): string {
  const { version, files, folder, exitCode } = context;
  const indices = new Map(context.rules.map(({ id }, i) => [id, i]));
  const { kept, dropped, hidden } = choose(result, context);
  const run = {
    tool: {
      driver: {
        name: 'mcpk',
        version,
        semanticVersion: version,
        informationUri: 'https://github.com/mcpk/mcpk',
        rules: context.rules.map(descriptor),
      },
    },
    invocations: [
      {
        executionSuccessful: exitCode === EXIT.ok || exitCode === EXIT.failed,
        exitCode,
        toolExecutionNotifications: [
          ...result.unchecked.map((unchecked) => ({
            level: 'warning',
            message: { text: uncheckedText(unchecked) },
            locations: [location(unchecked, folder)],
          })),
          ...(dropped > 0
            ? [notice('warning', `${dropped} results, the mildest, are left out: the limit is ${MAX_RESULTS}`)]
            : []),
          ...(hidden > 0
            ? [notice('note', `${hidden} suppressed results are left out: code scanning would show them as open`)]
            : []),
        ],
      },
    ],
    artifacts: files.map((file) => ({ location: artifact(file, folder), roles: ['analysisTarget'] })),
    results: kept.map((finding) => resultOf(finding, indices.get(finding.rule), folder)),
    columnKind: 'utf16CodeUnits',
  };
  const log = { $schema: 'https://json.schemastore.org/sarif-2.1.0.json', version: '2.1.0', runs: [run] };
  return `${JSON.stringify(log, (_key, value) => (typeof value === 'string' ? manyLines(value) : value), 2)}\n`;
}

type Finding = LintFinding | SuppressedFinding;

/**
 * What becomes a result. Code scanning reads no `suppressions` and would open an alert for what somebody has decided
 * about, so on GitHub suppressed findings stay out; elsewhere the log has everything.
 */
function choose({ findings, suppressed }: LintResult, { onGitHub }: ReportContext) {
  const all: Finding[] = onGitHub ? findings : [...findings, ...suppressed];
  const hidden = onGitHub ? suppressed.length : 0;
  if (all.length <= MAX_RESULTS) return { kept: all, dropped: 0, hidden };
  const rank = (finding: Finding) =>
    SEVERITIES.indexOf(finding.severity) + ('suppressed' in finding ? SEVERITIES.length : 0);
  const kept = all.toSorted((a, b) => rank(a) - rank(b)).slice(0, MAX_RESULTS);
  return { kept, dropped: all.length - MAX_RESULTS, hidden };
}

/**
 * No `security-severity`: it would be a score that nobody has measured, and GitHub would judge by it instead of by the
 * level, which --fail-on goes by.
 */
function descriptor({ id, severity, page }: ReportContext['rules'][number]) {
  return {
    id,
    shortDescription: { text: cut(page.title, MAX_DESCRIPTION) },
    fullDescription: { text: cut(page.why, MAX_DESCRIPTION) },
    defaultConfiguration: { level: LEVELS[severity] },
    help: { text: pageText(id, page), markdown: pageMarkdown(id, page) },
    properties: { tags: [id.split('.')[0]], 'problem.severity': PROBLEM_SEVERITIES[severity] },
  };
}

function resultOf(finding: Finding, ruleIndex: number | undefined, folder: string) {
  const { rule, severity, message, remedy, pointer, template, object, server, container, fixable, fingerprint } =
    finding;
  const name = subject(finding);
  return {
    ruleId: rule,
    ...(ruleIndex !== undefined && { ruleIndex }),
    level: LEVELS[severity satisfies Severity],
    message: { text: unlinked(oneLine(`${message}. Fix: ${remedy}`)) },
    locations: [
      {
        ...location(finding, folder),
        ...(name !== '' && { logicalLocations: [{ fullyQualifiedName: name, kind: 'object' }] }),
      },
    ],
    // Not GitHub's primaryLocationLineHash: its upload action makes that from the source, and warns of any other value.
    partialFingerprints: { 'mcpk/v1': fingerprint },
    // An empty list says that suppression was looked at; SARIF wants it for all results or for none (3.27.23).
    suppressions: 'suppressed' in finding ? [suppression(finding)] : [],
    properties: { fixable, pointer, template, object, server, container },
  };
}

function suppression({ suppressed: { by, reason } }: SuppressedFinding) {
  return { kind: by === 'comment' ? 'inSource' : 'external', status: 'accepted', justification: oneLine(reason) };
}

/** GitHub shows no result without a line: where the whole file is meant it is the first. */
function location({ file, line = 1, column }: At, folder: string) {
  const region = { startLine: line, ...(column !== undefined && { startColumn: column }) };
  return { physicalLocation: { artifactLocation: artifact(file, folder), region } };
}

function artifact(file: string, folder: string) {
  return file === '-' ? { uri: '-', description: { text: 'standard input' } } : { uri: repositoryUri(file, folder) };
}

function notice(level: 'warning' | 'note', text: string) {
  return { level, message: { text } };
}

/** Text that looks like SARIF's embedded links (3.11.6) is none. */
function unlinked(text: string): string {
  return text.replaceAll(/\[(?=[^\]]*\]\()/g, '\\[');
}
