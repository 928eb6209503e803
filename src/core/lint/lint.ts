import { CONFIG_RULES, objectRules } from '../rules/catalogue.ts';
import type { ConfigRule } from '../rules/config-rule.ts';
import type { KubeObject } from '../rules/finding.ts';
import { imageRules, type VerdictOf } from '../rules/image-rules.ts';
import type { ObjectSet } from '../rules/object-set.ts';
import type { PodSecurityPolicy } from '../rules/pod-security.ts';
import type { Rule } from '../rules/rule.ts';
import { READING } from '../rules/rulings.ts';
import type { Found } from './finding.ts';
import type { ConfigRead } from './read-config.ts';
import { runConfigRules, runRules, type Selection, selected } from './run.ts';
import { type Masker, maskers } from './secrets.ts';
import type { Manifests, Source, Unchecked } from './sources.ts';

/** Everything that is linted together, read. */
export interface Read {
  configs: ConfigRead[];
  manifests: Manifests;
  /** The objects of the manifests that rules may look at. */
  set: ObjectSet;
}

/** Whether a text is an mcpk.yaml, whatever its name. */
export function isConfig(text: string): boolean {
  return /^apiVersion:[ \t]*["']?mcpk\//m.test(text);
}

export interface Judging {
  selection: Selection;
  podSecurity: PodSecurityPolicy;
  verdictOf: VerdictOf;
}

interface Judged {
  found: Found[];
  /** Hides the secrets of a file. */
  masker: (file: string) => Masker;
  unchecked: Unchecked[];
}

/** Everything that is found, before anything is suppressed. */
export function judgeTexts(read: Read, { selection, podSecurity, verdictOf }: Judging): Judged {
  const isWanted = ({ id }: { id: string }) => selected(selection, id);
  const rules = [...objectRules(podSecurity), ...imageRules(verdictOf)];
  const found = [
    ...read.manifests.found,
    ...read.configs.flatMap((config) => config.found),
    ...findBy(rules.filter(isWanted), CONFIG_RULES.filter(isWanted), read),
  ].filter(({ finding }) => READING_IDS.has(finding.rule) || selected(selection, finding.rule));
  let known: ReturnType<typeof maskers> | undefined;
  return {
    found,
    masker: (file) => {
      // Secrets are masked whether the rules that find them are asked for or not; only what is shown needs it.
      known ??= maskers([...found, ...findBy(rules.filter(isSilent), CONFIG_RULES.filter(isSilent), read)]);
      return known(file);
    },
    unchecked: read.manifests.unchecked,
  };

  function isSilent(rule: { id: string; findsSecrets?: true }): boolean {
    return rule.findsSecrets === true && !isWanted(rule);
  }
}

function findBy(rules: readonly Rule[], configRules: readonly ConfigRule[], read: Read): Found[] {
  const { manifests, configs, set } = read;
  const sourceOf = (object: KubeObject): Source => manifests.sources.get(object) ?? { prefix: '' };
  return [
    ...runRules(rules, sourceOf, set),
    ...configs.flatMap(({ file, document, resolved }) => {
      if (!resolved) return [];
      const { subject, locate } = resolved;
      return [
        ...runConfigRules(configRules, subject, { file, locate, document }),
        ...once(runRules(rules, () => ({ prefix: '', ...(document && { document }) }), resolved.set)),
      ];
    }),
  ];
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
