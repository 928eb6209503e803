import { type Manifests, readManifests, soundObjects } from '../../../src/core/lint/sources.ts';
import type { Fault } from '../../../src/core/rules/finding.ts';
import { objectSet } from '../../../src/core/rules/object-set.ts';
import type { Rule } from '../../../src/core/rules/rule.ts';

/** What a rule finds in manifests, as `Kind/name pointer: message`. The manifests themselves must be sound. */
export function faultsIn(rule: Rule, yaml: string): string[] {
  return faultObjects(rule, yaml).map(
    ({ object, pointer, message }) => `${object.kind}/${object.name} ${pointer}: ${message}`,
  );
}

export function faultObjects(rule: Rule, yaml: string): Fault[] {
  return [...rule.check(objectSet(soundObjects(manifests(yaml)).map(({ object }) => object)))];
}

function manifests(yaml: string): Manifests {
  const read = readManifests([{ file: 'test.yaml', text: yaml, named: true }]);
  const broken = read.found.map(({ finding }) => `${finding.line}: ${finding.message}`);
  if (broken.length > 0) throw new Error(`the manifests of this test are not sound:\n${broken.join('\n')}`);
  return read;
}
