import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { openImage } from '../../src/adapters/images/open-image.ts';
import type { KubeConnection } from '../../src/adapters/kube/connection.ts';
import { judge, nodeFor } from '../../src/core/images/judge.ts';
import { BROKEN_IMAGES, type BrokenImage, settingsOf } from '../helpers/broken-images.ts';
import { mcpk, temporaryFolder } from '../helpers/cli.ts';
import { api, cluster, mcpkOnCluster, namespaceOf, restrictedNamespace, until } from '../helpers/cluster.ts';
import { dockerArchive } from '../helpers/image-archive.ts';

const CLUSTER = fileURLToPath(new URL('../cluster/cluster', import.meta.url));
const whyNot = process.env['MCPK_E2E_OWN_CLUSTER']
  ? ''
  : 'this cluster is not of test/cluster: no way to load images is known';
const skipped = whyNot ? ` (skipped: ${whyNot})` : '';

interface ContainerStatus {
  state: {
    waiting?: { reason?: string; message?: string };
    terminated?: { exitCode: number; reason?: string; message?: string };
  };
}

/** The pod that the settings describe, of which only the program is the image's. */
function podOf(name: string, image: string, broken: BrokenImage): object {
  const settings = settingsOf(broken);
  const volumes = settings.mounts.map(({ path }, i) => ({ name: `v${i}`, mountPath: path }));
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 0,
      securityContext: {
        runAsNonRoot: settings.runAsNonRoot,
        ...(settings.runAsUser !== undefined && { runAsUser: settings.runAsUser }),
        ...(settings.runAsGroup !== undefined && { runAsGroup: settings.runAsGroup }),
        seccompProfile: { type: 'RuntimeDefault' },
      },
      containers: [
        {
          name: 'server',
          image,
          imagePullPolicy: 'Never',
          env: Object.entries(settings.env).map(([key, value]) => ({ name: key, value })),
          securityContext: {
            allowPrivilegeEscalation: false,
            capabilities: { drop: ['ALL'] },
            readOnlyRootFilesystem: true,
          },
          terminationMessagePolicy: 'FallbackToLogsOnError',
          volumeMounts: volumes,
        },
      ],
      volumes: volumes.map((volume) => ({ name: volume.name, emptyDir: {} })),
    },
  };
}

/** What became of the container: `starts`, or the words of its error. */
async function outcome(kube: KubeConnection, namespace: string, name: string): Promise<string> {
  return until(`${name} has started or failed`, 180_000, async () => {
    const pod = (await api(kube, 'GET', `/api/v1/namespaces/${namespace}/pods/${name}`)) as {
      status: { containerStatuses?: ContainerStatus[] };
    };
    const state = pod.status.containerStatuses?.[0]?.state;
    if (state?.terminated) {
      const { exitCode, reason, message = '' } = state.terminated;
      return exitCode === 0 ? 'starts' : `${reason}: ${message} (exit ${exitCode})`;
    }
    const waiting = state?.waiting;
    return waiting?.message && waiting.reason !== 'ContainerCreating'
      ? `${waiting.reason}: ${waiting.message}`
      : undefined;
  });
}

it.skipIf(whyNot)(`verdicts are what pods do${skipped}`, async () => {
  const folder = temporaryFolder();
  const sample = BROKEN_IMAGES.filter(({ observed }) => observed !== undefined);
  expect(sample.length).toBeGreaterThanOrEqual(30);
  const files = sample.map(({ layers, config }, i) => {
    const file = join(folder, `broken-${i}.tar`);
    writeFileSync(file, dockerArchive(`mcpk.test/broken:${i}`, { layers, config }));
    return file;
  });
  execFileSync(CLUSTER, ['load', ...files], { stdio: ['ignore', 'ignore', 'pipe'] });
  const kube = await cluster();
  const restricted = await restrictedNamespace(kube, 'e2e-verdicts');
  const baseline = await namespaceOf(kube, 'e2e-verdicts-root', 'baseline');
  const table: string[] = [];
  const disagreements: string[] = [];
  await Promise.all(
    sample.map(async (broken, i) => {
      const image = await openImage(
        { transport: 'docker-archive', path: files[i] ?? '' },
        {
          env: { MCPK_CACHE_DIR: join(folder, 'cache') },
          signal: AbortSignal.timeout(60_000),
          platform: { os: 'linux', architecture: 'amd64' },
          offline: true,
          refresh: false,
          plainHttp: [],
          mirrors: [],
        },
      );
      const verdict = judge(image, settingsOf(broken), nodeFor('amd64'));
      image.close();
      const namespace = broken.pod?.runAsUser === 0 ? baseline : restricted;
      const name = `broken-${i}`;
      await api(kube, 'POST', `/api/v1/namespaces/${namespace}/pods`, podOf(name, `mcpk.test/broken:${i}`, broken));
      const seen = await outcome(kube, namespace, name);
      table.push(`${broken.pattern}: ${verdict.verdict} ${verdict.errno ?? ''} | ${seen.slice(-160)}`);
      const agrees =
        broken.observed === 'starts' ? seen === 'starts' : (broken.observed as RegExp).test(seen) && seen !== 'starts';
      const expectsStart = verdict.verdict === 'ok' || verdict.verdict === 'risky';
      if (!agrees || expectsStart !== (seen === 'starts')) disagreements.push(table.at(-1) ?? '');
    }),
  );
  console.log(`${table.length} pods:\n${table.sort().join('\n')}`);
  expect(disagreements).toEqual([]);
});

it.skipIf(whyNot)(`the seed's fetch is flagged, and what is proposed works${skipped}`, async () => {
  const folder = temporaryFolder();
  const cwd = temporaryFolder();
  const archive = execFileSync(CLUSTER, ['build-images', 'mcp-fetch'], { encoding: 'utf8' }).trim();
  const env = { MCPK_CACHE_DIR: join(folder, 'cache') };
  const inspected = await mcpk(['inspect', `docker-archive:${archive}`, '--json'], { env });
  expect(inspected.code).toBe(1);
  const { result } = JSON.parse(inspected.stdout);
  expect(result).toMatchObject({ verdict: 'fails', errno: 'EACCES', path: '/root' });
  expect(result.chain.at(-1)).toMatchObject({ path: '/root', mode: '0700', errno: 'EACCES' });
  const ids = result.remedies.map(({ id }: { id: string }) => id);
  expect(ids).toEqual(['derived-image', 'dockerfile', 'root-in-user-namespace', 'root-without-capabilities']);

  // The first: an image that mcpk derives runs as uid 1000 in a restricted namespace, and answers.
  const layout = join(folder, 'fixed');
  const fixed = await mcpk(['fix', `docker-archive:${archive}`, '--output', `oci:${layout}:mcpk.test/fetch:mended`], {
    env,
  });
  expect([fixed.code, fixed.stderr]).toEqual([0, '']);
  const tar = join(folder, 'fixed.tar');
  execFileSync('tar', ['-cf', tar, '-C', layout, '.']);
  execFileSync(CLUSTER, ['load', tar], { stdio: ['ignore', 'ignore', 'pipe'] });
  const kube = await cluster();
  const namespace = await restrictedNamespace(kube, 'e2e-mended');
  mkdirSync(join(cwd, 'app'));
  writeFileSync(
    join(cwd, 'app/mcpk.yaml'),
    `apiVersion: mcpk/v1\nname: demo\nnamespace: ${namespace}\nservers: { fetch: { image: mcpk.test/fetch:mended, command: [mcp-server-fetch] } }\n`,
  );
  const deployed = await mcpkOnCluster(['deploy'], join(cwd, 'app'));
  expect([deployed.code, deployed.stdout + deployed.stderr]).toEqual([0, expect.stringMatching(/fetch +ready/)]);
  const verified = await mcpkOnCluster(['verify'], join(cwd, 'app'));
  expect([verified.code, verified.stdout]).toEqual([0, expect.stringContaining('mcp.gateway.tools[fetch]')]);

  // The last: uid 0 without any capability owns /root, and may enter it.
  const baseline = await namespaceOf(kube, 'e2e-root', 'baseline');
  const asRoot = {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: { name: 'fetch' },
    spec: {
      restartPolicy: 'Never',
      automountServiceAccountToken: false,
      containers: [
        {
          name: 'server',
          image: 'docker.io/mcp/fetch:latest',
          imagePullPolicy: 'Never',
          command: ['mcp-server-fetch', '--help'],
          securityContext: {
            runAsUser: 0,
            allowPrivilegeEscalation: false,
            capabilities: { drop: ['ALL'] },
            readOnlyRootFilesystem: true,
            seccompProfile: { type: 'RuntimeDefault' },
          },
          terminationMessagePolicy: 'FallbackToLogsOnError',
        },
      ],
    },
  };
  await api(kube, 'POST', `/api/v1/namespaces/${baseline}/pods`, asRoot);
  expect(await outcome(kube, baseline, 'fetch')).toBe('starts');
});
