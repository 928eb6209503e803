import type { ErrorObject } from 'ajv';
import { didYouMean } from '../did-you-mean.ts';
import { article, quotedList, show } from '../wording.ts';
import { type NodeProblem, pointerToken } from './pointer.ts';
import validate from './validate.generated.mjs';

/** What a value must look like, by the pattern that it broke. */
const PATTERN_RULES: readonly [RegExp, string][] = [
  [/^\^\[a-z\]\(\[-a-z0-9\]/, 'must be a DNS label: lower-case letters, digits and "-", starting with a letter'],
  [
    /^\^\[a-z0-9\]\(\[-\.a-z0-9\]|^\^\[a-z0-9\]\(\[-a-z0-9\]/,
    'must be a Kubernetes name: lower-case letters, digits and "-"',
  ],
  [/A-Za-z_/, 'must be the name of an environment variable: letters, digits and "_", not starting with a digit'],
  [/Ki\|M/, 'must be a Kubernetes quantity such as "250m" or "256Mi"'],
  [/^\^\\\//, 'must be an absolute path'],
  [/^\^\[0-9\]\{4\}/, 'must be a day such as "2027-01-31"'],
  [/^\^\[A-Za-z\]\+/, 'must be KIND/NAME, such as "Deployment/mcp-gateway"'],
  [/\[0-9a-fA-F/, 'must be an address range such as "10.0.5.0/24"'],
];

/** Checks data against the compiled schema of mcpk.yaml; returns every fault once, in the file's order of discovery. */
export function schemaProblems(data: unknown): NodeProblem[] {
  if (validate(data)) return [];
  const problems: NodeProblem[] = [];
  const seen = new Set<string>();
  for (const error of validate.errors ?? []) {
    const problem = describe(error);
    if (!problem || seen.has(`${problem.pointer} ${problem.message}`)) continue;
    seen.add(`${problem.pointer} ${problem.message}`);
    problems.push(problem);
  }
  return problems;
}

function describe(error: ErrorObject): NodeProblem | undefined {
  // ajv reports a bad name twice: by its broken pattern, and as `propertyNames`, which is told below.
  if (error.propertyName !== undefined) return undefined;
  const pointer = error.instancePath;
  const name = nameOf(pointer);
  switch (error.keyword) {
    case 'additionalProperties':
      return unknownKey(error);
    case 'required':
      return { pointer, message: `${name} lacks the key "${error.params['missingProperty']}"` };
    case 'type':
      return wrongType(error, name);
    case 'const':
      return {
        pointer,
        message: `${name} must be ${JSON.stringify(error.params['allowedValue'])}, not ${show(error.data)}`,
      };
    case 'enum':
      return wrongEnum(error, name);
    case 'pattern':
      return { pointer, message: `${name} ${patternRule(error.params['pattern'])}; it is ${show(error.data)}` };
    case 'propertyNames':
      return badName(error);
    // These two only wrap the faults above.
    case 'anyOf':
    case 'if':
      return undefined;
    default:
      return { pointer, message: `${name} ${error.message ?? 'is not valid'}; it is ${show(error.data)}` };
  }
}

function unknownKey(error: ErrorObject): NodeProblem {
  const key = String(error.params['additionalProperty']);
  const known = Object.keys((error.parentSchema?.['properties'] as object | undefined) ?? {});
  const near = didYouMean(key, known);
  return {
    pointer: `${error.instancePath}/${pointerToken(key)}`,
    message: `unknown key "${key}" in ${nameOf(error.instancePath)}`,
    suggestion: near.length > 0 ? `did you mean ${quotedList(near)}?` : `known keys: ${known.join(', ')}`,
  };
}

function wrongType(error: ErrorObject, name: string): NodeProblem | undefined {
  const expected = String(error.params['type']);
  // `servers: {time: null}` is allowed, and ajv reports the null branch of a fault beside the real one.
  if (expected === 'null') return undefined;
  const quote = expected === 'string' && (typeof error.data === 'number' || typeof error.data === 'boolean');
  return {
    pointer: error.instancePath,
    message: `${name} must be ${article(expected)}, not ${show(error.data)}`,
    ...(quote && { suggestion: `put it in quotes: "${String(error.data)}"` }),
  };
}

function wrongEnum(error: ErrorObject, name: string): NodeProblem {
  const allowed = (error.params['allowedValues'] as unknown[]).map(String);
  const near = didYouMean(String(error.data), allowed);
  return {
    pointer: error.instancePath,
    message: `${name} must be one of ${allowed.join(', ')}; it is ${show(error.data)}`,
    ...(near.length > 0 && { suggestion: `did you mean ${quotedList(near)}?` }),
  };
}

function badName(error: ErrorObject): NodeProblem {
  const key = String(error.params['propertyName']);
  const isEnv = error.instancePath.endsWith('/env');
  const rule = isEnv
    ? 'must be letters, digits and "_", not starting with a digit'
    : 'must be a DNS label of at most 52 characters: lower-case letters, digits and "-", starting with a letter';
  const fixed = isEnv
    ? ''
    : key
        .toLowerCase()
        .replaceAll(/[^a-z0-9]+/g, '-')
        .replaceAll(/^[^a-z]+|-+$/g, '')
        .slice(0, 52);
  return {
    pointer: `${error.instancePath}/${pointerToken(key)}`,
    message: `the name "${key}" ${rule}`,
    ...(fixed && fixed !== key && { suggestion: `for example "${fixed}"` }),
  };
}

function patternRule(pattern: string): string {
  return PATTERN_RULES.find(([match]) => match.test(pattern))?.[1] ?? `must match ${pattern}`;
}

function nameOf(pointer: string): string {
  return pointer === '' ? 'the file' : pointer.slice(1).replaceAll('/', '.');
}
