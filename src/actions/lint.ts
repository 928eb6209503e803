import { loadCatalog } from '../adapters/catalog.ts';
import { readFileIfThere, writeFileAtomically } from '../adapters/files.ts';
import { type ManifestFile, readManifestFiles } from '../adapters/manifest-files.ts';
import type { LintResult } from '../contract.ts';
import type { Catalog } from '../core/config/schema.ts';
import { didYouMean } from '../core/did-you-mean.ts';
import { type Baseline, baselineText, parseBaseline } from '../core/lint/baseline.ts';
import { type Concluded, conclude } from '../core/lint/conclude.ts';
import { type Found, found } from '../core/lint/finding.ts';
import { mendText } from '../core/lint/fix.ts';
import { judgeTexts, type Read, readTexts, sorted } from '../core/lint/lint.ts';
import type { Selection } from '../core/lint/run.ts';
import type { Masker } from '../core/lint/secrets.ts';
import type { Text, Unchecked } from '../core/lint/sources.ts';
import { ruleMatches } from '../core/lint/suppress.ts';
import { ruleIds } from '../core/rules/catalogue.ts';
import { SEVERITIES, type Severity } from '../core/rules/finding.ts';
import type { PodSecurityPolicy } from '../core/rules/pod-security.ts';
import { READING } from '../core/rules/rulings.ts';
import { unifiedDiff } from '../core/yaml/unified-diff.ts';
import { EXIT, type ExitCode, UsageError } from '../errors.ts';
import { type LintImageOptions, verdictsOfContainers } from './lint-images.ts';
import { lintResult } from './lint-result.ts';
import { configPath, shownPath } from './load-app.ts';

export interface LintOptions {
  cwd: string;
  version: string;
  /** Files, folders, patterns, `-`; none is the config. */
  paths: string[];
  config?: string | undefined;
  selection: Selection;
  failOn: Severity;
  podSecurity: PodSecurityPolicy;
  honourIgnores: boolean;
  /** Path of a baseline file. */
  baseline?: string | undefined;
  /** Write one of what is found instead of telling it. */
  writeBaseline?: string | undefined;
  fix: boolean;
  diff: boolean;
  /** What could not be checked fails nothing. */
  allowUnchecked: boolean;
  images: LintImageOptions;
  /** YYYY-MM-DD */
  today: string;
}

export interface LintOutcome {
  result: LintResult;
  exitCode: ExitCode;
  files: string[];
  /** What is no finding and worth a word. */
  remarks: string[];
}

/** A fix may bring to light what another hid; more rounds than this mean that two rules fight. */
const MAX_ROUNDS = 5;

/** One round: everything read, judged, and parted into what is told and what is not. */
interface Round {
  read: Read;
  concluded: Concluded;
  unchecked: Unchecked[];
  masker: (file: string) => Masker;
}

/** Lints configs and manifests. @throws UsageError, EnvironmentError, InterruptedError */
export async function lint(options: LintOptions): Promise<LintOutcome> {
  checkSelection(options.selection);
  const catalog = await loadCatalog();
  const { texts, broken } = decode(await readFiles(options));
  const baseline = await readBaseline(options);
  const judge = (now: Text[]) => judgeRound(now, broken, catalog, options, baseline);
  let round = await judge(texts);
  if (options.writeBaseline !== undefined) {
    await writeFileAtomically(
      configPath({ cwd: options.cwd, config: options.writeBaseline }),
      baselineText(round.concluded.told),
    );
    round = await judgeRound(texts, broken, catalog, options, {
      baseline: parseBaseline(baselineText(round.concluded.told)) as Baseline,
      file: options.writeBaseline,
    });
  }
  const mended = options.fix || options.diff ? await mendAll(texts, round, judge) : undefined;
  if (mended && options.fix) {
    await write(mended.texts, texts, options);
    round = mended.round;
  }
  const objects = countObjects(round.read);
  if (objects === 0 && round.concluded.told.length === 0) throw nothingFound(options.paths);
  const result = lintResult({
    ...{ told: round.concluded.told, suppressed: round.concluded.suppressed, unchecked: round.unchecked },
    ...{ texts: mended && options.fix ? mended.texts : texts, files: texts.length + broken.length, objects },
    ...{ masker: round.masker, fixes: mended && fixesOf(mended, texts, options) },
  });
  return {
    result,
    exitCode: exitCodeOf(result, round.read, options),
    files: [...texts.map(({ file }) => file), ...broken.map(({ finding }) => finding.file)],
    remarks: remarksOf(round.read),
  };
}

async function readFiles({ paths, cwd, config }: LintOptions): Promise<ManifestFile[]> {
  if (paths.length > 0) return readManifestFiles(paths, cwd);
  const path = configPath({ cwd, config });
  const bytes = await readFileIfThere(path);
  if (bytes) return [{ file: shownPath(cwd, path), bytes, named: true }];
  throw new UsageError('config.not-found', `there is no ${shownPath(cwd, path)}`, {
    suggestions: config
      ? ['check the path given with --config']
      : [
          'mcpk init writes one',
          'mcpk lint PATH looks at manifests: files, folders, patterns, or - for standard input',
        ],
  });
}

function decode(files: readonly ManifestFile[]): { texts: Text[]; broken: Found[] } {
  const texts: Text[] = [];
  const broken: Found[] = [];
  for (const { file, bytes, named } of files) {
    try {
      texts.push({ file, named, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) });
    } catch {
      const spot = { file, place: undefined, pointer: '' };
      broken.push(found(READING.encoding, spot, { message: 'the file is not UTF-8 text' }));
    }
  }
  return { texts, broken };
}

type NamedBaseline = { baseline: Baseline; file: string } | undefined;

async function judgeRound(
  texts: Text[],
  broken: Found[],
  catalog: Catalog,
  options: LintOptions,
  baseline: NamedBaseline,
): Promise<Round> {
  const { selection, podSecurity } = options;
  const read = readTexts(texts, catalog, options.version);
  const sets = [
    read.manifests.objects.map(({ object }) => object),
    ...read.configs.map(({ resolved }) => resolved?.objects ?? []),
  ];
  const wantsImages =
    selection.only.length === 0 ||
    ruleMatches(selection.only, 'image.cannot-run') ||
    ruleMatches(selection.only, 'image.risky');
  const images = wantsImages
    ? await verdictsOfContainers(sets, options.images)
    : { verdictOf: () => undefined, unchecked: [] };
  const judged = judgeTexts(read, { selection, podSecurity, catalog, verdictOf: images.verdictOf });
  const concluded = conclude([...broken, ...judged.found], {
    ignores: [...read.manifests.ignores, ...read.configs.flatMap(({ ignores }) => ignores)],
    honourIgnores: options.honourIgnores,
    baseline,
    today: options.today,
    known: ruleIds(),
    whole: selection.only.length === 0 && selection.skip.length === 0,
  });
  return { read, concluded, masker: judged.masker, unchecked: [...judged.unchecked, ...images.unchecked] };
}

async function readBaseline({ baseline, cwd }: LintOptions): Promise<NamedBaseline> {
  if (baseline === undefined) return undefined;
  const bytes = await readFileIfThere(configPath({ cwd, config: baseline }));
  const parsed = bytes && parseBaseline(new TextDecoder().decode(bytes));
  if (parsed) return { baseline: parsed, file: baseline };
  throw new UsageError('lint.baseline', bytes ? `${baseline} is no baseline` : `there is no ${baseline}`, {
    suggestions: [`mcpk lint --write-baseline ${baseline} writes one`],
  });
}

interface Mended {
  texts: Text[];
  rules: Map<string, Set<string>>;
  round: Round;
  /** Of the text before: what is taken out of a file must not show in the difference. */
  masker: Round['masker'];
}

/** Mends, and judges again, until nothing more can be mended. */
async function mendAll(texts: Text[], first: Round, judge: (texts: Text[]) => Promise<Round>): Promise<Mended> {
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

async function write(after: readonly Text[], before: readonly Text[], { cwd }: LintOptions): Promise<void> {
  for (const [i, { file, text }] of after.entries()) {
    if (text === before[i]?.text) continue;
    if (file === '-') {
      throw new UsageError('usage.invalid', 'standard input cannot be mended in place', {
        suggestions: ['--diff shows the change', 'name the file instead of -'],
      });
    }
    await writeFileAtomically(configPath({ cwd, config: file }), text);
  }
}

function fixesOf({ texts, rules, masker }: Mended, before: readonly Text[], { fix, diff }: LintOptions) {
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

function remarksOf({ manifests: { passedOver } }: Read): string[] {
  if (passedOver === 0) return [];
  return [
    `${passedOver} document${passedOver === 1 ? ' is' : 's are'} nothing that is applied to a cluster, and not looked at`,
  ];
}

function countObjects({ manifests, configs }: Read): number {
  return manifests.objects.length + configs.reduce((sum, { resolved }) => sum + (resolved?.objects.length ?? 0), 0);
}

/** 2 where the config itself is wrong, 1 where something is found, 3 where something could not be looked at. */
function exitCodeOf({ findings, unchecked }: LintResult, { configs }: Read, options: LintOptions): ExitCode {
  const counts = (severity: Severity) => SEVERITIES.indexOf(severity) <= SEVERITIES.indexOf(options.failOn);
  if (configs.some(({ resolved }) => !resolved)) return EXIT.usage;
  if (findings.some(({ severity }) => counts(severity))) return EXIT.failed;
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
