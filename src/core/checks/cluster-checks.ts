import { type AppCheck, fail, pass, skip } from './check.ts';
import type { Access } from './ports.ts';

const RIGHTS: { access: Access; for: string }[] = [
  { access: { verb: 'list', resource: 'pods' }, for: 'workload.*' },
  { access: { verb: 'get', resource: 'pods', subresource: 'log' }, for: 'gateway.log.*, security.exec-permission' },
  { access: { verb: 'get', resource: 'pods', subresource: 'portforward' }, for: 'mcp.*, gateway.health' },
  // Since Kubernetes 1.35 a WebSocket needs both verbs.
  { access: { verb: 'create', resource: 'pods', subresource: 'portforward' }, for: 'mcp.*, gateway.health' },
  { access: { verb: 'get', resource: 'pods', subresource: 'exec' }, for: 'dns.resolve, network.tcp' },
  { access: { verb: 'create', resource: 'pods', subresource: 'exec' }, for: 'dns.resolve, network.tcp' },
  { access: { verb: 'get', resource: 'secrets' }, for: 'security.token, secret.refs, mcp.gateway.*' },
  { access: { verb: 'list', group: 'discovery.k8s.io', resource: 'endpointslices' }, for: 'service.endpoints' },
];

const reachable: AppCheck = {
  id: 'cluster.reachable',
  category: 'cluster',
  title: 'the API server answers',
  severity: 'error',
  scope: 'app',
  needs: [],
  // Nothing listens, or the name or the certificate is wrong: waiting does not change it, and people wait for an answer.
  retry: false,
  run: async ({ cluster }) => pass(`Kubernetes ${await cluster.version()}`),
};

const authn: AppCheck = {
  id: 'cluster.authn',
  category: 'cluster',
  title: 'the cluster knows you',
  severity: 'error',
  scope: 'app',
  needs: ['cluster.reachable'],
  retry: false,
  run: async ({ cluster }) => {
    const user = await cluster.user();
    return user === undefined ? skip('this cluster does not tell whom it takes you for') : pass(user);
  },
};

const namespace: AppCheck = {
  id: 'cluster.namespace',
  category: 'cluster',
  title: 'the namespace exists',
  severity: 'error',
  scope: 'app',
  needs: ['cluster.reachable'],
  retry: false,
  run: async ({ cluster }, { app }) => {
    const live = await cluster.get('Namespace', app.namespace);
    if (!live) {
      return fail(`there is no namespace ${app.namespace}`, {
        cause: 'nothing of this app is deployed on this cluster',
        remedies: ['mcpk deploy', 'or choose another cluster with --context'],
      });
    }
    if (live.metadata.deletionTimestamp) return fail(`namespace ${app.namespace} is being deleted`);
    const level = live.metadata.labels?.['pod-security.kubernetes.io/enforce'];
    return pass(`${app.namespace}, Pod Security ${level ?? 'not enforced'}`);
  },
};

const rbac: AppCheck = {
  id: 'cluster.rbac',
  category: 'cluster',
  title: 'you may look at everything that is checked',
  severity: 'warning',
  scope: 'app',
  needs: ['cluster.namespace'],
  retry: false,
  run: async ({ cluster }) => {
    const answers = await Promise.all(
      RIGHTS.map(async (right) => ({ right, allowed: await cluster.allowed(right.access) })),
    );
    const missing = answers.filter(({ allowed }) => !allowed).map(({ right }) => right);
    if (missing.length === 0) return pass(`${RIGHTS.length} rights`);
    return fail(`missing: ${missing.map(({ access }) => rightName(access)).join(', ')}`, {
      cause: `without them these checks cannot run: ${[...new Set(missing.map((right) => right.for))].join(', ')}`,
      remedies: ['ask for a Role with these rights (mcpk explain cluster.rbac)', 'or leave the checks out with --skip'],
    });
  },
};

function rightName({ verb, resource, subresource }: Access): string {
  return `${verb} ${resource}${subresource === undefined ? '' : `/${subresource}`}`;
}

export const clusterChecks = [reachable, authn, namespace, rbac];
