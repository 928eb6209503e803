import { EnvironmentError, FailedError, type McpkError } from '../../errors.ts';
import type { KubeResponse } from './connection.ts';

/** The API server's own error body, as far as mcpk reads it. */
export interface Status {
  kind: 'Status';
  message?: string;
  reason?: string;
  details?: { causes?: { field?: string; message?: string; reason?: string }[] };
}

/** The Status in a response; undefined where it is something else. */
export function statusOf(body: unknown): Status | undefined {
  return typeof body === 'object' && body !== null && (body as Status).kind === 'Status' ? (body as Status) : undefined;
}

/**
 * The error for an HTTP status that nobody expected.
 * @param what what was tried, as the end of "may not ...": "list deployments in namespace mcp"
 */
export function apiError(response: Pick<KubeResponse, 'status' | 'body'>, what: string): McpkError {
  const message = messageOf(response);
  switch (response.status) {
    case 401:
      return new EnvironmentError(
        'cluster.unauthorized',
        `the cluster does not accept your credentials (401) to ${what}`,
        {
          suggestions: [
            'sign in again: the token or certificate may have expired',
            'kubectl auth whoami',
            'or choose another context with --context',
          ],
        },
      );
    case 403:
      return forbidden(message, what);
    case 404:
      return new EnvironmentError('cluster.not-found', `cannot ${what}: ${message}`, {
        suggestions: ['is this the right cluster and context?'],
      });
    case 429:
    case 502:
    case 503:
    case 504:
      return new EnvironmentError(
        'cluster.unavailable',
        `the cluster is too busy or starting (${response.status}): cannot ${what}`,
        {
          suggestions: ['run the command again in a minute'],
        },
      );
    default:
      return rejected(response.status, message, what);
  }
}

/** 403 is also what admission says: Pod Security, quotas and webhooks refuse objects, not users. */
function forbidden(message: string, what: string): McpkError {
  if (/violates PodSecurity/.test(message)) {
    return new FailedError('deploy.pod-security', `cannot ${what}: ${message}`, {
      suggestions: ["the namespace's Pod Security level forbids this pod: mcpk explain deploy.pod-security"],
    });
  }
  if (/exceeded quota/.test(message)) {
    return new FailedError('deploy.quota', `cannot ${what}: ${message}`, {
      suggestions: ['kubectl describe resourcequota', 'ask for a larger quota, or deploy fewer servers'],
    });
  }
  if (/is being terminated/.test(message)) {
    return new EnvironmentError('cluster.namespace-terminating', `cannot ${what}: ${message}`, {
      suggestions: ['wait until the namespace is gone, then run the command again'],
    });
  }
  if (/admission webhook .* denied|denied the request/.test(message)) {
    return new FailedError('deploy.admission', `cannot ${what}: ${message}`, {
      suggestions: ['a policy of this cluster refuses the object: change it, or ask who runs the policy'],
    });
  }
  return new EnvironmentError('cluster.forbidden', `you may not ${what}: ${message}`, {
    suggestions: [
      'ask an administrator for this right',
      'kubectl auth can-i --list',
      'or choose another context with --context',
    ],
  });
}

function rejected(status: number, message: string, what: string): McpkError {
  // Server-side apply answers an unknown field with 500: the object is at fault, not the server.
  const objectAtFault =
    status === 400 || status === 422 || (status === 500 && /failed to create typed patch object/.test(message));
  if (!objectAtFault && status >= 500) {
    return new EnvironmentError('cluster.error', `the cluster failed (${status}): cannot ${what}: ${message}`, {
      suggestions: ['run the command again', 'kubectl get --raw /readyz?verbose'],
    });
  }
  return new FailedError('cluster.rejected', `the cluster refuses to ${what}: ${message}`, {
    suggestions: /immutable|may not be/.test(message)
      ? ['the field cannot change on an existing object: mcpk delete, then mcpk deploy']
      : [],
  });
}

function messageOf({ status, body }: Pick<KubeResponse, 'status' | 'body'>): string {
  const text = statusOf(body)?.message ?? (typeof body === 'string' ? body.trim().slice(0, 300) : '');
  return text || `HTTP status ${status}`;
}
