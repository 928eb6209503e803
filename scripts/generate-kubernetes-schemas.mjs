// The type table of `mcpk lint`: every kind of Kubernetes from client-node's models, with what those leave out
// (templates/schemas/kubernetes.yaml), and the kinds of others (the files beside it), in one compact JSON.
// How it is read: src/core/schemas/table.ts.
import { readdir, readFile } from 'node:fs/promises';
import { parse } from 'yaml';

const GEN = 'node_modules/@kubernetes/client-node/dist/gen';
const TEMPLATES = 'templates/schemas';

/** @returns the table: `kinds` by apiVersion and kind, `types` and `enums` by name, `builtIn` versions */
export async function kubernetesSchemas() {
  const models = await modelNames();
  const types = Object.fromEntries(
    await Promise.all([...models].map(async (name) => [name, await fieldsOfModel(name, models)])),
  );
  const kinds = await builtInKinds(types);
  const builtIn = [...new Set(Object.keys(kinds).map((kind) => kind.split(' ')[0]))].sort();
  const enums = {};
  for (const file of (await readdir(TEMPLATES)).filter((name) => name.endsWith('.yaml')).sort()) {
    try {
      addFile(parse(await readFile(`${TEMPLATES}/${file}`, 'utf8')), { types, kinds, enums });
    } catch (error) {
      throw new Error(`${TEMPLATES}/${file}: ${error.message}`);
    }
  }
  return { ...pack({ types, kinds, enums }), builtIn };
}

/** Models of this version of Kubernetes; the folder also holds those of older ones. */
async function modelNames() {
  const text = await readFile(`${GEN}/models/ObjectSerializer.d.ts`, 'utf8');
  const names = [...text.matchAll(/'\.\.\/models\/(\w+)\.js'/g)].map((match) => match[1]);
  return new Set(names.filter((name) => !name.endsWith('List') && name !== 'V1MicroTime'));
}

/** The fields of a model: type and whether it is required, by key. */
async function fieldsOfModel(name, models) {
  const { [name]: model } = await import(`../${GEN}/models/${name}.js`);
  const text = await readFile(`${GEN}/models/${name}.d.ts`, 'utf8');
  const required = new Set([...text.matchAll(/^ {4}'(\w+)':/gm)].map((match) => match[1]));
  return Object.fromEntries(
    model.attributeTypeMap.map(({ name: property, baseName, type, format }) => [
      baseName,
      { type: typeOf(type, format, models), required: required.has(property) },
    ]),
  );
}

const SCALARS = {
  'string ': 'string',
  'string byte': 'bytes',
  'number int32': 'int32',
  'number int64': 'int64',
  'number double': 'number',
  'boolean ': 'bool',
  'any ': 'any',
  'IntOrString int-or-string': 'intOrString',
  'Date date-time': 'time',
  'V1MicroTime date-time-micro': 'microTime',
};

function typeOf(type, format, models) {
  const list = /^Array<(.+)>$/.exec(type);
  if (list) return `[${typeOf(list[1], format, models)}]`;
  const map = /^\{ \[key: string\]: (.+); \}$/.exec(type);
  if (map) return `{${typeOf(map[1], format, models)}}`;
  const scalar = SCALARS[`${type} ${format}`] ?? (models.has(type) ? type : undefined);
  if (!scalar) throw new Error(`client-node has a type that is not known here: ${type} (${format})`);
  return scalar;
}

/** Kinds that can be created, by apiVersion and kind, from the request paths of the API classes. */
async function builtInKinds(types) {
  const kinds = {};
  for (const file of (await readdir(`${GEN}/apis`)).filter((name) => name.endsWith('Api.d.ts'))) {
    const declared = await readFile(`${GEN}/apis/${file}`, 'utf8');
    const code = await readFile(`${GEN}/apis/${file.replace('.d.ts', '.js')}`, 'utf8');
    for (const [, method, model] of declared.matchAll(
      /^ {4}(create\w+)\(.*?body: (\w+)[,)].*Promise<RequestContext>/gm,
    )) {
      if (!types[model]?.kind) continue;
      const path = new RegExp(`async ${method}\\([^]*?localVarPath = '([^']+)'`).exec(code)?.[1];
      const group = /^\/apis?\/(v1|[^/]+\/v\d\w*)\//.exec(path)?.[1];
      // A subresource is created below an object of the core, and belongs to a group of its own.
      const apiVersion = SUBRESOURCES[model] ?? group;
      kinds[`${apiVersion} ${model.replace(/^([A-Z][a-z]+)??V\d[a-z\d]*/, '')}`] = model;
    }
  }
  return kinds;
}

const SUBRESOURCES = { V1Eviction: 'policy/v1', AuthenticationV1TokenRequest: 'authentication.k8s.io/v1' };

/** Adds the kinds, types and enums of a file, and its changes to the fields of types that are there. */
function addFile({ kinds = {}, types = {}, enums = {}, names = {}, fields = {}, optional = {}, newer = {} }, table) {
  addNew(table.enums, enums);
  addNew(table.types, Object.fromEntries(Object.entries(types).map(([name, own]) => [name, fieldsOf(own)])));
  addNew(table.kinds, kinds);
  for (const [kind, format] of Object.entries(names)) {
    if (!table.kinds[kind]) throw new Error(`no kind ${kind}`);
    table.kinds[kind] += ` ${format}`;
  }
  for (const [name, own] of Object.entries(newer)) addNew(table.types[name], fieldsOf(own));
  for (const [name, keys] of Object.entries(optional)) loosen(name, keys, table.types);
  for (const [list, changes] of Object.entries(fields)) {
    for (const name of list.split(', ')) changeFields(name, fieldsOf(changes), table.types);
  }
}

function loosen(name, keys, types) {
  for (const key of keys) {
    if (!types[name]?.[key]?.required) throw new Error(`${name}.${key} is not required`);
    types[name][key].required = false;
  }
}

function changeFields(name, changes, types) {
  const fields = types[name];
  for (const [key, { type, required }] of Object.entries(changes)) {
    if (!fields?.[key]) throw new Error(`no field ${name}.${key}`);
    fields[key] = { type, required: fields[key].required || required };
  }
}

function addNew(target, source) {
  for (const [name, value] of Object.entries(source)) {
    if (target[name]) throw new Error(`${name} is there already`);
    target[name] = value;
  }
}

function fieldsOf(own) {
  return Object.fromEntries(
    Object.entries(own).map(([key, type]) => [key.replace(/!$/, ''), { type, required: key.endsWith('!') }]),
  );
}

/** Only what a kind reaches, each type as one string: "key type;key! type". Throws for words that mean nothing. */
function pack({ types, kinds, enums }) {
  const packed = {};
  const visit = (name) => {
    if (packed[name] !== undefined || enums[name]) return;
    if (!types[name]) throw new Error(`no type ${name}`);
    const fields = Object.entries(types[name]);
    packed[name] = fields.map(([key, { type, required }]) => `${key}${required ? '!' : ''} ${type}`).join(';');
    for (const [, { type }] of fields) for (const [word] of type.matchAll(/\b[A-Z]\w*/g)) visit(word);
  };
  for (const value of Object.values(kinds)) visit(value.split(' ')[0]);
  return { kinds: sorted(kinds), types: sorted(packed), enums: sorted(enums) };
}

const sorted = (record) => Object.fromEntries(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1)));
