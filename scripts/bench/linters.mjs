// Other checkers of manifests, for the bench and for the tests that compare verdicts: how they are installed, and the
// JSON Schemas that kubeconform reads, made from what an API server says of itself.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { basename, join } from 'node:path';

export const KUBECONFORM = 'github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0';
export const KUBE_SCORE = 'github.com/zegl/kube-score/cmd/kube-score@v1.20.0';
/** Not checkers: what their output is piped from. The newest of each that Go 1.26 builds. */
export const HELM = 'helm.sh/helm/v4/cmd/helm@v4.3.1';
export const KUSTOMIZE = 'sigs.k8s.io/kustomize/kustomize/v5@v5.8.2';

/**
 * A program written in Go, built once into a cache.
 * @param {string} module a package with its version
 * @returns {{ path: string } | { missing: string }} where it is, or why it could not be built
 */
export function goProgram(module) {
  const [name, version] = module.split('@');
  const folder = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'mcpk-linters', version);
  // As Go names it: the last part of the path that is no version.
  const path = join(folder, basename(name.replace(/\/v\d+$/, '')));
  if (existsSync(path)) return { path };
  mkdirSync(folder, { recursive: true });
  const { status, error, stderr } = spawnSync('go', ['install', module], {
    env: { ...process.env, GOBIN: folder, GOFLAGS: '-mod=mod' },
    encoding: 'utf8',
  });
  if (status === 0 && existsSync(path)) return { path };
  return { missing: `go install ${module}: ${error?.message ?? stderr.trim().split('\n').at(-1)}` };
}

/** Where kubeconform looks for the schema of a kind, below a folder. */
export const schemaLocation = (folder) => join(folder, '{{ .ResourceKind }}{{ .KindSuffix }}.json');

/**
 * Strict JSON Schemas of all kinds by file name, in kubeconform's layout.
 * @param {object[]} documents the OpenAPI v3 documents of an API server, one a group and version
 * @returns {Map<string, object>}
 */
export function kubeconformSchemas(documents) {
  const definitions = Object.assign({}, ...documents.map(({ components }) => components.schemas));
  const strict = Object.fromEntries(Object.entries(definitions).map(([name, schema]) => [name, toStrict(schema)]));
  const files = new Map();
  for (const [name, schema] of Object.entries(definitions)) {
    for (const { group, version, kind } of schema['x-kubernetes-group-version-kind'] ?? []) {
      const suffix = group ? `${group.split('.')[0]}-${version}` : version;
      files.set(`${kind}-${suffix}.json`.toLowerCase(), {
        $ref: `#/definitions/${name}`,
        definitions: reachable(name, strict),
      });
    }
  }
  return files;
}

function reachable(root, definitions) {
  const found = {};
  const visit = (name) => {
    if (found[name]) return;
    found[name] = definitions[name];
    for (const [, next] of JSON.stringify(definitions[name]).matchAll(/#\/definitions\/([^"]+)/g)) visit(next);
  };
  visit(root);
  return found;
}

/** Types that are more than their schema says. */
const OPEN = new Set([
  'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.JSON',
  'io.k8s.apimachinery.pkg.runtime.RawExtension',
  'io.k8s.apimachinery.pkg.apis.meta.v1.FieldsV1',
]);

/** Unknown keys are faults, and null is as good as absent where a key is optional. */
function toStrict(schema) {
  const { properties, required = [], items, additionalProperties, allOf, oneOf, $ref } = schema;
  if ($ref ?? allOf) return { $ref: ($ref ?? allOf[0].$ref).replace('#/components/schemas/', '#/definitions/') };
  const { type, format, enum: words } = schema;
  const is = { ...(type && { type }), ...(format === 'date-time' && { format }), ...(words && { enum: words }) };
  if (oneOf) return { oneOf: oneOf.map(toStrict) };
  if (items) return { ...is, items: toStrict(items) };
  if (additionalProperties) return { ...is, additionalProperties: toStrict(additionalProperties) };
  if (!properties) return is;
  const fields = Object.entries(properties).map(([key, value]) => {
    const field = openOrStrict(value);
    return [key, required.includes(key) ? field : { anyOf: [field, { type: 'null' }] }];
  });
  // An empty list of required keys is none in draft 4, and kubeconform takes a schema with a fault for a missing one.
  const needs = required.length > 0 && { required };
  return { ...is, properties: Object.fromEntries(fields), ...needs, additionalProperties: false };
}

function openOrStrict(schema) {
  const ref = schema.$ref ?? schema.allOf?.[0].$ref;
  return ref && OPEN.has(ref.replace('#/components/schemas/', '')) ? {} : toStrict(schema);
}
