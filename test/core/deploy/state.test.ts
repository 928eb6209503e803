import { expect, it } from 'vitest';
import type { LiveDeployment, LivePod } from '../../../src/core/deploy/live.ts';
import { formatAge, stateOf } from '../../../src/core/deploy/state.ts';
import type { Workload } from '../../../src/core/deploy/waves.ts';

const workload: Workload = {
  name: 'fetch',
  component: 'server',
  deployment: 'mcp-server-fetch',
  image: 'i',
  uid: 1000,
  argv: ['x'],
};
const REVISION = { 'deployment.kubernetes.io/revision': '1' };
const owner = (uid: string, kind: string) => [{ uid, kind, name: 'x' }];

/** Ages are written as what they are: "60000". */
const age = (timestamp: string | undefined) => Number(timestamp ?? 0);

function seen(containers: object[], ageMs: number, status: object = {}) {
  const deployment = {
    metadata: { name: 'mcp-server-fetch', uid: 'd', generation: 1, annotations: REVISION },
    spec: { replicas: 1, selector: {}, template: { spec: { containers: [{ name: 'server', image: 'mcp/fetch:2' }] } } },
    status: { observedGeneration: 1, ...status },
  } as unknown as LiveDeployment;
  const pod = {
    metadata: { name: 'p', creationTimestamp: String(ageMs), ownerReferences: owner('r', 'ReplicaSet') },
    status: { phase: 'Pending', containerStatuses: containers },
  } as unknown as LivePod;
  const replicaSets = [
    { metadata: { name: 'r', uid: 'r', annotations: REVISION, ownerReferences: owner('d', 'Deployment') } },
  ];
  return { deployment, replicaSets, pods: containers.length > 0 ? [pod] : [], logs: new Map() };
}

const notFound = {
  name: 'server',
  image: 'i',
  restartCount: 0,
  state: { waiting: { reason: 'ErrImagePull', message: 'manifest not found' } },
};

it.each([
  ['just now', 0, 'progressing'],
  ['for a minute', 60_000, 'failed'],
])('an image that is not found %s: %s', (_when, ageMs, state) => {
  expect(stateOf(workload, seen([notFound], ageMs), age).status.state).toBe(state);
});

it('a pod that is refused for a minute has failed, though there is none', () => {
  const refused = (ms: number) => ({
    conditions: [{ type: 'ReplicaFailure', status: 'True', message: 'exceeded quota', lastTransitionTime: String(ms) }],
  });
  expect(stateOf(workload, seen([], 0, refused(1000)), age).status.state).toBe('progressing');
  const { status, ageMs } = stateOf(workload, seen([], 0, refused(60_000)), age);
  expect([status.state, ageMs]).toEqual(['failed', undefined]);
});

it('counts restarts, and tells the image of the cluster', () => {
  const restarted = { name: 'server', image: 'i', restartCount: 2, state: { running: {} } };
  expect(stateOf(workload, seen([restarted], 5000), age)).toMatchObject({
    restarts: 2,
    image: 'mcp/fetch:2',
    ageMs: 5000,
  });
});

it('says that it is not there', () => {
  const nothing = { deployment: undefined, replicaSets: [], pods: [], logs: new Map() };
  expect(stateOf(workload, nothing, age)).toEqual({
    status: { state: 'missing', message: 'not deployed' },
    image: null,
    restarts: 0,
  });
});

it.each([
  [0, '0s'],
  [119, '119s'],
  [120, '2m'],
  [7199, '119m'],
  [7200, '2h'],
  [172_800, '2d'],
])('%i seconds are %s', (seconds, text) => {
  expect(formatAge(seconds)).toBe(text);
});
