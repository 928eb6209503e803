import { describe, expect, it } from 'vitest';
import type { LiveDeployment, LivePod, LiveReplicaSet } from '../../../src/core/deploy/live.ts';
import { assess, type Memory, type Observation } from '../../../src/core/deploy/status.ts';
import type { Workload } from '../../../src/core/deploy/waves.ts';

const workload: Workload = {
  name: 'fetch',
  component: 'server',
  deployment: 'mcp-server-fetch',
  image: 'mcp/fetch:1',
  uid: 1000,
  argv: ['x'],
};
const REVISION = { 'deployment.kubernetes.io/revision': '2' };

type Status = NonNullable<LiveDeployment['status']>;

function deployment(status: Status = {}, generation = 1): LiveDeployment {
  return {
    metadata: { name: 'mcp-server-fetch', uid: 'd', generation, annotations: REVISION },
    spec: { replicas: 1, selector: {}, template: {}, progressDeadlineSeconds: 120 },
    status: { observedGeneration: 1, ...status },
  };
}

const sets: LiveReplicaSet[] = [
  {
    metadata: {
      name: 'old',
      uid: 'r1',
      annotations: { 'deployment.kubernetes.io/revision': '1' },
      ownerReferences: [{ uid: 'd', kind: 'Deployment', name: 'x' }],
    },
  },
  {
    metadata: {
      name: 'new',
      uid: 'r2',
      annotations: REVISION,
      ownerReferences: [{ uid: 'd', kind: 'Deployment', name: 'x' }],
    },
  },
];

function pod(container: object, owner = 'r2', more: object = {}): LivePod {
  const full = { name: 'server', image: 'i', imageID: '', ready: false, restartCount: 0, ...container };
  return {
    metadata: { name: 'p', ownerReferences: [{ uid: owner, kind: 'ReplicaSet', name: 'x' }] },
    status: { containerStatuses: [full], ...more },
  } as LivePod;
}

function observe(parts: Partial<Observation>): Observation {
  return { deployment: deployment(), replicaSets: sets, pods: [], logs: new Map(), now: 0, ...parts };
}

/** States at the given times, while the same thing is seen all the time. */
function states(parts: Partial<Observation>, times: number[]): string[] {
  let memory: Memory = new Map();
  return times.map((now) => {
    const judged = assess(workload, observe({ ...parts, now }), memory);
    memory = judged.memory;
    return judged.status.state;
  });
}

const waiting = (reason: string, message = '') => ({ state: { waiting: { reason, message } } });
const READY: Status = {
  replicas: 1,
  updatedReplicas: 1,
  readyReplicas: 1,
  availableReplicas: 1,
  conditions: [{ type: 'Available', status: 'True' }],
};

describe('a rollout', () => {
  it.each<[string, LiveDeployment | undefined, string]>([
    ['is ready when all counts agree', deployment(READY), 'ready'],
    ['goes on while the Deployment is not there', undefined, 'progressing'],
    ['goes on until the controller has seen the change', deployment(READY, 2), 'progressing'],
    ['goes on while an old pod is there', deployment({ ...READY, replicas: 2 }), 'progressing'],
    ['goes on while the new pod is not there', deployment({ ...READY, updatedReplicas: 0 }), 'progressing'],
    ['goes on while nothing is available', deployment({ ...READY, availableReplicas: 0 }), 'progressing'],
    ['goes on without the Available condition', deployment({ ...READY, conditions: [] }), 'progressing'],
    [
      'fails at its own deadline',
      deployment({ conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }] }),
      'failed',
    ],
    [
      'does not believe an old deadline after a change',
      deployment({ conditions: [{ type: 'Progressing', status: 'False', reason: 'ProgressDeadlineExceeded' }] }, 2),
      'progressing',
    ],
  ])('%s', (_what, object, state) => {
    expect(assess(workload, observe({ deployment: object }), new Map()).status.state).toBe(state);
  });
});

describe('a hopeless rollout', () => {
  const notFound = 'failed to resolve reference "docker.io/a/b:c": docker.io/a/b:c: not found';
  it.each<[string, object, number[], string[]]>([
    ['InvalidImageName at once', waiting('InvalidImageName'), [0], ['failed']],
    ['ErrImageNeverPull at once', waiting('ErrImageNeverPull'), [0], ['failed']],
    ['a missing Secret at once', waiting('CreateContainerConfigError', 'secret "x" not found'), [0], ['failed']],
    [
      'not a cache that is not in sync yet',
      waiting('CreateContainerConfigError', 'failed to sync secret cache: timed out'),
      [0, 60_000],
      ['progressing', 'progressing'],
    ],
    [
      'a missing image after a moment',
      waiting('ErrImagePull', notFound),
      [0, 1000, 2000],
      ['progressing', 'progressing', 'failed'],
    ],
    [
      'a denied image after a moment',
      waiting('ImagePullBackOff', 'Back-off pulling image: ErrImagePull: pull access denied'),
      [0, 2000],
      ['progressing', 'failed'],
    ],
    [
      'not a proxy that forbids it while it cannot be reached',
      waiting('ErrImagePull', 'proxy: forbidden: dial tcp: i/o timeout'),
      [0, 60_000],
      ['progressing', 'progressing'],
    ],
    [
      'not a registry that cannot be reached',
      waiting('ErrImagePull', 'lookup registry: no such host'),
      [0, 60_000],
      ['progressing', 'progressing'],
    ],
    ['a crash loop at once', waiting('CrashLoopBackOff'), [0], ['failed']],
    ['the third restart', { restartCount: 3, state: { running: {} } }, [0], ['failed']],
    [
      'not the second restart',
      { restartCount: 2, state: { running: {} } },
      [0, 60_000],
      ['progressing', 'progressing'],
    ],
    [
      'a container that cannot be started after a moment',
      waiting('RunContainerError'),
      [0, 2000],
      ['progressing', 'failed'],
    ],
    ['not a container that is being made', waiting('ContainerCreating'), [0, 100_000], ['progressing', 'progressing']],
  ])('%s', (_what, container, times, expected) => {
    expect(states({ pods: [pod(container)] }, times)).toEqual(expected);
  });

  it('is seen in init containers as well', () => {
    const init = { name: 'install-bridge', restartCount: 1, ...waiting('CrashLoopBackOff') };
    expect(states({ pods: [pod({}, 'r2', { initContainerStatuses: [init] })] }, [0])).toEqual(['failed']);
  });

  it('remembers why a pull failed when the back-off no longer says it', () => {
    let memory: Memory = new Map();
    const see = (container: object, now: number) => {
      const judged = assess(workload, observe({ pods: [pod(container)], now }), memory);
      memory = judged.memory;
      return judged.status.state;
    };
    expect(see(waiting('ErrImagePull', 'manifest unknown'), 0)).toBe('progressing');
    expect(see(waiting('ImagePullBackOff', 'Back-off pulling image "a"'), 9000)).toBe('progressing');
    expect(see(waiting('ErrImagePull', 'manifest unknown'), 9500)).toBe('failed');
  });

  it('is not what happens to the pods of an older revision', () => {
    expect(states({ pods: [pod(waiting('CrashLoopBackOff'), 'r1')] }, [0])).toEqual(['progressing']);
  });

  it('is a pod that the cluster refuses for ten seconds', () => {
    const refused = deployment({
      conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message: 'exceeded quota' }],
    });
    expect(states({ deployment: refused }, [0, 9000, 10_000])).toEqual(['progressing', 'progressing', 'failed']);
  });

  it('is a pod that no node takes for a minute', () => {
    const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message: 'too little cpu' }];
    expect(states({ pods: [pod({}, 'r2', { conditions })] }, [0, 59_000, 60_000])).toEqual([
      'progressing',
      'progressing',
      'failed',
    ]);
  });
});

describe('a bridge that runs without its server', () => {
  const running = pod({ state: { running: {} } });
  const judge = (log: string) =>
    assess(workload, observe({ pods: [running], logs: new Map([['p', log]]) }), new Map()).status.state;

  it.each([
    [
      'a start that is denied',
      'mcpk-bridge: cannot start server: fork/exec /a: permission denied (uid 1000, gid 1000)',
      'failed',
    ],
    ["docker's bridge", '2026/01/01 Error running command: fork/exec /a: permission denied', 'failed'],
    [
      'too many processes for the moment',
      'mcpk-bridge: cannot start server: fork/exec /a: resource temporarily unavailable (uid 1000, gid 1000)',
      'progressing',
    ],
    ['one exit', 'mcpk-bridge: server exited with code 1', 'progressing'],
    ['three exits', 'mcpk-bridge: server exited with code 1: x\n'.repeat(3), 'failed'],
    ['words of the server itself', 'EACCES: permission denied', 'progressing'],
  ])('%s', (_what, log, state) => {
    expect(judge(log)).toBe(state);
  });
});

it('a gateway that has nothing to serve is not waited for', () => {
  const inVain = { ...workload, inVain: 'no server behind it is ready' };
  const seen = observe({ pods: [pod({ state: { running: {} } })] });
  const first = assess(inVain, seen, new Map());
  expect(first.status.state).toBe('progressing');
  expect(assess(inVain, { ...seen, now: 5000 }, first.memory).status).toEqual({
    state: 'failed',
    message: 'no server behind it is ready',
  });
});

it('the kubelet going to and fro between two reasons is one thing that happens', () => {
  const say = (container: object) => assess(workload, observe({ pods: [pod(container)] }), new Map()).status.message;
  const why = 'failed to do request: Head "https://ghcr.io/v2/": dial tcp: lookup ghcr.io on 10.0.0.53:53: i/o timeout';
  expect(say(waiting('ErrImagePull', why))).toBe(
    say(waiting('ImagePullBackOff', `Back-off pulling image "i": ErrImagePull: ${why}`)),
  );
  expect(say(waiting('ErrImagePull', why))).toBe('server: image i cannot be pulled: i/o timeout');
});
