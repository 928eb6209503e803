import { describe, expect, it } from 'vitest';
import {
  changesBetween,
  objectsHash,
  outdated,
  type Revision,
  rollbackTarget,
} from '../../../src/core/deploy/revision.ts';
import { workloadsIn, workloadsOf } from '../../../src/core/deploy/waves.ts';
import type { ManifestObject } from '../../../src/core/manifests/object.ts';
import { buildObjects } from '../../../src/core/manifests/objects.ts';
import { demo } from '../checks/apps.ts';

function revision(number: number, outcome: Revision['outcome'], hash = String(number)): Revision {
  return { number, created: '', outcome, hash, objects: [] };
}

function target(revisions: Revision[], wanted?: number): number | string {
  const found = rollbackTarget(revisions, wanted);
  return 'problem' in found ? found.problem : found.revision.number;
}

describe('a rollback', () => {
  const ready = (number: number, hash?: string) => revision(number, 'ready', hash);

  it.each<[string, Revision[], number | string]>([
    ['to the one before', [ready(3), ready(2), ready(1)], 2],
    [
      'past those that never became ready',
      [revision(4, 'failed'), revision(3, 'unfinished'), revision(2, 'progressing'), ready(1)],
      1,
    ],
    ['past one that is the same', [ready(3, 'a'), ready(2, 'a'), ready(1, 'b')], 1],
    ['nowhere from the first', [ready(1)], 'no other revision has become ready'],
    ['nowhere without any', [], 'nothing has been deployed yet'],
  ])('leads %s', (_where, revisions, expected) => {
    expect(target(revisions)).toBe(expected);
  });

  it('leads where it is told to, also to one that failed', () => {
    const revisions = [ready(3), revision(2, 'failed'), ready(1)];
    expect(target(revisions, 2)).toBe(2);
    expect(target(revisions, 7)).toBe('there is no revision 7');
    expect(target([ready(3), { ...ready(2), objects: undefined }])).toBe('what is stored of revision 2 cannot be read');
  });
});

describe('what is kept', () => {
  const many = (outcome: Revision['outcome']) => Array.from({ length: 12 }, (_, i) => revision(12 - i, outcome));

  it('is the newest ten', () => {
    expect(outdated(many('ready')).map(({ number }) => number)).toEqual([2, 1]);
    expect(outdated(many('ready').slice(2))).toEqual([]);
  });

  it('is also the last one that became ready', () => {
    const revisions = [...many('failed').slice(0, 11), revision(1, 'ready')];
    expect(outdated(revisions).map(({ number }) => number)).toEqual([2]);
  });
});

describe('what is different', () => {
  const app = demo('mcpk');
  const objects = buildObjects(app);
  const [first] = app.servers;
  const name = first?.name ?? '';

  it('is nothing between equal objects, which have one hash', () => {
    expect(changesBetween(objects, buildObjects(app))).toEqual([]);
    expect(objectsHash(objects)).toBe(objectsHash(buildObjects(app)));
  });

  it('is told by server', () => {
    const others = buildObjects({ ...app, servers: app.servers.slice(1) });
    expect(changesBetween(others, objects)).toEqual(expect.arrayContaining([`${name} added`, 'mcp-gateway changed']));
    expect(changesBetween(objects, others)).toContain(`${name} removed`);
    const image = buildObjects({
      ...app,
      servers: app.servers.map((server) => (server === first ? { ...server, image: 'x:2' } : server)),
    });
    expect(changesBetween(objects, image)).toEqual([`${name}: image ${first?.image} → x:2`]);
    const env = buildObjects({
      ...app,
      servers: app.servers.map((server) => (server === first ? { ...server, env: { A: 'b' } } : server)),
    });
    expect(changesBetween(objects, env)).toEqual([`${name} changed`]);
    expect(objectsHash(env)).not.toBe(objectsHash(objects));
  });

  it('what a former deploy has left gives the same workloads as the app', () => {
    const stored = JSON.parse(JSON.stringify(objects)) as ManifestObject[];
    expect(workloadsIn(stored)).toEqual(workloadsOf(app, objects));
    const docker = demo('docker');
    expect(workloadsIn(buildObjects(docker))).toEqual(workloadsOf(docker, buildObjects(docker)));
  });
});
