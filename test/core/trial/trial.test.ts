import { describe, expect, it } from 'vitest';
import type { LivePod } from '../../../src/core/deploy/live.ts';
import { trialJob } from '../../../src/core/trial/trial-job.ts';
import { trialOutcome } from '../../../src/core/trial/trial-outcome.ts';

const TRIAL = {
  name: 'mcpk-inspect-1',
  namespace: 'mcp',
  image: 'mcp/fetch',
  argv: ['mcp-server-fetch'],
  runAsUser: 1000,
  runAsGroup: 1000,
  version: '1.2.3',
  timeoutSeconds: 90,
};

describe('the Job of a trial', () => {
  it('is the pod that mcpk would make, with the bridge’s check as its command', () => {
    const { spec } = trialJob(TRIAL);
    expect(spec).toMatchObject({ activeDeadlineSeconds: 90, backoffLimit: 0, ttlSecondsAfterFinished: 300 });
    const pod = spec.template.spec;
    expect(pod).toMatchObject({ restartPolicy: 'Never', automountServiceAccountToken: false });
    expect(pod?.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000, runAsGroup: 1000 });
    expect(pod?.initContainers?.[0]?.image).toBe('ghcr.io/mcpk/bridge:1.2.3');
    expect(pod?.containers).toEqual([
      expect.objectContaining({
        image: 'mcp/fetch',
        command: ['/mcpk/mcpk-bridge', 'check', '--json', '--', 'mcp-server-fetch'],
        securityContext: {
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
          readOnlyRootFilesystem: true,
        },
      }),
    ]);
    expect(Object.keys(pod?.containers[0] ?? {}).filter((key) => /Probe|ports/.test(key))).toEqual([]);
  });

  it('gives root a user namespace of its own', () => {
    expect(trialJob({ ...TRIAL, runAsUser: 0 }).spec.template.spec).toMatchObject({
      hostUsers: false,
      securityContext: { runAsNonRoot: false, runAsUser: 0 },
    });
  });

  it('takes another bridge', () => {
    const pod = trialJob({ ...TRIAL, bridgeImage: 'registry.example.com/bridge:1' }).spec.template.spec;
    expect(pod?.initContainers?.[0]?.image).toBe('registry.example.com/bridge:1');
  });
});

type State = NonNullable<NonNullable<NonNullable<LivePod['status']>['containerStatuses']>[0]['state']>;

function podWith(init: State | undefined, server?: State): LivePod {
  const status = (name: string, state: State) => ({
    ...{ name, state, image: `example.com/${name}`, imageID: '', ready: false, restartCount: 0 },
  });
  return {
    kind: 'Pod',
    metadata: { name: 'p' },
    status: {
      ...(init && { initContainerStatuses: [status('install-bridge', init)] }),
      ...(server && { containerStatuses: [status('server', server)] }),
    },
  } as LivePod;
}

const ended = (exitCode: number, message?: string, reason?: string): State => ({
  terminated: { exitCode, ...(message && { message }), ...(reason && { reason }) },
});
const waiting = (reason: string, message = ''): State => ({ waiting: { reason, message } });

describe('what a trial’s pod tells', () => {
  it.each([
    ['no pod', undefined, 'no pod yet'],
    ['being made', podWith(waiting('PodInitializing'), waiting('PodInitializing')), 'being started'],
    ['running', podWith(ended(0), { running: {} }), 'is asked'],
  ])('%s: waits', (_, pod, words) => {
    expect(trialOutcome(pod)).toEqual({ state: 'waiting', message: expect.stringContaining(words) });
  });

  it('no node takes it: waits, and says so', () => {
    const pod = podWith(undefined);
    pod.status = { conditions: [{ type: 'PodScheduled', status: 'False', message: '0/1 nodes are available' }] };
    expect(trialOutcome(pod)).toMatchObject({ state: 'waiting', message: expect.stringContaining('0/1 nodes') });
  });

  it('the bridge’s report is the answer', () => {
    const report = { ok: false, stage: 'exec', errno: 'EACCES', uid: 1000, gid: 1000, durationMs: 1 };
    expect(trialOutcome(podWith(ended(0), ended(1, `${JSON.stringify(report)}\n`)))).toEqual({
      state: 'ended',
      report,
    });
  });

  it.each([
    ['killed', ended(137, undefined, 'OOMKilled'), 'OOMKilled (exit code 137)'],
    ['other words', ended(2, '"ok"', 'Error'), 'Error (exit code 2): "ok"'],
    ['not started', waiting('CreateContainerConfigError', 'image will run as root'), 'image will run as root'],
  ])('%s: fails without a report', (_, state, words) => {
    expect(trialOutcome(podWith(ended(0), state))).toEqual({
      state: 'ended',
      report: { ok: false, stage: 'container', error: expect.stringContaining(words) },
    });
  });

  it.each([
    ['the bridge ends', podWith(ended(1, 'no space left'), waiting('PodInitializing')), 'image.trial', 'no space left'],
    ['the bridge’s image', podWith(waiting('ErrImagePull', 'not found')), 'image.not-found', 'install-bridge'],
    ['the image', podWith(ended(0), waiting('ImagePullBackOff', 'toomanyrequests')), 'image.rate-limit', 'server'],
  ])('%s: cannot be tried', (_, pod, id, words) => {
    expect(trialOutcome(pod)).toMatchObject({
      state: 'hopeless',
      diagnosis: { id, cause: expect.stringContaining(words) },
    });
  });
});
