import type { ConfigRule, ConfigSubject } from '../rules/config-rule.ts';
import type { Fault, KubeObject } from '../rules/finding.ts';
import type { ObjectSet } from '../rules/object-set.ts';
import type { Rule } from '../rules/rule.ts';
import type { Edit } from '../yaml/edit.ts';
import { configEdits, configPointer } from './config-origin.ts';
import { type Found, found, type Spot, wordsOf } from './finding.ts';
import { stringsAt } from './secrets.ts';
import type { Source } from './sources.ts';
import { ruleMatches } from './suppress.ts';

/** Ids or families; an empty `only` is all. */
export interface Selection {
  only: readonly string[];
  skip: readonly string[];
}

export function selected({ only, skip }: Selection, rule: string): boolean {
  return (only.length === 0 || ruleMatches(only, rule)) && !ruleMatches(skip, rule);
}

/** What rules of objects find in one set: all manifests that are linted together, or one config's objects. */
export function runRules(rules: readonly Rule[], source: (object: KubeObject) => Source, set: ObjectSet): Found[] {
  return rules.flatMap((rule) => [...rule.check(set)].map((fault) => foundIn(rule, fault, source(fault.object))));
}

function foundIn(rule: Rule, fault: Fault, source: Source): Found {
  const { object, pointer, fix } = fault;
  const place = object.origin.locate(pointer);
  const secrets = rule.findsSecrets ? stringsAt(object.data, pointer) : [];
  const { document, prefix } = source;
  const file = object.origin.file;
  if (!object.origin.editable || !document) {
    const spot: Spot = { file, place, pointer: configPointer(object, pointer), ...(document && { document }) };
    return found(rule, spot, { ...wordsOf(fault), secrets, edits: configEdits(object, fix ?? []) });
  }
  const edits = (fix ?? []).map((edit): Edit => ({ ...edit, pointer: prefix + edit.pointer }));
  return found(rule, { file, place, pointer: prefix + pointer, document }, { ...wordsOf(fault), secrets, edits });
}

/** What rules find in a config itself. */
export function runConfigRules(rules: readonly ConfigRule[], subject: ConfigSubject, source: ConfigSource): Found[] {
  return rules.flatMap((rule) =>
    [...rule.check(subject)].map(({ pointer, fix = [], ...words }) => {
      const { file, document, locate } = source;
      const spot = { file, place: locate(pointer), pointer, ...(document && { document }) };
      const secrets = rule.findsSecrets ? stringsAt(subject.config, pointer) : [];
      return found(rule, spot, { ...words, secrets, edits: fix });
    }),
  );
}

export interface ConfigSource {
  file: string;
  document: Spot['document'] | undefined;
  locate(pointer: string): Spot['place'];
}
