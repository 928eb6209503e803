import type { Access } from '../../core/checks/ports.ts';
import { apiError } from './api-error.ts';
import type { KubeConnection } from './connection.ts';

/** Whether we may do that in a namespace. @throws McpkError */
export async function isAllowed(
  kube: KubeConnection,
  namespace: string,
  { verb, group = '', resource, subresource }: Access,
  signal: AbortSignal,
): Promise<boolean> {
  const resourceAttributes = { namespace, verb, group, resource, ...(subresource && { subresource }) };
  const response = await kube.request({
    method: 'POST',
    path: '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews',
    body: { apiVersion: 'authorization.k8s.io/v1', kind: 'SelfSubjectAccessReview', spec: { resourceAttributes } },
    signal,
  });
  if (response.status !== 201) throw apiError(response, 'ask for your own rights');
  return (response.body as { status?: { allowed?: boolean } }).status?.allowed === true;
}

/** The name under which the cluster knows us; undefined where it does not tell. @throws McpkError */
export async function whoAmI(kube: KubeConnection, signal: AbortSignal): Promise<string | undefined> {
  const response = await kube.request({
    method: 'POST',
    path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
    body: { apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' },
    signal,
  });
  // 404: before Kubernetes 1.28. 403: somebody has taken away what everybody may by default.
  if (response.status === 404 || response.status === 403) return undefined;
  if (response.status !== 201) throw apiError(response, 'ask who you are');
  return (response.body as { status?: { userInfo?: { username?: string } } }).status?.userInfo?.username;
}
