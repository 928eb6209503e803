import { type Diagnosis, diagnoseLog } from '../diagnosis.ts';
import { diagnoseContainers, first, logContext } from './diagnose-container.ts';
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
const MAX_LINE = 300;

/** Why a workload is not ready: the most telling source wins, and everything that was seen is evidence. */
export function explainWorkload(
  workload: Workload,
  place: { namespace: string; message: string },
  findings: Findings,
): Explanation {
  const { namespace, message } = place;
  const diagnosis =
    diagnoseRefusal(findings.deployment) ??
    first(findings.pods, (pod) => diagnoseContainers(workload, namespace, pod)) ??
    first(findings.pods, (pod) => diagnoseMemory(workload, pod)) ??
    diagnoseLogs(workload, findings.logs) ??
    first(findings.pods, (pod) => diagnoseEnd(workload, pod)) ??
    first(findings.pods, diagnoseScheduling) ??
    diagnoseEvents(workload, findings.events) ??
    unknown(workload, namespace, message);
  return { ...diagnosis, evidence: evidenceOf(workload, findings) };
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

function diagnoseLogs(workload: Workload, logs: readonly PodLog[]): Diagnosis | undefined {
  // A crashed container's last words are in its previous log; the present one may just be starting.
  const ordered = [...logs].sort((a, b) => Number(b.previous) - Number(a.previous));
  if (workload.component === 'gateway') return first(ordered, ({ text }) => diagnoseGateway(text));
  return first(ordered, ({ text }) => diagnoseLog(text, logContext(workload)) ?? diagnoseExit(workload, text));
}

/** Both gateways say so of each server that they cannot reach. */
function diagnoseGateway(log: string): Diagnosis | undefined {
  const servers = [...log.matchAll(/^\s*> Can't start ([^:\s]+): /gm)].map((match) => match[1] ?? '');
  if (servers.length === 0) return undefined;
  return {
    id: 'gateway.servers-down',
    cause: `the servers behind it do not answer: ${[...new Set(servers)].join(', ')}`,
    remedies: ['cure the servers first: the gateway takes them in as they come'],
  };
}

function diagnoseExit({ name }: Workload, log: string): Diagnosis | undefined {
  const last = [...log.matchAll(/^mcpk-bridge: (server (?:exited with code \d+|was ended by signal \d+).*)$/gm)].at(
    -1,
  )?.[1];
  if (last === undefined) return undefined;
  return {
    id: 'server.exits',
    cause: `the ${last}, again and again`,
    remedies: [`read its own words below; correct servers.${name}.command, env or secrets`],
  };
}

function endedContainers(pod: LivePod) {
  const statuses = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
  return statuses.flatMap(({ name, state, lastState }) => {
    const ended = lastState?.terminated ?? state?.terminated;
    return ended && ended.exitCode !== 0 ? [{ name, ended }] : [];
  });
}

/** Before the log: a process that is killed for its memory has no last words. */
function diagnoseMemory({ name, component }: Workload, pod: LivePod): Diagnosis | undefined {
  const killed = endedContainers(pod).find(({ ended }) => ended.reason === 'OOMKilled');
  if (!killed) return undefined;
  const key = component === 'gateway' ? 'gateway' : `servers.${name}`;
  return {
    id: 'container.out-of-memory',
    cause: `container ${killed.name} needs more memory than its limit`,
    remedies: [`raise ${key}.resources.limits.memory`],
  };
}

function diagnoseEnd({ name }: Workload, pod: LivePod): Diagnosis | undefined {
  const [crashed] = endedContainers(pod);
  if (!crashed) return undefined;
  const { name: container, ended } = crashed;
  if (ended.exitCode === 126) {
    return {
      id: 'server.exec-denied',
      cause: `container ${container} may not execute its program (exit code 126)`,
      remedies: [`servers.${name}.security.runAsUser, or an image made for running without root`],
    };
  }
  if (ended.exitCode === 127) {
    return {
      id: 'server.exec-not-found',
      cause: `container ${container} does not find its program (exit code 127)`,
      remedies: [`correct servers.${name}.command`],
    };
  }
  return {
    id: 'container.crash',
    cause: `container ${container} ended with exit code ${ended.exitCode}`,
    remedies: ['read its last words below'],
  };
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

function unknown({ deployment }: Workload, namespace: string, message: string): Diagnosis {
  return {
    id: 'deploy.not-ready',
    cause: `it does not become ready (${message}), and nothing says why`,
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
    const line = `event ${reason}: ${shortened(message.replaceAll(/\s+/g, ' ').trim())}`;
    told.set(line, (told.get(line) ?? 0) + count);
  }
  const lines = [...told].slice(-MAX_EVENTS).map(([line, count]) => (count > 1 ? `${line} (${count} times)` : line));
  for (const { container, previous, text } of logs) {
    const tail = text
      .split('\n')
      .filter((line) => line.trim() !== '')
      .slice(-MAX_LOG_LINES);
    lines.push(
      ...tail.map(
        (line) => `log ${workload.name}/${container}${previous ? ' (before its restart)' : ''}: ${shortened(line)}`,
      ),
    );
  }
  return lines;
}

function shortened(line: string): string {
  return line.length > MAX_LINE ? `${line.slice(0, MAX_LINE)}…` : line;
}
