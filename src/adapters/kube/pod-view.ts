import type { V1Container, V1ContainerStatus } from '@kubernetes/client-node';
import type { Pod, PodContainer, SecurityContext } from '../../core/checks/ports.ts';
import type { LivePod } from '../../core/deploy/live.ts';

/** What checks look at of a pod. */
export function toPod(live: LivePod): Pod {
  const { spec, status } = live;
  return {
    name: live.metadata.name ?? '',
    phase: status?.phase ?? 'Unknown',
    ready: status?.conditions?.some(({ type, status: value }) => type === 'Ready' && value === 'True') ?? false,
    security: (spec?.securityContext ?? {}) as SecurityContext,
    containers: (spec?.containers ?? []).map((container) => toContainer(container, status?.containerStatuses)),
    initContainers: (spec?.initContainers ?? []).map((container) =>
      toContainer(container, status?.initContainerStatuses),
    ),
  };
}

function toContainer(container: V1Container, statuses: V1ContainerStatus[] | undefined): PodContainer {
  const status = statuses?.find(({ name }) => name === container.name);
  const { waiting, running, terminated } = status?.state ?? {};
  const reason = waiting?.reason ?? terminated?.reason;
  const message = waiting?.message ?? terminated?.message;
  const last = status?.lastState?.terminated;
  return {
    name: container.name,
    state: running ? 'running' : waiting ? 'waiting' : terminated ? 'terminated' : 'unknown',
    ...(reason !== undefined && { reason }),
    ...(message !== undefined && { message }),
    restarts: status?.restartCount ?? 0,
    // The wire's dates are text; client-node's types say Date because its own calls convert them.
    ...(last && {
      lastEnd: { at: Date.parse(String(last.finishedAt)), reason: last.reason ?? 'ended', exitCode: last.exitCode },
    }),
    image: container.image ?? '',
    security: (container.securityContext ?? {}) as SecurityContext,
    literals: Object.fromEntries(
      (container.env ?? []).flatMap(({ name, value }) => (value === undefined ? [] : [[name, value]])),
    ),
  };
}
