import { EnvironmentError } from '../../errors.ts';
import type { KubeConnection } from './connection.ts';

/**
 * What port-forward over WebSocket takes. A WebSocket opens with a GET, so `get` was enough until Kubernetes 1.35 asked
 * for `create` too (gate AuthorizePodWebsocketUpgradeCreatePermission).
 */
const RIGHTS = [
  { verb: 'list', resource: 'pods' },
  { verb: 'get', resource: 'pods', subresource: 'portforward' },
  { verb: 'create', resource: 'pods', subresource: 'portforward' },
];

const ROLE = {
  apiVersion: 'rbac.authorization.k8s.io/v1',
  kind: 'Role',
  metadata: { name: 'mcpk-connect' },
  rules: [
    { apiGroups: [''], resources: ['pods'], verbs: ['list'] },
    { apiGroups: [''], resources: ['pods/portforward'], verbs: ['get', 'create'] },
  ],
};

/** The error for whoever may not look for the pod or forward its port; names what is lacking. */
export async function forwardingRefused(
  kube: KubeConnection,
  namespace: string,
  signal: AbortSignal,
): Promise<EnvironmentError> {
  const lacking = await lackingRights(kube, namespace, signal).catch(() => []);
  const where = `in namespace ${namespace} of ${kube.context}`;
  if (lacking.length === 0) {
    return new EnvironmentError('connect.forbidden', `the API server refuses to forward a port of a pod ${where}`, {
      suggestions: [`see what it says: kubectl -n ${namespace} port-forward deployment/mcp-gateway 8811`],
    });
  }
  return new EnvironmentError('connect.forbidden', `you may not ${lacking.join(', nor ')} ${where}`, {
    suggestions: [
      `who administers the cluster makes a Role: echo '${JSON.stringify(ROLE)}' | kubectl -n ${namespace} apply -f -`,
      `and gives it to you: kubectl -n ${namespace} create rolebinding mcpk-connect --role=mcpk-connect --user=NAME (kubectl auth whoami tells NAME)`,
    ],
  });
}

/** As verb and resource, `get pods/portforward`. */
async function lackingRights(kube: KubeConnection, namespace: string, signal: AbortSignal): Promise<string[]> {
  const answers = await Promise.all(
    RIGHTS.map(async (right) => {
      const { status, body } = await kube.request({
        method: 'POST',
        path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
        body: {
          apiVersion: 'authorization.k8s.io/v1',
          kind: 'SelfSubjectAccessReview',
          spec: { resourceAttributes: { namespace, ...right } },
        },
        signal,
      });
      return status === 201 && (body as { status?: { allowed?: boolean } }).status?.allowed !== true;
    }),
  );
  return RIGHTS.filter((_, i) => answers[i]).map(({ verb, resource, subresource }) =>
    [verb, [resource, subresource].filter(Boolean).join('/')].join(' '),
  );
}
