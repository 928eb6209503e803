import { resolveApp } from '../app/resolve.ts';
import { type ParsedConfig, parseConfig } from '../config/parse.ts';
import type { Catalog } from '../config/schema.ts';
import { buildObjects } from '../manifests/objects.ts';
import type { Problem } from '../problem.ts';
import type { ConfigSubject } from '../rules/config-rule.ts';
import { type ObjectSet, objectSet } from '../rules/object-set.ts';
import { READING, type Ruling } from '../rules/rulings.ts';
import { readYaml, type YamlDocument } from '../yaml/read.ts';
import { commentIgnores } from './comments.ts';
import { configObject } from './config-origin.ts';
import { type Found, found } from './finding.ts';
import type { Text } from './sources.ts';
import { configIgnores, type Ignore } from './suppress.ts';

/** A config that is linted, with the objects that it makes. */
export interface ConfigRead {
  file: string;
  document: YamlDocument | undefined;
  found: Found[];
  ignores: Ignore[];
  /** Absent where the config has faults. */
  resolved?: { subject: ConfigSubject; locate: ParsedConfig['locate']; set: ObjectSet };
}

/** Reads a config, resolves it and builds its objects; what is wrong with it is found here. */
export function readConfig({ file, text }: Text, catalog: Catalog, version: string): ConfigRead {
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
  const set = objectSet(buildObjects(app).map((object) => configObject(object, parsed.value)));
  const spotOf = (pointer: string) => ({ file, pointer, ...locate(pointer) });
  return {
    ...none,
    found: [],
    ignores: [...ignores, ...configIgnores(config.lint?.ignore ?? [], spotOf)],
    resolved: { subject: { config, app, catalog }, locate, set },
  };
}

function problemFound(rule: Ruling, problem: Problem, { file }: { file: string }): Found {
  const { line, column, message, pointer = '', suggestion } = problem;
  const place = line === undefined ? undefined : { line, column: column ?? 1 };
  return found(rule, { file, place, pointer }, { message, ...(suggestion !== undefined && { remedy: suggestion }) });
}
