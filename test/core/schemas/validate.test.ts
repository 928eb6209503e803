import { describe, expect, it } from 'vitest';
import { validateObject } from '../../../src/core/schemas/validate.ts';

type Json = Record<string, unknown>;

const container = (change: Json = {}) => ({ name: 'web', image: 'web:1', ...change });

function pod(spec: Json = {}, metadata: Json = {}): Json {
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'web', ...metadata },
    spec: { containers: [container()], ...spec },
  };
}

const podOf = (change: Json) => pod({ containers: [container(change)] });

function deployment(spec: Json = {}, top: Json = {}): Json {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web' },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: { metadata: { labels: { app: 'web' } }, spec: { containers: [container()] } },
      ...spec,
    },
    ...top,
  };
}

const of = (apiVersion: string, kind: string, more: Json = {}) => ({
  apiVersion,
  kind,
  metadata: { name: 'x' },
  ...more,
});
const secret = (more: Json) => of('v1', 'Secret', more);

function crd(openAPIV3Schema: Json): Json {
  const versions = [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema } }];
  const names = { plural: 'things', kind: 'Thing' };
  const spec = { group: 'example.com', scope: 'Cluster', names, versions };
  return of('apiextensions.k8s.io/v1', 'CustomResourceDefinition', { spec });
}

/** Each problem in one line: `kind pointer: message (suggestion)`. */
function told(object: unknown): string[] {
  return validateObject(object).problems.map(
    ({ kind, pointer, message, suggestion }) => `${kind} ${pointer}: ${message}${suggestion ? ` (${suggestion})` : ''}`,
  );
}

const CASES: [what: string, object: unknown, expected: string[]][] = [
  [
    'a misspelt key',
    podOf({ imagee: 'web:1' }),
    ['unknown-key /spec/containers/0/imagee: unknown key "imagee" in spec.containers[0] (did you mean "image"?)'],
  ],
  [
    'a key in the wrong case',
    pod({ hostnetwork: true }),
    ['unknown-key /spec/hostnetwork: unknown key "hostnetwork" in spec (did you mean "hostNetwork"?)'],
  ],
  [
    'a key that is missing one level of nesting',
    podOf({ runAsUser: 1000 }),
    [
      'unknown-key /spec/containers/0/runAsUser: unknown key "runAsUser" in spec.containers[0] (it belongs under "securityContext")',
    ],
  ],
  [
    'a key of the object above',
    deployment({ template: { spec: { containers: [container({ serviceAccountName: 'x' })] } } }),
    [
      'unknown-key /spec/template/spec/containers/0/serviceAccountName: unknown key "serviceAccountName" in spec.template.spec.containers[0] (it belongs in spec.template.spec)',
    ],
  ],
  [
    'a key of several objects above, of which the nearest is meant',
    deployment({ template: { metadata: {}, spec: { containers: [container()], labels: {}, metadata: {} } } }),
    [
      'unknown-key /spec/template/spec/labels: unknown key "labels" in spec.template.spec',
      'unknown-key /spec/template/spec/metadata: unknown key "metadata" in spec.template.spec (it belongs in spec.template)',
    ],
  ],
  [
    'a key of nowhere, where few are known',
    pod({ hostAliases: [{ ip: '10.0.0.1', zzzzzz: 1 }] }),
    ['unknown-key /spec/hostAliases/0/zzzzzz: unknown key "zzzzzz" in spec.hostAliases[0] (known keys: hostnames, ip)'],
  ],
  [
    'a key of the root, with what a pointer escapes',
    deployment({}, { 'a/b~c': 1 }),
    ['unknown-key /a~1b~0c: unknown key "a/b~c" in the object (known keys: apiVersion, kind, metadata, spec, status)'],
  ],
  [
    'a number for a string',
    podOf({ env: [{ name: 'PORT', value: 8080 }] }),
    [
      'wrong-type /spec/containers/0/env/0/value: spec.containers[0].env[0].value must be a string, not 8080 (put it in quotes: "8080")',
    ],
  ],
  [
    'a boolean for a label',
    pod({}, { labels: { 'example.com/on': true } }),
    [
      'wrong-type /metadata/labels/example.com~1on: metadata.labels["example.com/on"] must be a string, not true (put it in quotes: "true")',
    ],
  ],
  [
    'a string for a number',
    deployment({ replicas: '3' }),
    ['wrong-type /spec/replicas: spec.replicas must be a whole number, not "3" (write it without quotes: 3)'],
  ],
  [
    'a string for a truth value',
    pod({ hostNetwork: 'true' }),
    [
      'wrong-type /spec/hostNetwork: spec.hostNetwork must be true or false, not "true" (write it without quotes: true)',
    ],
  ],
  [
    'a broken number',
    deployment({ replicas: 1.5 }),
    ['wrong-type /spec/replicas: spec.replicas must be a whole number, not 1.5'],
  ],
  [
    'a number of more than 32 bits',
    deployment({ replicas: 2 ** 31 }),
    ['bad-value /spec/replicas: spec.replicas does not fit into 32 bits; it is 2147483648'],
  ],
  [
    'a negative number',
    deployment({ replicas: -1 }),
    ['bad-value /spec/replicas: spec.replicas must be at least 0; it is -1'],
  ],
  [
    'a mapping for a list',
    pod({ containers: {} }),
    ['wrong-type /spec/containers: spec.containers must be a list, not a mapping'],
  ],
  [
    'a list for a mapping',
    pod({ securityContext: [] }),
    ['wrong-type /spec/securityContext: spec.securityContext must be a mapping, not a list'],
  ],
  [
    'a list without items',
    pod({ containers: [] }),
    ['bad-value /spec/containers: spec.containers must have at least 1 item'],
  ],
  [
    'a missing key',
    podOf({ name: undefined }),
    ['missing-key /spec/containers/0: spec.containers[0] lacks the key "name"'],
  ],
  [
    'null for a key that must be there',
    podOf({ image: null }),
    ['missing-key /spec/containers/0: spec.containers[0] lacks the key "image"'],
  ],
  ['no spec', deployment({}, { spec: null }), ['missing-key : the object lacks the key "spec"']],
  ['no selector', deployment({ selector: undefined }), ['missing-key /spec: spec lacks the key "selector"']],
  [
    'an empty item',
    podOf({ args: ['a', null] }),
    ['wrong-type /spec/containers/0/args/1: spec.containers[0].args[1] is empty (fill the item, or delete its "-")'],
  ],
  ['null elsewhere', pod({ nodeSelector: { a: null }, tolerations: null, restartPolicy: null }), []],
  [
    'a word that is none of few',
    podOf({ imagePullPolicy: 'Allways' }),
    [
      'bad-value /spec/containers/0/imagePullPolicy: spec.containers[0].imagePullPolicy must be one of Always, IfNotPresent, Never; it is "Allways" (did you mean "Always"?)',
    ],
  ],
  ['an empty word that the API server fills in', podOf({ imagePullPolicy: '' }), []],
  [
    'an empty word that it does not fill in',
    of('v1', 'Service', { spec: { internalTrafficPolicy: '' } }),
    ['bad-value /spec/internalTrafficPolicy: spec.internalTrafficPolicy must be one of Cluster, Local; it is ""'],
  ],
  [
    'a bad quantity',
    podOf({ resources: { limits: { memory: '256MB' } } }),
    [
      'bad-value /spec/containers/0/resources/limits/memory: spec.containers[0].resources.limits.memory must be a quantity such as "250m" or "256Mi"; it is "256MB"',
    ],
  ],
  [
    'a negative quantity',
    podOf({ resources: { requests: { cpu: '-1' } } }),
    [
      'bad-value /spec/containers/0/resources/requests/cpu: spec.containers[0].resources.requests.cpu must not be negative; it is "-1"',
    ],
  ],
  ['a number as quantity', podOf({ resources: { limits: { cpu: 0.5, memory: 1e9, 'example.com/gpu': 1 } } }), []],
  [
    'a resource that does not exist',
    podOf({ resources: { limits: { cpus: 1 } } }),
    [
      'bad-value /spec/containers/0/resources/limits/cpus: the key "cpus" must be cpu, memory, ephemeral-storage, or a name with a domain such as "example.com/gpu"',
    ],
  ],
  [
    'a bad name',
    { ...deployment(), metadata: { name: 'My_App' } },
    [
      'bad-value /metadata/name: metadata.name must be a DNS name: lower-case letters, digits, "-" and ".", with a letter or digit at both ends of each part; it is "My_App"',
    ],
  ],
  [
    'a name that only a Service may not have',
    of('v1', 'Service', { metadata: { name: '1st' }, spec: {} }),
    [
      'bad-value /metadata/name: metadata.name must be a DNS label that starts with a letter: at most 63 lower-case letters, digits and "-"; it is "1st"',
    ],
  ],
  [
    'a name that only a role may have',
    of('rbac.authorization.k8s.io/v1', 'Role', { metadata: { name: 'Read:Pods' } }),
    [],
  ],
  [
    'no name',
    of('v1', 'ConfigMap', { metadata: { labels: {} } }),
    ['missing-key /metadata: metadata lacks the key "name"'],
  ],
  ['no metadata', of('v1', 'ConfigMap', { metadata: null }), ['missing-key : the object lacks the key "metadata"']],
  ['a name to be made', of('v1', 'ConfigMap', { metadata: { generateName: 'x-' } }), []],
  ['a kind that needs no name', { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', spec: {} }, []],
  [
    'a bad label',
    pod({}, { labels: { 'a b': 'not a name!' } }),
    [
      'bad-value /metadata/labels/a b: the key "a b" must be letters, digits, "-", "_" and ".", with at most a DNS name and "/" before it',
      'bad-value /metadata/labels/a b: metadata.labels["a b"] must be at most 63 letters, digits, "-", "_" and ".", with a letter or digit at both ends; it is "not a name!"',
    ],
  ],
  ['a long annotation', pod({}, { annotations: { 'Example.com/Note': 'not a name! '.repeat(99) } }), []],
  [
    'a port name that is too long',
    podOf({ ports: [{ containerPort: 80, name: 'a-very-long-name' }] }),
    [
      'bad-value /spec/containers/0/ports/0/name: spec.containers[0].ports[0].name must be a port name: at most 15 lower-case letters, digits and "-", with a letter; it is "a-very-long-name"',
    ],
  ],
  [
    'a port out of range',
    podOf({ ports: [{ containerPort: 70000 }] }),
    [
      'bad-value /spec/containers/0/ports/0/containerPort: spec.containers[0].ports[0].containerPort must be at least 1 and at most 65535; it is 70000',
    ],
  ],
  [
    'a port as text',
    podOf({ livenessProbe: { httpGet: { port: '8080' } } }),
    [
      'bad-value /spec/containers/0/livenessProbe/httpGet/port: spec.containers[0].livenessProbe.httpGet.port must be a port number, or the name of a port; it is "8080" (write it without quotes: 8080)',
    ],
  ],
  [
    'a list where a port is wanted',
    podOf({ livenessProbe: { tcpSocket: { port: [80] } } }),
    [
      'wrong-type /spec/containers/0/livenessProbe/tcpSocket/port: spec.containers[0].livenessProbe.tcpSocket.port must be a port number, or the name of a port, not a list',
    ],
  ],
  [
    'a percentage that is none',
    deployment({ strategy: { rollingUpdate: { maxSurge: '25 %' } } }),
    [
      'bad-value /spec/strategy/rollingUpdate/maxSurge: spec.strategy.rollingUpdate.maxSurge must be a number of at least 0, or a percentage such as "25%"; it is "25 %"',
    ],
  ],
  [
    'a time that is none',
    of('coordination.k8s.io/v1', 'Lease', { spec: { renewTime: '2026-01-31T12:00:00Z' } }),
    [
      'bad-value /spec/renewTime: spec.renewTime must be a time with six decimals, such as "2026-01-31T12:00:00.000000Z"; it is "2026-01-31T12:00:00Z"',
    ],
  ],
  [
    'data of a Secret in clear, which is not shown',
    secret({ data: { token: 'hunter-2!' } }),
    ['bad-value /data/token: data.token must be base64'],
  ],
  [
    'a number in a Secret, which is not shown',
    secret({ stringData: { pin: 1234 } }),
    ['wrong-type /stringData/pin: stringData.pin must be a string, not a number (put it in quotes)'],
  ],
  [
    'status, of which only the types count',
    deployment({}, { status: { replicas: 'x', conditions: [{ type: 'A' }], bogus: 1 } }),
    [
      'wrong-type /status/replicas: status.replicas must be a whole number, not "x"',
      'unknown-key /status/bogus: unknown key "bogus" in status (known keys: availableReplicas, collisionCount, conditions, observedGeneration, readyReplicas, replicas, terminatingReplicas, unavailableReplicas, updatedReplicas)',
    ],
  ],
  [
    'a schema in a schema',
    crd({ type: 'object', additionalProperties: { typ: 'string' }, items: false }),
    [
      'unknown-key /spec/versions/0/schema/openAPIV3Schema/additionalProperties/typ: unknown key "typ" in spec.versions[0].schema.openAPIV3Schema.additionalProperties (did you mean "type"?)',
      'wrong-type /spec/versions/0/schema/openAPIV3Schema/items: spec.versions[0].schema.openAPIV3Schema.items must be a mapping, not false',
    ],
  ],
  [
    'the other forms that a schema in a schema has',
    crd({ type: 'object', additionalProperties: true, items: [{ type: 'string' }], dependencies: { a: ['b'], c: {} } }),
    [],
  ],
  ['a key that client-node does not have yet', pod({ workloadRef: { name: 'a', podGroup: 'b' } }), []],
];

describe('the schema of a kind that is known', () => {
  it.each(CASES)('%s', (_what, object, expected) => {
    expect(validateObject(object).known).toBe(true);
    expect(told(object)).toEqual(expected);
  });

  it('ends where a value holds itself', () => {
    const schema: Json = { type: 'object' };
    schema['properties'] = { again: schema };
    const { problems } = validateObject(crd(schema));
    expect(problems.map(({ message }) => message)).toEqual(['this is nested too deep']);
  });

  it('is not misled by keys that every JavaScript object has', () => {
    expect(told(pod({ constructor: {}, toString: 1 })).map((line) => line.split(':')[0])).toEqual([
      'unknown-key /spec/constructor',
      'unknown-key /spec/toString',
    ]);
    expect(validateObject({ apiVersion: 'v1', kind: 'constructor' }).known).toBe(false);
  });
});

describe('an object without a schema', () => {
  it.each([
    ['a custom resource', of('example.com/v1', 'Thing'), []],
    ['a kind that a newer Kubernetes may have', of('apps/v1', 'Workload'), []],
    ['a typed list, which is for the caller', { apiVersion: 'apps/v1', kind: 'DeploymentList', items: [] }, []],
    ['a version that is gone, for which there is a rule', of('apps/v1beta2', 'Deployment'), []],
    ['a route of the Gateway API that we do not have', of('gateway.networking.k8s.io/v1', 'TLSRoute'), []],
    [
      'a misspelt kind',
      of('apps/v1', 'Deploymnet'),
      ['bad-value /kind: apps/v1 has no kind "Deploymnet" (did you mean "Deployment"?)'],
    ],
    [
      'a kind of another group',
      of('v1', 'Deployment'),
      ['bad-value /apiVersion: v1 has no kind Deployment (it is in "apps/v1")'],
    ],
    ['no kind', { apiVersion: 'v1' }, ['missing-key : the object lacks the key "kind"']],
    [
      'a number for apiVersion',
      { apiVersion: 1, kind: 'Pod' },
      ['wrong-type /apiVersion: apiVersion must be a string, not 1'],
    ],
    ['a list', [], ['wrong-type : the object must be a mapping, not a list']],
    ['nothing', null, ['wrong-type : the object must be a mapping, not empty']],
  ])('%s', (_what, object, expected) => {
    expect(validateObject(object).known).toBe(false);
    expect(told(object)).toEqual(expected);
  });
});
