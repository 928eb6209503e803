import type { Duplex } from 'node:stream';
import { setTimeout as delay } from 'node:timers/promises';
import { type App, names } from '../../core/app/app.ts';
import type { Pod } from '../../core/checks/ports.ts';
import { formatDuration } from '../../core/deploy/duration.ts';
import type { LivePod } from '../../core/deploy/live.ts';
import { gatewayLabels, selector } from '../../core/manifests/labels.ts';
import { EnvironmentError, FailedError, McpkError, TimeoutError } from '../../errors.ts';
import { tunnelFetch } from '../mcp/tunnel-fetch.ts';
import type { KubeConnection } from './connection.ts';
import { forwardingRefused } from './forwarding-rights.ts';
import { listObjects } from './objects.ts';
import { toPod } from './pod-view.ts';
import { openTunnel, TunnelError } from './tunnel.ts';

/** How long a pod that was seen Ready is taken for Ready: clients open several connections at once. */
const FRESH_MS = 2000;
const RETRY_MS = 300;
/** How long the first pod may take. */
const START_MS = 60_000;

export type RouteEvent =
  /** There is no way to the gateway right now; connections wait. */
  | { type: 'lost'; reason: string }
  | { type: 'back'; pod: string; afterMs: number }
  /** Another pod has taken the place of the one before. */
  | { type: 'moved'; from: string; to: string };

export interface RouteOptions {
  kube: KubeConnection;
  app: App;
  onEvent: (event: RouteEvent) => void;
}

/** None of the gateway's pods can be talked to now. */
class NoPod extends Error {
  readonly hasPods: boolean;

  constructor(pods: readonly Pod[]) {
    super(whyNone(pods));
    this.hasPods = pods.length > 0;
  }
}

/**
 * The way to whichever pod is the gateway now. Stays with one pod for as long as it is Ready: MCP sessions live in the
 * memory of the pod that opened them.
 */
export class GatewayRoute {
  readonly #options: RouteOptions;
  #pod = '';
  #seenAt = Number.NEGATIVE_INFINITY;
  #lost: { at: number; reason: string } | undefined;

  constructor(options: RouteOptions) {
    this.#options = options;
  }

  /**
   * Waits for a Ready pod and proves that its gateway answers.
   * @returns its name
   * @throws FailedError where there is no gateway, EnvironmentError where the way is barred, TimeoutError
   */
  async open(signal: AbortSignal): Promise<string> {
    const limit = AbortSignal.any([signal, AbortSignal.timeout(START_MS)]);
    for (;;) {
      try {
        const pod = await this.#look(limit);
        const send = tunnelFetch((until) => this.#tunnel(pod, until), limit);
        const answer = await send(new URL('/health', `http://localhost:${names.gatewayPort}`));
        await answer.body?.cancel();
        this.#isBack(pod);
        return pod;
      } catch (error) {
        signal.throwIfAborted();
        await this.#throwIfFinal(error, signal);
        if (limit.aborted) throw this.#tooLate(error);
        this.#isLost((error as Error).message);
        await delay(RETRY_MS);
      }
    }
  }

  /**
   * One connection to the gateway; while there is none to be had it is tried again. It may still turn out that nothing
   * listens there: then nothing of what was sent has arrived.
   * @throws Error with the reason when the signal ends the waiting
   */
  async dial(signal: AbortSignal): Promise<Duplex> {
    for (;;) {
      try {
        const pod = await this.#look(signal);
        const tunnel = await this.#tunnel(pod, signal);
        return tunnel
          .once('answered', () => this.#isBack(pod))
          .once('error', (error) => {
            if (isUndelivered(error)) this.#isLost(error.message);
          });
      } catch (error) {
        if (signal.aborted) throw new Error(this.#lost?.reason ?? 'the cluster does not answer in time');
        this.#isLost((error as Error).message);
        await delay(RETRY_MS);
      }
    }
  }

  async #look(signal: AbortSignal): Promise<string> {
    if (performance.now() - this.#seenAt < FRESH_MS) return this.#pod;
    const pods = await this.#pods(signal);
    const ready = pods.filter((pod) => pod.ready);
    const next = ready.find(({ name }) => name === this.#pod) ?? ready[0];
    if (!next) throw new NoPod(pods);
    const before = this.#pod;
    [this.#pod, this.#seenAt] = [next.name, performance.now()];
    if (before !== '' && before !== next.name) this.#options.onEvent({ type: 'moved', from: before, to: next.name });
    return next.name;
  }

  async #pods(signal: AbortSignal): Promise<Pod[]> {
    const { kube, app } = this.#options;
    const labels = Object.entries(selector(gatewayLabels(app))).map(([key, value]) => `${key}=${value}`);
    const options = { labelSelector: labels.join(','), signal };
    const pods = (await listObjects(kube, 'Pod', app.namespace, options)) as unknown as LivePod[];
    return pods.filter(({ metadata }) => !metadata.deletionTimestamp).map(toPod);
  }

  #tunnel(pod: string, signal: AbortSignal): Promise<Duplex> {
    const { kube, app } = this.#options;
    return openTunnel(kube.config, { namespace: app.namespace, pod, port: names.gatewayPort }, signal);
  }

  async #throwIfFinal(error: unknown, signal: AbortSignal): Promise<void> {
    const { kube, app } = this.#options;
    const denied = error instanceof TunnelError && error.kind === 'denied';
    const forbidden = error instanceof McpkError && error.code === 'cluster.forbidden';
    if (denied || forbidden) throw await forwardingRefused(kube, app.namespace, signal);
    if (error instanceof McpkError) throw error;
    if (error instanceof NoPod && !error.hasPods) {
      throw new FailedError(
        'connect.no-gateway',
        `app ${app.name} has no gateway in namespace ${app.namespace} of ${kube.context}`,
        { suggestions: ['mcpk deploy', 'or is it another cluster? --context NAME'] },
      );
    }
  }

  #tooLate(error: unknown): McpkError {
    const { namespace } = this.#options.app;
    const reason = this.#lost?.reason ?? (error as Error).message;
    if (error instanceof NoPod || this.#pod === '') {
      return new TimeoutError(
        'connect.not-ready',
        `the gateway is not ready after ${formatDuration(START_MS)}: ${reason}`,
        {
          suggestions: ['mcpk verify says why', `kubectl -n ${namespace} get pods`],
        },
      );
    }
    return new EnvironmentError('connect.broken', `the gateway cannot be reached over the API server: ${reason}`, {
      suggestions: [
        `the same with kubectl: kubectl -n ${namespace} port-forward pod/${this.#pod} ${names.gatewayPort}`,
        'a proxy between here and the API server must let WebSockets through',
      ],
      cause: error,
    });
  }

  #isLost(reason: string): void {
    this.#seenAt = Number.NEGATIVE_INFINITY;
    if (this.#lost?.reason === reason) return;
    this.#lost = { at: this.#lost?.at ?? performance.now(), reason };
    this.#options.onEvent({ type: 'lost', reason });
  }

  #isBack(pod: string): void {
    if (!this.#lost) return;
    const afterMs = performance.now() - this.#lost.at;
    this.#lost = undefined;
    this.#options.onEvent({ type: 'back', pod, afterMs });
  }
}

/** Whether nothing of what was sent has arrived. */
export function isUndelivered(error: Error): boolean {
  return error instanceof TunnelError && (error.kind === 'refused' || error.kind === 'gone');
}

function whyNone(pods: readonly Pod[]): string {
  const [pod] = pods;
  if (!pod) return 'there is no gateway pod';
  const [container] = pod.containers;
  const why = container?.reason ?? (container?.state === 'running' ? 'running, not ready' : pod.phase);
  return `pod ${pod.name} is not ready (${why})`;
}
