import type { App } from '../app/app.ts';
import { resolveApp } from '../app/resolve.ts';
import { type ParsedConfig, parseConfig } from '../config/parse.ts';
import type { Catalog } from '../config/schema.ts';
import { buildObjects } from '../manifests/objects.ts';
import type { Problem } from '../problem.ts';
import { CONFIG_RULES, objectRules } from '../rules/catalogue.ts';
import type { KubeObject } from '../rules/finding.ts';
import { imageRules, type VerdictOf } from '../rules/image-rules.ts';
import type { PodSecurityPolicy } from '../rules/pod-security.ts';
import { READING, type Ruling } from '../rules/rulings.ts';
import { readYaml, type YamlDocument } from '../yaml/read.ts';
import { commentIgnores } from './comments.ts';
import { configObject } from './config-origin.ts';
import { type Found, found } from './finding.ts';
import { runConfigRules, runRules, type Selection, selected } from './run.ts';
import { type Masker, maskers } from './secrets.ts';
import { type Manifests, readManifests, type Source, soundObjects, type Text, type Unchecked } from './sources.ts';
import { configIgnores, type Ignore } from './suppress.ts';

/** A config that is linted, with the objects that it makes. */
interface ConfigRead {
  file: string;
  document: YamlDocument | undefined;
  found: Found[];
  ignores: Ignore[];
  /** Absent where the config has faults. */
  resolved?: { parsed: ParsedConfig; app: App; objects: KubeObject[] };
}

export interface Read {
  configs: ConfigRead[];
  manifests: Manifests;
  files: number;
}

/** Whether a text is an mcpk.yaml, whatever its name. */
export function isConfig(text: string): boolean {
  return /^apiVersion:[ \t]*["']?mcpk\//m.test(text);
}

/** Reads everything, before any rule runs. */
export function readTexts(texts: readonly Text[], catalog: Catalog, version: string): Read {
  const configs = texts.filter(({ text }) => isConfig(text));
  return {
    configs: configs.map((text) => readConfig(text, catalog, version)),
    manifests: readManifests(texts.filter((text) => !configs.includes(text))),
    files: texts.length,
  };
}

function readConfig({ file, text }: Text, catalog: Catalog, version: string): ConfigRead {
  const { documents } = readYaml(text);
  const [document] = documents;
  const ignores = commentIgnores(text, file, documents);
  const none = { file, document, ignores };
  const parsed = parseConfig(new TextEncoder().encode(text), file);
  if (!parsed.ok)
    return { ...none, found: parsed.problems.map((problem) => problemFound(READING.config, problem, none)) };
  const { config, locate } = parsed.value;
  const resolved = resolveApp({ config, catalog, version });
  if (!resolved.ok) {
    const problems = resolved.problems.map((fault) => ({ ...fault, ...locate(fault.pointer) }));
    return { ...none, found: problems.map((problem) => problemFound(READING.unresolved, problem, none)) };
  }
  const { app } = resolved;
  const objects = buildObjects(app).map((object) => configObject(object, parsed.value));
  const spotOf = (pointer: string) => ({ file, pointer, ...locate(pointer) });
  return {
    ...none,
    found: [],
    ignores: [...ignores, ...configIgnores(config.lint?.ignore ?? [], spotOf)],
    resolved: { parsed: parsed.value, app, objects },
  };
}

function problemFound(rule: Ruling, problem: Problem, { file }: { file: string }): Found {
  const { line, column, message, pointer = '', suggestion } = problem;
  const place = line === undefined ? undefined : { line, column: column ?? 1 };
  return found(rule, { file, place, pointer }, { message, ...(suggestion !== undefined && { remedy: suggestion }) });
}

export interface Judging {
  selection: Selection;
  podSecurity: PodSecurityPolicy;
  verdictOf: VerdictOf;
  catalog: Catalog;
}

interface Judged {
  found: Found[];
  /** Hides the secrets of a file. */
  masker: (file: string) => Masker;
  unchecked: Unchecked[];
}

/** Everything that is found, before anything is suppressed. */
export function judgeTexts(read: Read, { selection, podSecurity, verdictOf, catalog }: Judging): Judged {
  const isWanted = ({ id }: { id: string }) => selected(selection, id);
  // Rules that find secrets always run: what they find is masked, whether it is told or not.
  const rules = [...objectRules(podSecurity), ...imageRules(verdictOf)].filter(
    (rule) => rule.findsSecrets || isWanted(rule),
  );
  const { manifests, configs } = read;
  const sound = soundObjects(manifests).map(({ object }) => object);
  const sourceOf = (object: KubeObject): Source => manifests.sources.get(object) ?? { prefix: '' };
  const all = [
    ...manifests.found,
    ...runRules(rules, sourceOf, sound),
    ...configs.flatMap(({ file, document, found: own, resolved }) => {
      if (!resolved) return own;
      const { parsed, app, objects } = resolved;
      const subject = { config: parsed.config, app, catalog };
      const source = { file, locate: parsed.locate, document };
      return [
        ...runConfigRules(CONFIG_RULES.filter(isWanted), subject, source),
        ...once(runRules(rules, () => ({ prefix: '', ...(document && { document }) }), objects)),
      ];
    }),
  ];
  const told = all.filter(({ finding }) => READING_IDS.has(finding.rule) || selected(selection, finding.rule));
  return { found: told, masker: maskers(all), unchecked: manifests.unchecked };
}

/** A config that cannot be used is told whatever is asked for: nothing else can be. */
const READING_IDS = new Set<string>([READING.config.id, READING.unresolved.id]);

/** One line of a config stands for many objects: what it does to all of them is told once. */
function once(all: readonly Found[]): Found[] {
  const seen = new Set<string>();
  return all.filter(({ finding: { rule, pointer, message } }) => {
    const key = JSON.stringify([rule, pointer, message]);
    if (seen.has(key)) return false;
    seen.add(key);
    return true;
  });
}

/** By file and place. */
export function sorted(all: readonly Found[]): Found[] {
  const order = ({ finding: a }: Found, { finding: b }: Found) =>
    compare(a.file, b.file) ||
    (a.line ?? 0) - (b.line ?? 0) ||
    (a.column ?? 0) - (b.column ?? 0) ||
    compare(a.rule, b.rule);
  return [...all].sort(order);
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
