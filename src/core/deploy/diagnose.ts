import type { V1ContainerStatus } from '@kubernetes/client-node';
import { type Diagnosis, diagnoseLog } from '../diagnosis.ts';
import type { LiveDeployment, LiveEvent, LivePod } from './live.ts';
import type { Workload } from './waves.ts';

/** Everything that may explain why a workload is not ready. */
export interface Findings {
  deployment: LiveDeployment | undefined;
  pods: readonly LivePod[];
  events: readonly LiveEvent[];
  logs: readonly PodLog[];
}

export interface PodLog {
  pod: string;
  container: string;
  /** Of the container's life before the present one. */
  previous: boolean;
  text: string;
}

export interface Explanation extends Diagnosis {
  evidence: string[];
}

const MAX_EVENTS = 5;
const MAX_LOG_LINES = 15;

/** Why a workload is not ready: the most telling source wins, and everything that was seen is evidence. */
export function explainWorkload(workload: Workload, namespace: string, findings: Findings): Explanation {
  const diagnosis =
    diagnoseRefusal(findings.deployment) ??
    first(findings.pods, (pod) => diagnoseContainers(workload, namespace, pod)) ??
    diagnoseLogs(workload, findings.logs) ??
    first(findings.pods, (pod) => diagnoseEnd(workload, pod)) ??
    first(findings.pods, diagnoseScheduling) ??
    diagnoseEvents(workload, findings.events) ??
    unknown(workload, namespace);
  return { ...diagnosis, evidence: evidenceOf(workload, findings) };
}

function first<T, R>(items: readonly T[], find: (item: T) => R | undefined): R | undefined {
  for (const item of items) {
    const found = find(item);
    if (found !== undefined) return found;
  }
  return undefined;
}

function diagnoseRefusal(deployment: LiveDeployment | undefined): Diagnosis | undefined {
  const condition = deployment?.status?.conditions?.find((c) => c.type === 'ReplicaFailure' && c.status === 'True');
  const message = condition?.message ?? '';
  if (!condition) return undefined;
  if (/exceeded quota/.test(message)) {
    return {
      id: 'deploy.quota',
      cause: `the namespace's quota does not allow its pod: ${message}`,
      remedies: ['kubectl describe resourcequota, then ask for more or lower resources in mcpk.yaml'],
    };
  }
  if (/violates PodSecurity/.test(message)) {
    return {
      id: 'deploy.pod-security',
      cause: `the namespace's Pod Security level forbids its pod: ${message}`,
      remedies: ['use a namespace with the level "restricted" or lower; mcpk\'s pods pass "restricted"'],
    };
  }
  return {
    id: 'deploy.admission',
    cause: `the cluster refuses its pod: ${message}`,
    remedies: ["a policy of this cluster forbids it: change the server's entry, or ask who runs the policy"],
  };
}

function diagnoseContainers(workload: Workload, namespace: string, pod: LivePod): Diagnosis | undefined {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  return first(statuses, (status) => diagnoseWaiting(workload, namespace, status));
}

function diagnoseWaiting(
  workload: Workload,
  namespace: string,
  { name, image, state }: V1ContainerStatus,
): Diagnosis | undefined {
  const { reason = '', message = '' } = state?.waiting ?? {};
  const key = imageKey(workload, name);
  switch (reason) {
    case 'InvalidImageName':
      return { id: 'image.invalid-name', cause: `"${image}" is no image name`, remedies: [`correct ${key}`] };
    case 'ErrImageNeverPull':
      return {
        id: 'image.never-pull',
        cause: `${image} is not on the node, and may not be pulled`,
        remedies: ['load the image onto the node (kind load docker-image, minikube image load)'],
      };
    case 'ErrImagePull':
    case 'ImagePullBackOff':
      return diagnosePull(image, key, message);
    case 'CreateContainerConfigError':
      return diagnoseConfig(workload, namespace, message);
    case 'RunContainerError':
    case 'StartError':
    case 'CreateContainerError':
      return (
        diagnoseLog(message, logContext(workload)) ?? {
          id: 'container.start',
          cause: `container ${name} cannot be started: ${message}`,
          remedies: [`correct servers.${workload.name}.command`],
        }
      );
    default:
      return undefined;
  }
}

function logContext({ name, uid, image, argv }: Workload) {
  return { server: name, uid, image, argv };
}

/** Which key of mcpk.yaml chooses a container's image. */
function imageKey({ name, component }: Workload, container: string): string {
  if (container === 'install-bridge') return 'bridge.image';
  return component === 'gateway' ? 'gateway.image' : `servers.${name}.image`;
}

function diagnosePull(image: string, key: string, message: string): Diagnosis {
  if (/toomanyrequests|rate limit|429/i.test(message)) {
    return {
      id: 'image.rate-limit',
      cause: `the registry limits pulls of ${image}`,
      remedies: [
        "wait, or sign in to the registry with an imagePullSecret on the namespace's default ServiceAccount",
        `or use a mirror as ${key}`,
      ],
    };
  }
  if (/no match for platform|no matching manifest/i.test(message)) {
    return {
      id: 'image.platform',
      cause: `${image} does not exist for the node's CPU`,
      remedies: [`use an image for that CPU as ${key} (kubectl get nodes -L kubernetes.io/arch)`],
    };
  }
  if (/no such host|i\/o timeout|connection refused|dial tcp|TLS handshake/i.test(message)) {
    return {
      id: 'image.registry-unreachable',
      cause: `the node cannot reach the registry of ${image}`,
      remedies: [
        "check the node's network, proxy and DNS",
        'or load the image onto the node (kind load docker-image, minikube image load)',
        `or use a mirror as ${key}`,
      ],
    };
  }
  if (/denied|unauthorized|forbidden|401|403/i.test(message)) {
    return {
      id: 'image.denied',
      cause: `the registry does not give out ${image}: it does not exist, or needs credentials`,
      remedies: [`check ${key}`, "give the namespace's default ServiceAccount an imagePullSecret"],
    };
  }
  if (/not found|manifest unknown|does not exist/i.test(message)) {
    return {
      id: 'image.not-found',
      cause: `${image} does not exist`,
      remedies: [`correct the tag or digest in ${key}`],
    };
  }
  return {
    id: 'image.pull',
    cause: `${image} cannot be pulled${message ? `: ${message}` : ''}`,
    remedies: [`check ${key}`],
  };
}

function diagnoseConfig({ name }: Workload, namespace: string, message: string): Diagnosis {
  const secret = /secret "([^"]+)" not found/.exec(message)?.[1];
  if (secret) {
    return {
      id: 'secret.missing',
      cause: `there is no Secret ${secret}`,
      remedies: [`kubectl -n ${namespace} create secret generic ${secret} --from-file=KEY=/dev/stdin`],
    };
  }
  const key = /couldn't find key (\S+) in Secret \S*?\/?([\w.-]+)$/.exec(message);
  if (key) {
    return {
      id: 'secret.missing',
      cause: `Secret ${key[2]} has no key ${key[1]}`,
      remedies: [`correct servers.${name}.secrets, or add the key to the Secret`],
    };
  }
  if (/runAsNonRoot|non-numeric user/.test(message)) {
    return {
      id: 'container.root',
      cause: `the image would run as root, which mcpk does not allow: ${message}`,
      remedies: [`set a uid: servers.${name}.security.runAsUser`],
    };
  }
  return {
    id: 'container.config',
    cause: `the container cannot be made: ${message}`,
    remedies: [`kubectl -n ${namespace} describe pod -l app.kubernetes.io/name=${name}`],
  };
}

function diagnoseLogs(workload: Workload, logs: readonly PodLog[]): Diagnosis | undefined {
  // A crashed container's last words are in its previous log; the present one may just be starting.
  const ordered = [...logs].sort((a, b) => Number(b.previous) - Number(a.previous));
  return first(ordered, ({ text }) => diagnoseLog(text, logContext(workload)) ?? diagnoseExit(workload, text));
}

function diagnoseExit({ name, component }: Workload, log: string): Diagnosis | undefined {
  const last = [...log.matchAll(/^mcpk-bridge: (server (?:exited with code \d+|was ended by signal \d+).*)$/gm)].at(
    -1,
  )?.[1];
  if (last === undefined || component === 'gateway') return undefined;
  return {
    id: 'server.exits',
    cause: `the ${last}, again and again`,
    remedies: [`read its own words below; correct servers.${name}.command, env or secrets`],
  };
}

function diagnoseEnd({ name, component }: Workload, pod: LivePod): Diagnosis | undefined {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  return first(statuses, (status) => {
    const ended = status.lastState?.terminated ?? status.state?.terminated;
    if (!ended || ended.exitCode === 0) return undefined;
    const key = component === 'gateway' ? 'gateway.resources.limits.memory' : `servers.${name}.resources.limits.memory`;
    if (ended.reason === 'OOMKilled')
      return {
        id: 'container.out-of-memory',
        cause: `container ${status.name} needs more memory than its limit`,
        remedies: [`raise ${key}`],
      };
    if (ended.exitCode === 126)
      return {
        id: 'server.exec-denied',
        cause: `container ${status.name} may not execute its program (exit code 126)`,
        remedies: [`servers.${name}.security.runAsUser, or an image made for running without root`],
      };
    if (ended.exitCode === 127)
      return {
        id: 'server.exec-not-found',
        cause: `container ${status.name} does not find its program (exit code 127)`,
        remedies: [`correct servers.${name}.command`],
      };
    return {
      id: 'container.crash',
      cause: `container ${status.name} ended with exit code ${ended.exitCode}`,
      remedies: ['read its last words below'],
    };
  });
}

function diagnoseScheduling(pod: LivePod): Diagnosis | undefined {
  const condition = pod.status?.conditions?.find((c) => c.type === 'PodScheduled' && c.status === 'False');
  const message = condition?.message ?? '';
  if (!condition) return undefined;
  if (/unbound immediate PersistentVolumeClaims|persistentvolumeclaim/i.test(message)) {
    return {
      id: 'volume.pending',
      cause: `its volume is not there: ${message}`,
      remedies: ['kubectl get storageclass: is there a default one?', 'kubectl describe pvc'],
    };
  }
  return {
    id: 'pod.unschedulable',
    cause: `no node takes its pod: ${message}`,
    remedies: ['add a node, free resources, or lower resources.requests in mcpk.yaml'],
  };
}

function diagnoseEvents({ name }: Workload, events: readonly LiveEvent[]): Diagnosis | undefined {
  const find = (pattern: RegExp) => events.find(({ reason }) => pattern.test(reason ?? ''))?.message;
  const mount = find(/^(FailedMount|FailedAttachVolume)$/);
  if (mount)
    return {
      id: 'volume.mount',
      cause: `a volume cannot be mounted: ${mount}`,
      remedies: ['kubectl get pvc,pv', 'is another pod holding the volume?'],
    };
  const sandbox = find(/^FailedCreatePodSandBox$/);
  if (sandbox)
    return {
      id: 'pod.sandbox',
      cause: `the node cannot make the pod: ${sandbox}`,
      remedies: ["the node's network plugin or container runtime is at fault"],
    };
  const probe = find(/^Unhealthy$/);
  if (probe)
    return {
      id: 'container.probe',
      cause: `its health check fails: ${probe}`,
      remedies: [`read the log of ${name} below`],
    };
  return undefined;
}

function unknown({ deployment }: Workload, namespace: string): Diagnosis {
  return {
    id: 'deploy.not-ready',
    cause: 'it is not ready, and nothing says why',
    remedies: [
      `kubectl -n ${namespace} describe deployment ${deployment}`,
      `kubectl -n ${namespace} logs deployment/${deployment} --all-containers`,
    ],
  };
}

function evidenceOf(workload: Workload, { events, logs }: Findings): string[] {
  const told = new Map<string, number>();
  for (const { type, reason, message = '', count = 1 } of events) {
    if (type !== 'Warning') continue;
    const line = `event ${reason}: ${message.replaceAll(/\s+/g, ' ').trim()}`;
    told.set(line, (told.get(line) ?? 0) + count);
  }
  const lines = [...told].slice(-MAX_EVENTS).map(([line, count]) => (count > 1 ? `${line} (${count} times)` : line));
  for (const { container, previous, text } of logs) {
    const tail = text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(-MAX_LOG_LINES);
    lines.push(
      ...tail.map((line) => `log ${workload.name}/${container}${previous ? ' (before its restart)' : ''}: ${line}`),
    );
  }
  return lines;
}
