import { randomBytes } from 'node:crypto';
import type { V1Deployment, V1Pod } from '@kubernetes/client-node';
import fc from 'fast-check';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { KubeConnection } from '../../src/adapters/kube/connection.ts';
import {
  evaluatePodSecurity,
  type PodSecurityLevel,
  type PodSecurityViolation,
  type PolicyVersion,
  violationText,
} from '../../src/core/pod-security/policy.ts';
import type { Edit } from '../../src/core/yaml/edit.ts';
import { api, cluster, until } from '../helpers/cluster.ts';
import { edited } from '../helpers/edited.ts';
import { pods } from '../helpers/pods.ts';
import { skipWithoutCluster } from './app-on-cluster.ts';

/**
 * Pod Security as mcpk knows it against a real API server: the same random pods, admitted or not, with the same text.
 * MCPK_SEED and MCPK_RUNS draw other pods, or more.
 */
const RUNS = Number(process.env['MCPK_RUNS'] ?? 1000);
const SEED = Number(process.env['MCPK_SEED'] ?? 20_251_125);
const PARALLEL = 8;

interface Policy {
  level: PodSecurityLevel;
  version: PolicyVersion;
}

/** Half of the pods meet the policy that mcpk wants; the rest, those where a check begins or changes. */
const POLICIES: Policy[] = [
  ...Array.from({ length: 10 }, (): Policy => ({ level: 'restricted', version: 'latest' })),
  { level: 'baseline', version: 'latest' },
  { level: 'baseline', version: { minor: 34 } },
  { level: 'baseline', version: { minor: 18 } },
  { level: 'restricted', version: { minor: 0 } },
  { level: 'restricted', version: { minor: 21 } },
  { level: 'restricted', version: { minor: 24 } },
  { level: 'restricted', version: { minor: 25 } },
  { level: 'restricted', version: { minor: 31 } },
  { level: 'restricted', version: { minor: 34 } },
  { level: 'restricted', version: { minor: 99 } },
];
const nameOf = ({ level, version }: Policy) => `${level}:${version === 'latest' ? version : `v1.${version.minor}`}`;

describe.skipIf(skipWithoutCluster())('Pod Security of a real API server', () => {
  it(`says of ${RUNS} pods what we say, before and after our fixes`, { timeout: 120_000 }, async () => {
    const kube = await cluster();
    const namespaces = await enforcing(kube, POLICIES);
    const drawn = fc.sample(fc.tuple(pods, fc.constantFrom(...POLICIES)), { numRuns: RUNS, seed: SEED });
    const seen = { admitted: 0, forbidden: 0, cured: 0, checks: new Map<string, number>() };
    await inParallel(drawn, async ([pod, policy]) => {
      const namespace = namespaces.get(nameOf(policy)) ?? '';
      const violations = await agreed(kube, namespace, pod, policy);
      for (const { check } of violations) seen.checks.set(check, (seen.checks.get(check) ?? 0) + 1);
      if (violations.length === 0) {
        seen.admitted++;
        return;
      }
      seen.forbidden++;
      const fixed = edited(pod, fixesOf(violations));
      const left = await agreed(kube, namespace, fixed, policy);
      expect(left.flatMap(({ places }) => places.filter(({ fix }) => fix))).toEqual([]);
      if (violations.every(({ places }) => places.every(({ fix }) => fix))) {
        expect(left, JSON.stringify(pod)).toEqual([]);
        seen.cured++;
      }
    });
    const checks = [...seen.checks].sort().map(([check, count]) => `${check} ${count}`);
    console.log(`seed ${SEED}: ${seen.admitted} admitted, ${seen.forbidden} forbidden, ${seen.cured} of them cured`);
    console.log(checks.join(', '));
    // A generator of pods that all pass, or that all fail at the same, would prove little.
    expect(seen.admitted).toBeGreaterThan(RUNS / 20);
    expect(seen.cured).toBeGreaterThan(RUNS / 20);
    if (RUNS >= 1000) expect(checks).toHaveLength(19);
  });

  it('warns of a Deployment by hand as we say, and admits its pod after our fixes', async () => {
    const kube = await cluster();
    const policy: Policy = { level: 'restricted', version: 'latest' };
    const namespace = (await enforcing(kube, [policy])).get(nameOf(policy)) ?? '';
    const warnings = async (deployment: V1Deployment) => {
      const path = `/apis/apps/v1/namespaces/${namespace}/deployments`;
      const request = { method: 'POST', path, query: { dryRun: 'All' }, contentType: 'application/json' };
      return (await kube.request({ ...request, body: deployment })).warnings;
    };
    const { template } = BY_HAND.spec as NonNullable<V1Deployment['spec']>;
    const violations = await agreed(kube, namespace, template, policy);
    const text = violationText(policy.level, policy.version, violations, 'would violate');
    expect(await warnings(BY_HAND)).toEqual([text]);
    expect(text).toBe(
      'would violate PodSecurity "restricted:latest": ' +
        'runAsNonRoot != true (container "copy-bridge" must not set securityContext.runAsNonRoot=false), ' +
        'seccompProfile (pod or containers "copy-bridge", "server" must set securityContext.seccompProfile.type to ' +
        '"RuntimeDefault" or "Localhost")',
    );
    const fixed = edited(template, fixesOf(violations));
    expect(await agreed(kube, namespace, fixed, policy)).toEqual([]);
    expect(fixed.spec?.initContainers?.[0]?.securityContext).toMatchObject({ runAsNonRoot: true, runAsUser: 1000 });
    expect(await warnings({ ...BY_HAND, spec: { selector: BY_HAND.spec?.selector ?? {}, template: fixed } })).toEqual(
      [],
    );
  });
});

const hardened = { allowPrivilegeEscalation: false, capabilities: { drop: ['ALL'] } };
const labels = { app: 'mcp-server' };
const volumeMounts = [{ name: 'bridge', mountPath: '/mcp-bridge' }];

/** One server of the example that people start from: its init container is not held to what its server is. */
const BY_HAND: V1Deployment = {
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'mcp-server-duckduckgo' },
  spec: {
    selector: { matchLabels: labels },
    template: {
      metadata: { labels },
      spec: {
        initContainers: [
          { name: 'copy-bridge', image: 'b', securityContext: { runAsNonRoot: false, ...hardened }, volumeMounts },
        ],
        containers: [
          {
            name: 'server',
            image: 's',
            ports: [{ containerPort: 4444 }],
            securityContext: { runAsNonRoot: true, runAsUser: 1000, ...hardened },
            volumeMounts,
          },
        ],
        volumes: [{ name: 'bridge', emptyDir: {} }],
      },
    },
  },
};

/** A namespace for each policy, by the policy's name. */
async function enforcing(kube: KubeConnection, policies: readonly Policy[]): Promise<Map<string, string>> {
  const different = new Map(policies.map((policy) => [nameOf(policy), policy]));
  const made = new Map(
    [...different.keys()].map((name) => [name, `it-pod-security-${randomBytes(3).toString('hex')}`]),
  );
  const paths = [...made.values()].map((name) => `/api/v1/namespaces/${name}`);
  onTestFinished(async () => {
    await Promise.all(paths.map((path) => kube.request({ method: 'DELETE', path })));
    for (const path of paths) {
      await until(`${path} is gone`, 90_000, async () => (await kube.request({ path })).status === 404);
    }
  });
  for (const [key, { level, version }] of different) {
    const labels = {
      'pod-security.kubernetes.io/enforce': level,
      'pod-security.kubernetes.io/enforce-version': version === 'latest' ? version : `v1.${version.minor}`,
    };
    const metadata = { name: made.get(key), labels };
    await api(kube, 'POST', '/api/v1/namespaces', { apiVersion: 'v1', kind: 'Namespace', metadata });
  }
  // No pod is admitted before its service account is there; a controller makes it.
  for (const path of paths) {
    const account = { path: `${path}/serviceaccounts/default` };
    await until(account.path, 30_000, async () => (await kube.request(account)).status === 200);
  }
  return made;
}

function fixesOf(violations: readonly PodSecurityViolation[]): Edit[] {
  return violations.flatMap(({ places }) => places.flatMap(({ fix = [] }) => fix));
}

/** Asks both, compares, and returns what they agree on. */
async function agreed(kube: KubeConnection, namespace: string, pod: V1Pod, { level, version }: Policy) {
  const { metadata = {}, spec } = pod;
  if (!spec) throw new Error('a pod without a spec');
  const violations = evaluatePodSecurity({ metadata, spec }, level, version);
  const { status, body } = await kube.request({
    method: 'POST',
    path: `/api/v1/namespaces/${namespace}/pods`,
    query: { dryRun: 'All', fieldValidation: 'Strict' },
    body: { ...pod, metadata: { ...metadata, name: 'p' } },
    contentType: 'application/json',
  });
  const message = status < 300 ? '' : (body as { message: string }).message;
  const ours = violations.length > 0 ? `pods "p" is forbidden: ${violationText(level, version, violations)}` : '';
  expect({ pod: JSON.stringify(pod), status, message }).toEqual({
    pod: JSON.stringify(pod),
    status: violations.length > 0 ? 403 : 201,
    message: ours,
  });
  return violations;
}

async function inParallel<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const worker = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item);
  };
  await Promise.all(Array.from({ length: PARALLEL }, worker));
}
