import { describe, expect, it } from 'vitest';
import { objectDiff } from '../../../src/core/deploy/comparison.ts';
import type { LiveObject } from '../../../src/core/deploy/live.ts';
import { deeplyMasked, masked, maskedPair, textMasker } from '../../../src/core/deploy/mask.ts';

const SECRET = 'open-sesame-77';
const TOKEN = `ghp_${'a1B2'.repeat(9)}`;

function deployment(container: object): LiveObject {
  const spec = { template: { spec: { containers: [{ name: 'server', image: 'a', ...container }] } } };
  return { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'd' }, spec };
}

describe('masked', () => {
  it.each<[string, LiveObject]>([
    ['data of a Secret', { kind: 'Secret', metadata: { name: 's' }, data: { anything: SECRET } }],
    ['stringData of a Secret', { kind: 'Secret', metadata: { name: 's' }, stringData: { anything: SECRET } }],
    ['a variable with a telling name', deployment({ env: [{ name: 'DB_PASSWORD', value: SECRET }] })],
    ['a number under a telling name', deployment({ env: [{ name: 'LOGIN_TOKEN', value: '1234' }] })],
    ['a variable with a telling value', deployment({ env: [{ name: 'X', value: TOKEN }] })],
    ['a connection string', deployment({ env: [{ name: 'X', value: `postgres://u:${SECRET}@db/x` }] })],
    ['the word after a flag', deployment({ command: ['serve', '--api-token', SECRET] })],
    ['a flag with its value', deployment({ args: [`--password=${SECRET}`] })],
    [
      'a header of a probe',
      deployment({
        livenessProbe: { httpGet: { httpHeaders: [{ name: 'Authorization', value: `Bearer ${SECRET}` }] } },
      }),
    ],
    ['an entry of a ConfigMap', { kind: 'ConfigMap', metadata: { name: 'c' }, data: { API_KEY: SECRET } }],
    ['an annotation', { kind: 'Service', metadata: { name: 's', annotations: { 'x/auth-token': SECRET } } }],
    [
      'a variable of a pod',
      {
        kind: 'Pod',
        metadata: { name: 'p' },
        spec: { initContainers: [{ name: 'i', env: [{ name: 'API_TOKEN', value: SECRET }] }] },
      },
    ],
  ])('hides %s', (_what, object) => {
    const text = JSON.stringify(masked(object));
    expect(text).toContain('***');
    for (const value of [SECRET, TOKEN, '1234']) expect(text).not.toContain(value);
  });

  it('leaves everything else, and the object itself, as they are', () => {
    const object = deployment({
      env: [
        { name: 'LEVEL', value: 'debug' },
        { name: 'TOKEN_FILE', value: '/etc/t' },
      ],
      command: ['x', '--max-tokens', '5'],
    });
    expect(masked(object)).toEqual(object);
    const secret = { kind: 'Secret', metadata: { name: 's' }, data: { a: SECRET } };
    masked(secret);
    expect(secret.data.a).toBe(SECRET);
  });
});

describe('a pair', () => {
  const env = (value: string, ...more: object[]) => deployment({ env: [...more, { name: 'API_TOKEN', value }] });

  it('shows that a secret changes, also where it moves, and shows nothing of it', () => {
    const [before, after] = maskedPair(env('old-value-1'), env('new-value-2', { name: 'A', value: 'b' }));
    expect(JSON.stringify(before)).toContain('"*** (before)"');
    expect(JSON.stringify(after)).toContain('"*** (after)"');
    expect(JSON.stringify([before, after])).not.toMatch(/old-value|new-value/);
  });

  it('shows one that stays as the same', () => {
    const [before, after] = maskedPair(env('same-value'), env('same-value'));
    expect(before).toEqual(after);
  });
});

describe('objectDiff', () => {
  const live = {
    ...deployment({ env: [{ name: 'LEVEL', value: 'info' }] }),
    metadata: {
      name: 'd',
      uid: 'u',
      resourceVersion: '7',
      generation: 2,
      creationTimestamp: 't',
      managedFields: [{ manager: 'x' }],
      annotations: {
        'deployment.kubernetes.io/revision': '3',
        'kubectl.kubernetes.io/last-applied-configuration': SECRET,
      },
    },
    status: { replicas: 1 },
  } as LiveObject;

  it('is empty where only the cluster has written', () => {
    const { status: _status, ...rest } = live;
    expect(objectDiff(live, { ...rest, metadata: { name: 'd', resourceVersion: '8', generation: 3 } })).toBe('');
  });

  it('is a unified diff of what changes, with its secrets masked', () => {
    const after = deployment({
      env: [
        { name: 'LEVEL', value: 'debug' },
        { name: 'API_TOKEN', value: SECRET },
      ],
    });
    const diff = objectDiff(live, after);
    expect(diff).toContain(
      '-          value: info\n+          value: debug\n+        - name: API_TOKEN\n+          value: "***"\n',
    );
    expect(diff).not.toContain(SECRET);
    expect(diff).not.toMatch(/resourceVersion|status|managedFields/);
  });

  it('tells a change that is only in a secret', () => {
    const env = (value: string) => deployment({ env: [{ name: 'API_TOKEN', value }] });
    expect(objectDiff(env('old-value'), env('new-value'))).toContain(
      '-          value: "*** (before)"\n+          value: "*** (after)"',
    );
  });
});

describe('textMasker', () => {
  const key = '-----BEGIN RSA PRIVATE KEY-----\nMIIEowIBAAKC\n-----END RSA PRIVATE KEY-----';

  it.each([
    ['a known value', `key is ${SECRET}!`, 'key is ***!'],
    ['a line of a known value of several lines', 'first line of it', '*** of it'],
    ['a token', `got ${TOKEN} now`, 'got *** now'],
    ['a bearer', 'authorization: Bearer abc123def456', 'authorization: Bearer ***'],
    ['docker’s gateway', '> Use Bearer token: 4f9d8a7b6c5e', '> Use Bearer token: ***'],
    ['a private key', `a\n${key}\nb`, 'a\n***\nb'],
    ['an assignment', 'PGPASSWORD=hunter22 psql', '*** psql'],
  ])('hides %s', (_what, text, expected) => {
    expect(textMasker([SECRET, 'first line\nsecond line'])(text)).toBe(expected);
  });

  it('leaves prose alone, and does not look for what is too short', () => {
    const text = '> Use Bearer token from the token file; 3 tokens, password is required, abc';
    expect(textMasker(['abc'])(text)).toBe(text);
  });

  it('reaches every text of a result', () => {
    expect(deeplyMasked({ a: [`x ${SECRET}`, 1, null], b: { c: SECRET } }, textMasker([SECRET]))).toEqual({
      a: ['x ***', 1, null],
      b: { c: '***' },
    });
  });
});
