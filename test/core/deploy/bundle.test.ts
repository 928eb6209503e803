import { expect, it } from 'vitest';
import { bundleFiles } from '../../../src/core/deploy/bundle.ts';
import type { LiveEvent, LivePod } from '../../../src/core/deploy/live.ts';
import { textMasker } from '../../../src/core/deploy/mask.ts';
import { eventPortraits, podPortrait } from '../../../src/core/deploy/portrait.ts';
import { buildObjects } from '../../../src/core/manifests/objects.ts';
import { demo } from '../checks/apps.ts';

const SECRET = 'open-sesame-77';
const age = () => 90_000;

it('holds everything that was seen, and no secret', () => {
  const pod = {
    kind: 'Pod',
    metadata: {
      name: 'p',
      managedFields: [{ manager: 'kubelet' }],
      annotations: { 'kubectl.kubernetes.io/last-applied-configuration': `{"token":"${SECRET}"}` },
    },
    spec: { containers: [{ name: 'server', env: [{ name: 'API_TOKEN', value: 'other-value' }] }] },
    status: { containerStatuses: [{ state: { terminated: { message: `bad ${SECRET}` } } }] },
  };
  const files = bundleFiles(
    {
      where: { app: 'demo', namespace: 'mcp', context: 'dev' },
      version: '0.1.0',
      now: '2026-01-02T03:04:05Z',
      summary: `it said ${SECRET}\n`,
      result: { workloads: [{ cause: `it said ${SECRET}` }] },
      wanted: buildObjects(demo('mcpk')),
      live: [pod, { kind: 'Secret', metadata: { name: 's' }, data: { k: 'b3Blbi1zZXNhbWUtNzc=' } }],
      events: [{ type: 'Warning', reason: 'Unhealthy', object: 'Pod p', message: SECRET, count: 2, ageSeconds: 5 }],
      logs: [
        { server: 'fetch', pod: 'p', container: 'server', previous: false, lines: ['a', SECRET] },
        { server: 'fetch', pod: 'p', container: 'server', previous: true, lines: ['b'] },
      ],
    },
    textMasker([SECRET]),
  );
  expect([...files.keys()]).toEqual(
    expect.arrayContaining([
      'mcpk-bundle.json',
      'summary.txt',
      'diagnosis.json',
      'events.txt',
      'wanted/deployment-mcp-gateway.yaml',
      'live/pod-p.yaml',
      'live/secret-s.yaml',
      'logs/fetch/p.server.log',
      'logs/fetch/p.server.previous.log',
    ]),
  );
  const all = [...files.values()].join('');
  expect(all).not.toMatch(/sesame|other-value|b3Blbi1zZXNhbWUtNzc/);
  expect(all).not.toMatch(/managedFields|last-applied/);
  expect(files.get('logs/fetch/p.server.log')).toBe('a\n***\n');
  expect(files.get('events.txt')).toBe('5s ago  Warning  Pod p  Unhealthy (2 times): ***\n');
});

it('tells how each container does', () => {
  const pod = {
    metadata: { name: 'p' },
    spec: { nodeName: 'n' },
    status: {
      phase: 'Running',
      conditions: [
        { type: 'Ready', status: 'False', reason: 'ContainersNotReady' },
        { type: 'Initialized', status: 'True' },
      ],
      initContainerStatuses: [
        {
          name: 'i',
          image: 'a',
          ready: true,
          restartCount: 0,
          state: { terminated: { exitCode: 0, reason: 'Completed' } },
        },
      ],
      containerStatuses: [
        {
          name: 'server',
          image: 'b',
          ready: false,
          restartCount: 3,
          state: { waiting: { reason: 'CrashLoopBackOff', message: 'back-off' } },
          lastState: { terminated: { exitCode: 137, reason: 'OOMKilled' } },
        },
      ],
    },
  } as unknown as LivePod;
  expect(podPortrait(pod, age)).toEqual({
    name: 'p',
    phase: 'Running',
    node: 'n',
    ageSeconds: 90,
    conditions: [{ type: 'Ready', status: 'False', reason: 'ContainersNotReady' }],
    containers: [
      { name: 'i', init: true, image: 'a', state: 'ended', ready: true, restarts: 0, reason: 'Completed', exitCode: 0 },
      {
        name: 'server',
        init: false,
        image: 'b',
        state: 'waiting',
        ready: false,
        restarts: 3,
        reason: 'CrashLoopBackOff',
        message: 'back-off',
        lastEnd: 'OOMKilled, exit code 137',
      },
    ],
  });
});

it('tells events of the same words once, where the newest stands', () => {
  const event = (message: string, count?: number): LiveEvent => ({
    type: 'Warning',
    reason: 'R',
    message,
    ...(count && { count }),
    involvedObject: { kind: 'Pod', name: 'p' },
  });
  const events = eventPortraits([event('a', 2), event('b'), event('a')], age);
  expect(events.map(({ message, count }) => `${message} ${count}`)).toEqual(['b 1', 'a 3']);
});
