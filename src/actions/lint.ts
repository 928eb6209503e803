import { resolve } from 'node:path';
import { writeFileAtomically } from '../adapters/files.ts';
import type { LintResult } from '../contract.ts';
import { didYouMean } from '../core/did-you-mean.ts';
import { jsonText } from '../core/json.ts';
import { applyBaseline, baselineOf } from '../core/lint/baseline.ts';
import type { Read } from '../core/lint/lint.ts';
import type { Selection } from '../core/lint/run.ts';
import type { Text } from '../core/lint/sources.ts';
import { ruleIds } from '../core/rules/catalogue.ts';
import { fails } from '../core/rules/finding.ts';
import type { PodSecurityPolicy } from '../core/rules/pod-security.ts';
import { EXIT, type ExitCode, UsageError } from '../errors.ts';
import { lintInput, readBaseline } from './lint-input.ts';
import type { LintOptions } from './lint-options.ts';
import { lintResult } from './lint-result.ts';
import { judgeRound, type Round } from './lint-round.ts';

export interface LintOutcome {
  result: LintResult;
  exitCode: ExitCode;
  files: string[];
  /** What is no finding and worth a word. */
  remarks: string[];
}

/** Lints configs and manifests. @throws UsageError, EnvironmentError, InterruptedError */
export async function lint(options: LintOptions): Promise<LintOutcome> {
  checkSelection(options.selection);
  const { cwd, fix, diff } = options;
  const input = await lintInput(options);
  const baseline = options.baseline === undefined ? undefined : await readBaseline(cwd, options.baseline);
  const judge = (texts: Text[]) => judgeRound({ ...input, texts }, baseline, options);
  const first = await judge(input.texts);
  if (options.writeBaseline !== undefined) {
    return outcomeOf(await withNewBaseline(first, cwd, options.writeBaseline), input, options);
  }
  if (!fix && !diff) return outcomeOf(first, input, options);
  const { fixesOf, mendAll, writeTexts } = await import('./lint-mend.ts');
  const mended = await mendAll(input.texts, first, judge);
  if (fix) await writeTexts(mended.texts, input.texts, cwd);
  const shown = fix ? { round: mended.round, texts: mended.texts } : { round: first, texts: input.texts };
  return outcomeOf(shown.round, { ...input, texts: shown.texts }, options, fixesOf(mended, input.texts, options));
}

/** Writes what is told into a baseline, and tells it no more. */
async function withNewBaseline(round: Round, cwd: string, file: string): Promise<Round> {
  const baseline = baselineOf(round.concluded.told);
  await writeFileAtomically(resolve(cwd, file), jsonText(baseline));
  const { told, suppressed } = applyBaseline(round.concluded.told, baseline);
  return { ...round, concluded: { told, suppressed: [...round.concluded.suppressed, ...suppressed] } };
}

function outcomeOf(
  { read, concluded, unchecked, masker }: Round,
  { texts, broken }: Awaited<ReturnType<typeof lintInput>>,
  options: LintOptions,
  fixes?: LintResult['fixes'],
): LintOutcome {
  const objects = countObjects(read);
  if (objects === 0 && concluded.told.length === 0) throw nothingFound(options.paths);
  const files = [...texts.map(({ file }) => file), ...broken.map(({ finding }) => finding.file)];
  const result = lintResult({ ...concluded, unchecked, texts, files: files.length, objects, masker, fixes });
  return { result, exitCode: exitCodeOf(result, read, options), files, remarks: remarksOf(read) };
}

function remarksOf({ manifests: { passedOver } }: Read): string[] {
  if (passedOver === 0) return [];
  return [
    `${passedOver} document${passedOver === 1 ? ' is' : 's are'} nothing that is applied to a cluster, and not looked at`,
  ];
}

function countObjects({ manifests, configs }: Read): number {
  return manifests.objects.length + configs.reduce((sum, { resolved }) => sum + (resolved?.set.objects.length ?? 0), 0);
}

/** 2 where the config itself is wrong, 1 where something is found, 3 where something could not be looked at. */
function exitCodeOf({ findings, unchecked }: LintResult, { configs }: Read, options: LintOptions): ExitCode {
  if (configs.some(({ resolved }) => !resolved)) return EXIT.usage;
  if (findings.some(({ severity }) => fails(severity, options.failOn))) return EXIT.failed;
  return unchecked.length > 0 && !options.allowUnchecked ? EXIT.environment : EXIT.ok;
}

function nothingFound(paths: readonly string[]): UsageError {
  return new UsageError('lint.nothing', `no Kubernetes object is in ${paths.join(', ')}`, {
    suggestions: ['check the path: nothing was looked at', 'render templates first: helm template . | mcpk lint -'],
  });
}

/** @throws UsageError for a word that is no rule and no family */
function checkSelection({ only, skip }: Selection): void {
  const ids = ruleIds();
  const words = [...new Set(ids.flatMap((id) => [id, id.slice(0, id.indexOf('.'))]))];
  for (const word of [...only, ...skip]) {
    if (words.includes(word)) continue;
    throw new UsageError('lint.no-such-rule', `there is no rule or family ${word}`, {
      suggestions: [...didYouMean(word, words), 'mcpk explain lists the ids'],
    });
  }
}

/** Reads LEVEL[:VERSION]. @throws UsageError */
export function podSecurityPolicy(text: string): PodSecurityPolicy {
  const [, level, version = 'latest'] = /^(baseline|restricted)(?::(latest|v1\.\d+))?$/.exec(text) ?? [];
  if (level === 'baseline' || level === 'restricted')
    return { level, version: version === 'latest' ? 'latest' : { minor: Number(version.slice('v1.'.length)) } };
  throw new UsageError('usage.invalid', `--pod-security ${text} is no level of Pod Security`, {
    suggestions: ['--pod-security restricted', '--pod-security baseline', '--pod-security restricted:v1.34'],
  });
}

/** The day, as YYYY-MM-DD in UTC. */
export function today(): string {
  return new Date().toISOString().slice(0, 10);
}
