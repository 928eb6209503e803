import { names } from '../app/app.ts';
import { fail, pass, type ServerCheck, type ServerTarget, skip } from './check.ts';
import { type LiveObject, McpFailure, type Pod, type Ports } from './ports.ts';
import { type Cause, causeInError, diagnosePod, failBecause, SERVER_CONTAINER } from './why.ts';

const RESTART_WINDOW_MS = 10 * 60_000;
const ASK_BRIDGE_MS = 5_000;

/** Waiting reasons that no waiting cures. */
const DOOMED =
  /^(ErrImagePull|ImagePullBackOff|InvalidImageName|ErrImageNeverPull|CreateContainerConfigError|CrashLoopBackOff|RunContainerError|StartError)$/;

/** Those that nothing but a change of the pod cures. */
const HOPELESS = /^(ErrImageNeverPull|InvalidImageName)$/;

const ready: ServerCheck = {
  id: 'workload.ready',
  category: 'workload',
  title: 'the pod is ready',
  severity: 'error',
  scope: 'server',
  needs: ['resource.exists'],
  retry: true,
  run: async (ports, target) => {
    const name = names.serverDeployment(target.server.name);
    const state = rollout(await ports.cluster.get('Deployment', name));
    if (state.ready) return pass(state.text);
    if (state.stopped) return fail('scaled to 0', STOPPED);
    const pod = (await ports.cluster.pods({ server: target.server.name }))[0];
    const stuck = pod && [...pod.initContainers, ...pod.containers].find(({ reason }) => DOOMED.test(reason ?? ''));
    const message = [state.text, pod ? stuck?.reason : 'no pod'].filter(Boolean).join(', ');
    const cause = pod && (await causeOf(ports, target, pod));
    if (cause) return failBecause(message, cause);
    return fail(message, {
      ...(await ports.cluster.explain({ server: target.server.name }, message)),
      terminal: HOPELESS.test(stuck?.reason ?? ''),
    });
  },
};

/** The log tells most of a server that cannot start; where it may not be read, the bridge itself says it. */
async function causeOf(ports: Ports, target: ServerTarget, pod: Pod): Promise<Cause | undefined> {
  const told = await diagnosePod(ports, target, pod);
  if (told || pod.containers[0]?.state !== 'running' || target.app.bridge.engine !== 'mcpk') return told;
  try {
    const session = await ports.mcp.server(target.server.name, { timeoutMs: ASK_BRIDGE_MS, signal: target.signal });
    await session.close();
    return undefined;
  } catch (error) {
    if (error instanceof McpFailure) return causeInError(error, target.server);
    throw error;
  }
}

export const STOPPED = {
  cause: 'someone scaled the Deployment to 0',
  remedies: ['mcpk deploy scales it up'],
  terminal: true,
};

/** Whether a Deployment has come to where its spec wants it. */
export function rollout(deployment: LiveObject | undefined): { ready: boolean; stopped: boolean; text: string } {
  const wanted = Number(deployment?.spec?.['replicas'] ?? 1);
  const status = deployment?.status ?? {};
  const updated = Number(status['updatedReplicas'] ?? 0);
  const available = Number(status['availableReplicas'] ?? 0);
  const total = Number(status['replicas'] ?? 0);
  const seen = Number(status['observedGeneration'] ?? 0) >= (deployment?.metadata.generation ?? 0);
  const settled = seen && updated >= wanted && available >= wanted && total <= updated && wanted > 0;
  return {
    ready: settled,
    stopped: wanted === 0,
    text: `${available}/${wanted} ready${seen && total > updated ? ', an old pod is still there' : ''}`,
  };
}

const restarts: ServerCheck = {
  id: 'workload.restarts',
  category: 'workload',
  title: 'the pod has not restarted lately',
  severity: 'warning',
  scope: 'server',
  // Kubernetes restarts what is not ready in time: that is the same story.
  needs: ['workload.ready'],
  retry: false,
  run: async ({ cluster, clock }, { server, app }) => {
    const pods = await cluster.pods({ server: server.name });
    const containers = pods.flatMap((pod) => pod.containers.map((container) => ({ pod, container })));
    const recent = containers.find(
      ({ container: c }) => c.lastEnd !== undefined && clock.wall() - c.lastEnd.at < RESTART_WINDOW_MS,
    );
    const total = containers.reduce((sum, { container }) => sum + container.restarts, 0);
    if (!recent?.container.lastEnd) return pass(`${total} restarts`);
    const { reason, exitCode } = recent.container.lastEnd;
    return fail(
      `${recent.container.restarts} restarts, the last within 10 minutes (${reason}, exit code ${exitCode})`,
      {
        cause:
          reason === 'OOMKilled'
            ? 'it needs more memory than its limit'
            : `its process ended with exit code ${exitCode}`,
        remedies:
          reason === 'OOMKilled'
            ? [`raise servers.${server.name}.resources.limits.memory`]
            : [`kubectl -n ${app.namespace} logs ${recent.pod.name} --previous`],
      },
    );
  },
};

const image: ServerCheck = {
  id: 'workload.image',
  category: 'workload',
  title: 'the pod runs the image of mcpk.yaml',
  severity: 'warning',
  scope: 'server',
  needs: ['workload.ready'],
  retry: false,
  run: async ({ cluster }, { server }) => {
    const pod = (await cluster.pods({ server: server.name }))[0];
    const running = pod?.containers.find(({ name }) => name === SERVER_CONTAINER)?.image;
    if (running === undefined) return skip('there is no pod', `workload.ready[${server.name}]`);
    if (running === server.image) return pass(running);
    return fail(`it runs ${running}, mcpk.yaml wants ${server.image}`, {
      cause: 'mcpk.yaml changed after the last mcpk deploy, or somebody or a webhook changed the image',
      remedies: ['mcpk deploy'],
    });
  },
};

export const workloadChecks = [ready, restarts, image];
