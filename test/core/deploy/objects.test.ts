import { describe, expect, it } from 'vitest';
import { explainConflicts, fieldConflicts } from '../../../src/core/deploy/conflict.ts';
import { applyAction } from '../../../src/core/deploy/difference.ts';
import { formatDuration, parseDuration } from '../../../src/core/deploy/duration.ts';
import { isForeign, listable } from '../../../src/core/deploy/leftovers.ts';
import type { LiveObject } from '../../../src/core/deploy/live.ts';
import { foreignObjects, unwanted } from '../../../src/core/deploy/ownership.ts';
import { explainMissing, missingSecrets } from '../../../src/core/deploy/secrets.ts';

const labels = (app: string, manager = 'mcpk') => ({
  'app.kubernetes.io/managed-by': manager,
  'app.kubernetes.io/instance': app,
});

function live(
  kind: string,
  name: string,
  metadata: Partial<LiveObject['metadata']> = {},
  rest: object = {},
): LiveObject {
  return { kind, metadata: { name, ...metadata }, ...rest };
}

describe('applyAction', () => {
  const before = live(
    'Deployment',
    'a',
    { resourceVersion: '1', labels: { a: '1' } },
    { spec: { x: 1, y: { b: 1, a: 2 } }, status: { replicas: 0 } },
  );
  it.each<[string, LiveObject | undefined, LiveObject, string]>([
    ['nothing there before', undefined, before, 'created'],
    ['the same version', before, { ...before, spec: { x: 2 } }, 'unchanged'],
    [
      'only status moved',
      before,
      live(
        'Deployment',
        'a',
        { resourceVersion: '2', labels: { a: '1' } },
        { spec: { y: { a: 2, b: 1 }, x: 1 }, status: { replicas: 1 } },
      ),
      'unchanged',
    ],
    [
      'only the revision moved',
      before,
      {
        ...before,
        metadata: {
          ...before.metadata,
          resourceVersion: '2',
          annotations: { 'deployment.kubernetes.io/revision': '1' },
        },
      },
      'unchanged',
    ],
    [
      'a spec that moved',
      before,
      live('Deployment', 'a', { resourceVersion: '2', labels: { a: '1' } }, { spec: { x: 2 } }),
      'changed',
    ],
    [
      'a label that moved',
      before,
      { ...before, metadata: { ...before.metadata, resourceVersion: '2', labels: { a: '2' } } },
      'changed',
    ],
    [
      'data of a ConfigMap',
      live('ConfigMap', 'a', { resourceVersion: '1' }, { data: { a: '1' } }),
      live('ConfigMap', 'a', { resourceVersion: '2' }, { data: { a: '2' } }),
      'changed',
    ],
  ])('%s', (_what, a, b, action) => {
    expect(applyAction(a, b)).toBe(action);
  });
});

describe('foreignObjects', () => {
  it('names the owner as well as it can be known', () => {
    const found = foreignObjects(
      [
        live('Service', 'ours', { labels: labels('demo') }),
        live('Service', 'other', { labels: labels('shop') }),
        live('Service', 'helm', { labels: labels('demo', 'Helm') }),
        live('Service', 'hand', { managedFields: [{ manager: 'kubectl-create' }] }),
        live('Service', 'nobody'),
        live('Namespace', 'mcp'),
      ],
      'demo',
    );
    expect(found).toEqual([
      { object: 'Service other', owner: 'the mcpk app "shop"' },
      { object: 'Service helm', owner: 'somebody else (made with Helm)' },
      { object: 'Service hand', owner: 'somebody else (made with kubectl-create)' },
      { object: 'Service nobody', owner: 'somebody else' },
    ]);
  });
});

it('unwanted leaves out what is wanted and what is going anyway', () => {
  const going = live('Service', 'going', { deletionTimestamp: 'now' });
  expect(
    unwanted(
      [live('Service', 'a'), live('Service', 'b'), going],
      [
        { kind: 'Service', metadata: { name: 'a' } },
        { kind: 'Deployment', metadata: { name: 'b' } },
      ],
    ),
  ).toEqual([live('Service', 'b')]);
});

describe('conflicts', () => {
  it('are told field by field with their managers', () => {
    const causes = [
      {
        reason: 'FieldManagerConflict',
        message: 'conflict with "kubectl-edit" using apps/v1',
        field: '.spec.replicas',
      },
      { reason: 'Other', message: 'x', field: '.y' },
    ];
    const conflicts = fieldConflicts('Deployment mcp-gateway', causes);
    expect(conflicts).toEqual([{ object: 'Deployment mcp-gateway', field: '.spec.replicas', manager: 'kubectl-edit' }]);
    const { message, suggestions } = explainConflicts(conflicts);
    expect(message).toContain('Deployment mcp-gateway .spec.replicas is set by kubectl-edit');
    expect(suggestions.join('\n')).toContain('--force-conflicts');
  });
});

describe('durations', () => {
  it.each([
    ['90s', 90_000],
    ['5m', 300_000],
    ['1m30s', 90_000],
    ['1.5s', 1500],
    ['250ms', 250],
    ['1h', 3_600_000],
  ])('%s', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });
  it.each(['', '5', 'm', '-5s', '0s', '5 m', '5m!'])('refuses %j', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });
  it.each([
    [950, '950ms'],
    [12_340, '12.3s'],
    [125_000, '2m05s'],
  ])('prints %i', (ms, text) => {
    expect(formatDuration(ms)).toBe(text);
  });
});

describe('secrets', () => {
  const needed = [
    { name: 'github', key: 'token', servers: ['github'] },
    { name: 'github', key: 'host', servers: ['github', 'mirror'] },
    { name: 'db', key: 'url', servers: ['postgres'] },
  ];
  const there = new Map([['db', new Set(['other'])]]);

  it('that are missing are named all at once, with commands whose values come from stdin', () => {
    const missing = missingSecrets(needed, there);
    expect(missing).toEqual(needed);
    const { message, suggestions } = explainMissing(missing, there, 'mcp');
    expect(message).toContain('there is no Secret github (key "host"), for github, mirror');
    expect(message).toContain('Secret db has no key "url", for postgres');
    expect(suggestions).toHaveLength(2);
    expect(suggestions.join('\n')).toContain(
      'kubectl -n mcp create secret generic github --from-file=token=/dev/stdin --from-file=host=FILE',
    );
    expect(suggestions.join('\n')).not.toContain('--from-literal');
  });

  it('that are there are not named', () => {
    expect(
      missingSecrets(
        needed,
        new Map([
          ['github', new Set(['token', 'host'])],
          ['db', new Set(['url'])],
        ]),
      ),
    ).toEqual([]);
  });
});

describe('what a namespace holds', () => {
  it('is asked of what can be listed', () => {
    const all = [
      { name: 'pods', kind: 'Pod', namespaced: true, verbs: ['get', 'list'] },
      { name: 'pods/log', kind: 'Pod', namespaced: true, verbs: ['get', 'list'] },
      { name: 'nodes', kind: 'Node', namespaced: false, verbs: ['list'] },
      { name: 'bindings', kind: 'Binding', namespaced: true, verbs: ['create'] },
      { name: 'events', kind: 'Event', namespaced: true, verbs: ['list'] },
    ];
    expect(listable('/api/v1', all)).toEqual([{ api: '/api/v1', plural: 'pods', kind: 'Pod' }]);
  });

  it.each<[LiveObject, boolean]>([
    [live('ConfigMap', 'kube-root-ca.crt'), false],
    [live('ServiceAccount', 'default'), false],
    [live('ReplicaSet', 'x', { labels: labels('demo') }), false],
    [live('Pod', 'x', { deletionTimestamp: 'now' }), false],
    [live('ConfigMap', 'default'), true],
    [live('ReplicaSet', 'x', { labels: labels('shop') }), true],
    [live('Secret', 'x'), true],
  ])('%o', (object, foreign) => {
    expect(isForeign(object, 'demo')).toBe(foreign);
  });
});
