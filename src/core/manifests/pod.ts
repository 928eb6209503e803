import type { V1Container, V1PodSpec, V1ResourceRequirements } from '@kubernetes/client-node';
import type { Identity, Resources } from '../app/app.ts';

/**
 * The parts that every pod of mcpk shares. Each passes the Pod Security level "restricted" (Kubernetes policy v1.35),
 * init containers too.
 */

/** Container-level security: no escalation, no capabilities, nothing written to the image's file system. */
export const CONTAINER_SECURITY: NonNullable<V1Container['securityContext']> = {
  allowPrivilegeEscalation: false,
  capabilities: { drop: ['ALL'] },
  readOnlyRootFilesystem: true,
};

export function podSecurity(identity: Identity, fsGroup = false): NonNullable<V1PodSpec['securityContext']> {
  return {
    ...(fsGroup && { fsGroup: identity.runAsGroup, fsGroupChangePolicy: 'OnRootMismatch' }),
    runAsGroup: identity.runAsGroup,
    // Root of a user namespace of its own is no root of the node: Pod Security allows it from policy v1.35 on.
    runAsNonRoot: identity.runAsUser !== 0,
    runAsUser: identity.runAsUser,
    seccompProfile: { type: 'RuntimeDefault' },
  };
}

export function resourceRequirements(resources: Resources): V1ResourceRequirements {
  return { limits: { ...resources.limits }, requests: { ...resources.requests } };
}

/** Enough for a container that copies one file and ends. */
export const INIT_RESOURCES: V1ResourceRequirements = {
  limits: { cpu: '100m', memory: '32Mi' },
  requests: { cpu: '10m', memory: '16Mi' },
};

/** Spec fields of every Deployment: a rollout that hangs is called failed after this long instead of 600 s. */
export const PROGRESS_DEADLINE_SECONDS = 120;

/** Never a TCP probe: it says Ready for a server that cannot start, and docker's bridge starts one for each. */
export function execProbe(command: string[], periodSeconds: number, failureThreshold: number) {
  return { exec: { command }, failureThreshold, periodSeconds, timeoutSeconds: 3 };
}

export function httpProbe(path: string, port: string, periodSeconds: number, failureThreshold: number) {
  return { failureThreshold, httpGet: { path, port }, periodSeconds, timeoutSeconds: 3 };
}
