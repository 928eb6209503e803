import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { diagnose } from '../../src/actions/diagnose.ts';
import { diff, diffExitCode } from '../../src/actions/diff.ts';
import { history } from '../../src/actions/history.ts';
import { followLogs, logs, logsExitCode, type SourceLine } from '../../src/actions/logs.ts';
import { deployExitCode } from '../../src/actions/roll-out.ts';
import { rollback } from '../../src/actions/rollback.ts';
import { awaitStatus, status, statusExitCode, watchStatus } from '../../src/actions/status.ts';
import { SERVER_IMAGES, skipWithoutCluster, type TestApp, testApp } from './app-on-cluster.ts';

const TIME = { image: SERVER_IMAGES.time };
const SECRET = 'open-sesame-77';
/** Counts on stderr, ten lines a second. */
const COUNTER = { ...TIME, command: ['sh', '-c', 'i=0; while :; do i=$((i+1)); echo count $i >&2; sleep 0.1; done'] };
/** Tells what it must not, and ends. */
const BLAB = {
  ...TIME,
  command: ['sh', '-c', 'echo the key is $KEY >&2; exit 3'],
  secrets: [{ env: 'KEY', from: { name: 'blab', key: 'key' } }],
};
/** Its pod is prepared, and then there is no image. */
const GHOST = { ...TIME, image: 'docker.io/Mcpk Test/none', command: ['x'] };
const BY_SOMEBODY = { contentType: 'application/merge-patch+json', fieldManager: 'somebody' };
const CONFIG_MAP = '/api/v1/{ns}/configmaps/mcp-gateway';

/** One app through its life: each test goes on where the one before has left it. */
describe.skipIf(skipWithoutCluster()).sequential('around a deploy on a real cluster', { timeout: 120_000 }, () => {
  let app: TestApp;
  beforeAll(async () => {
    app = await testApp();
  });
  afterAll(() => app.cleanUp(), 90_000);

  const compare = () => diff({ ...app.where, onWarning: () => {} });
  const actions = async () => {
    const { objects } = await compare();
    return objects
      .filter(({ action }) => action !== 'same')
      .map(({ action, kind, name }) => `${action} ${kind} ${name}`);
  };
  const roll = (revision?: number) =>
    rollback({
      ...app.where,
      revision,
      timeoutMs: 60_000,
      forceConflicts: false,
      onStart: () => {},
      onEvent: () => {},
    });

  it('where nothing is: all is to be created, and nothing is created by asking', async () => {
    await app.configure({ time: TIME });
    const result = await compare();
    expect(result.summary).toEqual({ create: 9, change: 0, prune: 0, same: 0 });
    expect(result.objects.filter(({ dryRun }) => dryRun).map(({ kind }) => kind)).toEqual(['Namespace']);
    expect([diffExitCode(result, false), diffExitCode(result, true)]).toEqual([0, 1]);
    expect(await app.status('/api/v1/{ns}')).toBe(404);
    expect(statusExitCode(await status(app.where))).toBe(1);
    expect((await history(app.where)).revisions).toEqual([]);
    await expect(roll()).rejects.toMatchObject({ code: 'rollback.no-revision', exitCode: 1 });
    const silent = await logs({ ...app.where, tail: 10, previous: false });
    expect([logsExitCode(silent), silent.silent[0]?.reason]).toEqual([1, 'not deployed']);
  });

  it('after a deploy: nothing differs, all is ready, and its logs are there', async () => {
    await app.deploy({ time: TIME });
    const same = await compare();
    expect(same.summary).toEqual({ create: 0, change: 0, prune: 0, same: 8 });
    expect(diffExitCode(same, true)).toBe(0);
    const seen = await status(app.where);
    expect([statusExitCode(seen), seen.workloads.map(({ image }) => image)[0]]).toEqual([0, SERVER_IMAGES.time]);
    const all = await logs({ ...app.where, tail: 50, previous: false });
    expect([...new Set(all.lines.map(({ server }) => server))].sort()).toEqual(['mcp-gateway', 'time']);
    expect(all.lines.map(({ time }) => time)).toEqual(all.lines.map(({ time }) => time).sort());
    const before = await logs({ ...app.where, server: 'time', tail: 50, previous: true });
    expect([before.lines, before.silent[0]?.reason]).toEqual([[], 'it was never restarted']);
  });

  it('shows what would change and go, and hides what is secret', async () => {
    await app.configure({ time: { ...TIME, env: { API_TOKEN: SECRET, LEVEL: 'debug' } } });
    const changed = await compare();
    expect(changed.summary).toMatchObject({ change: 1, create: 0, prune: 0 });
    const text = changed.objects.find(({ action }) => action === 'change')?.diff ?? '';
    expect(text).toContain('+        - name: LEVEL\n+          value: debug\n');
    expect(text).toContain('+          value: "***"\n');
    expect(JSON.stringify(changed)).not.toContain(SECRET);
    await app.configure({ clock: { ...TIME, command: ['mcp-server-time'] } });
    expect(await actions()).toEqual(
      expect.arrayContaining([
        'create Deployment mcp-server-clock',
        'prune Deployment mcp-server-time',
        'prune Service mcp-time',
      ]),
    );
    // The revision is no leftover.
    expect((await actions()).filter((action) => /prune (ConfigMap|Secret)/.test(action))).toEqual([]);
  });

  it('names fields that others have set, and secrets that are missing: a deploy would fail', async () => {
    await app.call('PATCH', CONFIG_MAP, { data: { 'gateway.json': 'x' } }, BY_SOMEBODY);
    await app.configure({ time: TIME, blab: BLAB });
    const result = await compare();
    const map = result.objects.find(({ kind }) => kind === 'ConfigMap');
    expect(map).toMatchObject({ action: 'change', conflicts: [{ field: '.data.gateway.json', manager: 'somebody' }] });
    expect(map?.diff).toContain('-  gateway.json: x\n');
    expect(result.obstacles.map(({ code }) => code).sort()).toEqual(['deploy.conflict', 'secret.missing']);
    expect([diffExitCode(result, false), diffExitCode(result, true)]).toEqual([1, 1]);
  });

  it('tells one object that is refused, and of the others what would be', async () => {
    const service = (await app.call('GET', '/api/v1/{ns}/services/mcp-time')) as { metadata: { labels: object } };
    const metadata = { name: 'mcp-time-data', labels: service.metadata.labels };
    const spec = { accessModes: ['ReadWriteMany'], resources: { requests: { storage: '1Mi' } } };
    await app.call('POST', '/api/v1/{ns}/persistentvolumeclaims', { metadata, spec });
    await app.configure({ time: { ...TIME, volumes: [{ name: 'data', mountPath: '/data', size: '1Mi' }] } });
    const { obstacles, objects } = await compare();
    expect(obstacles).toContainEqual(
      expect.objectContaining({ kind: 'PersistentVolumeClaim', code: 'cluster.rejected' }),
    );
    // Also the strategy changes: the old one must not stand in the way of the new one.
    const deployment = objects.find(({ kind, action }) => kind === 'Deployment' && action === 'change');
    expect(deployment?.diff).toContain('claimName: mcp-time-data');
    expect(deployment?.diff).toContain('+    type: Recreate');
    await app.call('DELETE', '/api/v1/{ns}/persistentvolumeclaims/mcp-time-data');
  });

  it('a server that fails: status, logs and diagnosis say why, and no file has the secret', async () => {
    await app.call('POST', '/api/v1/{ns}/secrets', { metadata: { name: 'blab' }, stringData: { key: SECRET } });
    const result = await app.deploy(
      { time: TIME, counter: COUNTER, blab: BLAB, ghost: GHOST },
      { forceConflicts: true },
    );
    expect(result.workloads.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'blab failed',
      'counter ready',
      'ghost failed',
      'time ready',
      'mcp-gateway ready',
    ]);
    const now = await status(app.where);
    expect(statusExitCode(now)).toBe(1);
    expect(now.workloads[0]).toMatchObject({ name: 'blab', state: 'failed', code: 'server.exits' });
    const said = await logs({ ...app.where, server: 'blab', tail: 20, previous: false });
    expect(said.lines.map(({ text }) => text)).toContain(`the key is ${SECRET}`);
    // What the init container said is no word of the server's.
    const none = await logs({ ...app.where, server: 'ghost', tail: 20, previous: false });
    expect(none.lines.map(({ container }) => container)).toEqual(['install-bridge']);
    expect(none.silent).toMatchObject([{ server: 'ghost', state: 'failed', code: 'image.invalid-name' }]);
    expect([logsExitCode(said), logsExitCode(none)]).toEqual([0, 1]);
    const bundle = join(app.where.cwd, 'out');
    const seen = await diagnose({
      ...app.where,
      server: 'blab',
      bundle,
      summary: () => 'summary',
      onWarning: (message) => expect.fail(message),
    });
    expect(seen.workloads[0]).toMatchObject({ code: 'server.exits', pods: [{ phase: 'Running' }] });
    expect(seen.workloads[0]?.logs.flatMap(({ lines }) => lines)).toContain('the key is ***');
    expect(JSON.stringify(seen)).not.toContain(SECRET);
    const files = readdirSync(bundle, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
    expect(files.map(({ name }) => name)).toEqual(
      expect.arrayContaining([
        'mcpk-bundle.json',
        'diagnosis.json',
        'secret-mcp-gateway-token.yaml',
        'deployment-mcp-server-blab.yaml',
      ]),
    );
    const token = (await app.call('GET', '/api/v1/{ns}/secrets/mcp-gateway-token')) as { data: { token: string } };
    const secrets = [SECRET, token.data.token, Buffer.from(token.data.token, 'base64').toString()];
    const text = files.map(({ parentPath, name }) => readFileSync(join(parentPath, name), 'utf8')).join('');
    expect(secrets.filter((secret) => text.includes(secret))).toEqual([]);
  });

  it('follows a log without losing or doubling a line, and watches, until it is interrupted', async () => {
    const controller = new AbortController();
    const lines: SourceLine[] = [];
    let looks = 0;
    const signal = controller.signal;
    const onLines = (fresh: SourceLine[]) => {
      lines.push(...fresh);
      if (lines.length > 40) controller.abort();
    };
    const following = followLogs({ ...app.where, signal, server: 'counter', tail: 1, onLines, onSilent: () => {} });
    const watching = watchStatus({ ...app.where, signal, onLook: () => looks++ });
    await following;
    const numbers = lines.flatMap(({ text }) => /^count (\d+)$/.exec(text)?.slice(1).map(Number) ?? []);
    expect(numbers.length).toBeGreaterThan(30);
    expect(numbers).toEqual(numbers.map((_, i) => (numbers[0] ?? 0) + i));
    expect((await watching).workloads).toHaveLength(5);
    expect(looks).toBeGreaterThan(1);
  });

  it('following says why there is no log yet', async () => {
    const controller = new AbortController();
    const told: string[] = [];
    const onSilent = ({ reason }: { reason: string }) => {
      told.push(reason);
      controller.abort();
    };
    const { signal } = controller;
    await followLogs({ ...app.where, signal, server: 'ghost', tail: 1, onLines: () => {}, onSilent });
    expect(told).toEqual([expect.stringContaining('is no image name')]);
  });

  it('goes back to what ran before, as a revision of its own, and takes away what has come since', async () => {
    const { revisions } = await history(app.where);
    expect(revisions.map(({ revision, outcome }) => `${revision} ${outcome}`)).toEqual(['2 failed', '1 ready']);
    expect(revisions[0]?.changes).toEqual(
      expect.arrayContaining(['blab added', 'counter added', 'mcp-gateway changed']),
    );
    const back = await roll();
    expect(deployExitCode(back)).toBe(0);
    expect(back).toMatchObject({
      to: 1,
      revision: 3,
      workloads: [
        { name: 'time', state: 'ready' },
        { name: 'mcp-gateway', state: 'ready' },
      ],
    });
    expect(back.pruned.map(({ kind, name }) => `${kind} ${name}`)).toContain('Deployment mcp-server-blab');
    await app.configure({ time: TIME });
    expect(await actions()).toEqual([]);
    expect((await history(app.where)).revisions[0]).toMatchObject({
      revision: 3,
      outcome: 'ready',
      note: 'rollback to 1',
    });
    // The same again is no new revision.
    expect((await app.deploy({ time: TIME })).revision).toBe(3);
  });

  it('waits until something is hopeless, or the time is up', async () => {
    const waiting = (timeoutMs: number) => awaitStatus({ ...app.where, timeoutMs, onStatus: () => {} });
    expect(statusExitCode(await waiting(30_000))).toBe(0);
    await app.deploy({ time: { ...TIME, image: 'docker.io/Mcpk Test/none' } }, { timeoutMs: 1 });
    const failed = await waiting(30_000);
    expect([statusExitCode(failed), failed.workloads[0]?.code]).toEqual([1, 'image.invalid-name']);
    await app.deploy({ time: { ...TIME, command: ['sleep', '1000'] } }, { timeoutMs: 1 });
    expect(statusExitCode(await waiting(1))).toBe(4);
  });

  it('is forgotten with the app', async () => {
    await app.remove();
    expect((await history(app.where)).revisions).toEqual([]);
  });
});
