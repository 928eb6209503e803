import { describe, expect, it } from 'vitest';
import { explainWorkload, type Findings } from '../../../src/core/deploy/diagnose.ts';
import type { LivePod } from '../../../src/core/deploy/live.ts';
import type { Workload } from '../../../src/core/deploy/waves.ts';

const server: Workload = {
  name: 'fetch',
  component: 'server',
  deployment: 'mcp-server-fetch',
  image: 'mcp/fetch:1',
  uid: 1000,
  argv: ['x'],
};

function findings(parts: Partial<Findings>): Findings {
  return { deployment: undefined, pods: [], events: [], logs: [], ...parts };
}

function podWith(container: object, more: object = {}): LivePod {
  const full = { name: 'server', image: 'mcp/fetch:1', imageID: '', ready: false, restartCount: 0, ...container };
  return { metadata: { name: 'p' }, status: { containerStatuses: [full], ...more } } as LivePod;
}

const waiting = (reason: string, message = '') => podWith({ state: { waiting: { reason, message } } });
const explain = (parts: Partial<Findings>, workload = server) =>
  explainWorkload(workload, { namespace: 'mcp', message: 'started' }, findings(parts));

describe('the cause of a waiting container', () => {
  it.each<[string, string, string, string]>([
    ['InvalidImageName', '', 'image.invalid-name', 'servers.fetch.image'],
    ['ErrImageNeverPull', '', 'image.never-pull', 'kind load'],
    ['ErrImagePull', 'docker.io/a: not found', 'image.not-found', 'servers.fetch.image'],
    ['ImagePullBackOff', 'pull access denied, repository does not exist', 'image.denied', 'imagePullSecret'],
    ['ErrImagePull', 'dial tcp: lookup registry-1.docker.io: no such host', 'image.registry-unreachable', 'mirror'],
    ['ErrImagePull', 'toomanyrequests: You have reached your pull rate limit', 'image.rate-limit', 'mirror'],
    ['ErrImagePull', 'no match for platform in manifest', 'image.platform', 'CPU'],
    ['CreateContainerConfigError', 'secret "github" not found', 'secret.missing', 'secret generic github'],
    [
      'CreateContainerConfigError',
      "couldn't find key token in Secret mcp/github",
      'secret.missing',
      'servers.fetch.secrets',
    ],
    [
      'CreateContainerConfigError',
      'container has runAsNonRoot and image will run as root',
      'container.root',
      'runAsUser',
    ],
    ['RunContainerError', 'exec: "/x": permission denied: unknown', 'server.exec-denied', 'chmod o+x'],
  ])('%s: %s', (reason, message, id, remedy) => {
    const explanation = explain({ pods: [waiting(reason, message)] });
    expect(explanation.id).toBe(id);
    expect(explanation.remedies.join('\n')).toContain(remedy);
  });

  it('names the bridge where its image is missing', () => {
    const init = {
      name: 'install-bridge',
      image: 'b',
      imageID: '',
      ready: false,
      restartCount: 0,
      state: { waiting: { reason: 'ErrImagePull', message: 'not found' } },
    };
    expect(explain({ pods: [podWith({}, { initContainerStatuses: [init] })] }).remedies.join()).toContain(
      'bridge.image',
    );
  });
});

describe('the cause of a crash', () => {
  const ended = (terminated: object) =>
    podWith({ restartCount: 3, lastState: { terminated }, state: { waiting: { reason: 'CrashLoopBackOff' } } });
  it.each([
    [{ exitCode: 137, reason: 'OOMKilled' }, 'container.out-of-memory'],
    [{ exitCode: 126 }, 'server.exec-denied'],
    [{ exitCode: 127 }, 'server.exec-not-found'],
    [{ exitCode: 1 }, 'container.crash'],
  ])('%o', (terminated, id) => {
    expect(explain({ pods: [ended(terminated)] }).id).toBe(id);
  });

  it('is taken from the log before the restart, rather than from the exit code', () => {
    const logs = [
      { pod: 'p', container: 'server', previous: false, text: 'JavaScript heap out of memory' },
      { pod: 'p', container: 'server', previous: true, text: "ModuleNotFoundError: No module named 'mcp'" },
    ];
    const explanation = explain({ pods: [ended({ exitCode: 1 })], logs });
    expect(explanation.id).toBe('server.module-missing');
    expect(explanation.evidence).toContain(
      "log fetch/server (before its restart): ModuleNotFoundError: No module named 'mcp'",
    );
  });

  it('quotes the bridge where nothing else is known', () => {
    const logs = [
      { pod: 'p', container: 'server', previous: false, text: 'mcpk-bridge: server exited with code 3: boom' },
    ];
    expect(explain({ logs })).toMatchObject({
      id: 'server.exits',
      cause: 'the server exited with code 3: boom, again and again',
    });
  });
});

describe('the cause of a pod that is not there', () => {
  const refused = (message: string): Findings['deployment'] => ({
    metadata: { name: 'x' },
    status: { conditions: [{ type: 'ReplicaFailure', status: 'True', reason: 'FailedCreate', message }] },
  });
  it.each([
    ['exceeded quota: q, requested: limits.cpu=1', 'deploy.quota'],
    ['violates PodSecurity "restricted:latest": x', 'deploy.pod-security'],
    ['admission webhook "w" denied the request', 'deploy.admission'],
  ])('%s', (message, id) => {
    expect(explain({ deployment: refused(message) }).id).toBe(id);
  });

  it.each([
    ['0/1 nodes are available: 1 Insufficient memory.', 'pod.unschedulable'],
    ['pod has unbound immediate PersistentVolumeClaims', 'volume.pending'],
  ])('%s', (message, id) => {
    const conditions = [{ type: 'PodScheduled', status: 'False', reason: 'Unschedulable', message }];
    expect(explain({ pods: [podWith({}, { conditions })] }).id).toBe(id);
  });
});

it('tells warnings once, with their number, and leaves out what went well', () => {
  const event = (type: string, message: string, count = 1) => ({
    type,
    reason: 'R',
    message,
    count,
    involvedObject: {},
  });
  expect(
    explain({ events: [event('Normal', 'pulled'), event('Warning', 'a\nb', 2), event('Warning', 'a b')] }).evidence,
  ).toEqual(['event R: a b (3 times)']);
});

it('admits that it knows nothing, and says where to look', () => {
  expect(explain({})).toMatchObject({ id: 'deploy.not-ready' });
  expect(explain({}).remedies.join()).toContain('kubectl -n mcp');
});

it('of a gateway are the servers that it cannot reach', () => {
  const gateway: Workload = { ...server, name: 'mcp-gateway', component: 'gateway' };
  const text = "- Listing MCP tools...\n  > Can't start fetch: failed to connect: getaddrinfo ENOTFOUND mcp-fetch\n";
  const logs = [{ pod: 'p', container: 'gateway', previous: false, text }];
  expect(explain({ logs }, gateway)).toMatchObject({ id: 'gateway.servers-down' });
  expect(explain({ logs }, gateway).cause).toContain('fetch');
});
