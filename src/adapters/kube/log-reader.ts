import type { V1ContainerStatus } from '@kubernetes/client-node';
import type { LivePod } from '../../core/deploy/live.ts';
import { advance, type Cursor, type LogLine, parseLog, START, sinceTime } from '../../core/deploy/log-lines.ts';
import { apiError } from './api-error.ts';
import type { KubeConnection } from './connection.ts';
import { type LogRequest, requestLog } from './observe.ts';

/** What does not fit comes with the next request. */
const LIMIT_BYTES = 16 * 1024 * 1024;

export interface ContainerLine extends LogLine {
  /** Of the container's life before the present one. */
  previous: boolean;
}

/** Reads a container's log piece by piece: each line once, whatever the requests overlap, across its restarts. */
export class LogReader {
  readonly #kube: KubeConnection;
  readonly #signal: AbortSignal;
  #cursor: Cursor = START;
  #restarts: number | undefined;
  readonly #taken: ContainerLine[] = [];

  constructor(kube: KubeConnection, signal: AbortSignal) {
    this.#kube = kube;
    this.#signal = signal;
  }

  /**
   * The lines since the last call. Where it throws, what it had read by then comes with the next call.
   * @param options.tail at the first call: only so many lines from the end
   * @param options.live the log goes on: a line without an end is left for the next call
   * @throws McpkError where the log may not be read
   */
  async read(
    pod: LivePod,
    status: V1ContainerStatus,
    options: { tail?: number; live?: boolean },
  ): Promise<ContainerLine[]> {
    const isFirst = this.#restarts === undefined;
    const restarted = status.restartCount > (this.#restarts ?? status.restartCount);
    const request = { pod, container: status.name, previous: false, signal: this.#signal };
    const tail = isFirst ? options.tail : undefined;
    // What it said last before it ended is not in the log of its new life.
    if (restarted || (isFirst && isRestarting(status)))
      await this.#take({ ...request, previous: true }, { tail, far: restarted, live: false });
    const live = options.live === true && status.state?.running !== undefined;
    await this.#take(request, { tail, far: restarted, live });
    this.#restarts = status.restartCount;
    return this.#taken.splice(0);
  }

  /** The log of the life before the present one; empty where there was none. @throws McpkError */
  async readPrevious(pod: LivePod, status: V1ContainerStatus, tail: number | undefined): Promise<ContainerLine[]> {
    const request = { pod, container: status.name, previous: true, signal: this.#signal };
    if (status.restartCount > 0) await this.#take(request, { tail, far: false, live: false });
    return this.#taken.splice(0);
  }

  async #take(request: LogRequest, how: { tail: number | undefined; far: boolean; live: boolean }): Promise<void> {
    for (let tail = how.tail; ; tail = undefined) {
      const since = sinceTime(this.#cursor, how.far);
      const log = await this.#request(request, {
        timestamps: 'true',
        limitBytes: String(LIMIT_BYTES),
        ...(tail !== undefined && { tailLines: String(tail) }),
        ...(since !== undefined && { sinceTime: since }),
      });
      const isCut = Buffer.byteLength(log) >= LIMIT_BYTES;
      const { lines } = parseLog(how.live || isCut ? log : `${log}\n`);
      // Older lines would come with the next request, which has no tail.
      if (tail !== undefined && this.#cursor.from === '')
        this.#cursor = { ...this.#cursor, from: lines[0]?.time ?? '' };
      const { fresh, cursor } = advance(this.#cursor, lines);
      this.#cursor = cursor;
      for (const line of fresh) this.#taken.push({ ...line, previous: request.previous });
      if (!isCut || fresh.length === 0) return;
    }
  }

  async #request(request: LogRequest, query: Record<string, string>): Promise<string> {
    const response = await requestLog(this.#kube, request, query);
    if (response.status === 200) return String(response.body);
    // 400: the container has not started, or has no former life; 404: the pod is gone.
    if (response.status === 400 || response.status === 404) return '';
    throw apiError(response, `read the log of pod ${request.pod.metadata.name}`);
  }
}

/** It runs again, and is not well: what it said before it ended is wanted, too. */
function isRestarting({ restartCount, ready, state }: V1ContainerStatus): boolean {
  return restartCount > 0 && !ready && state?.running !== undefined;
}

const SHORT_LIMIT_BYTES = 4 * 1024 * 1024;

/** The end of a log, without time stamps; undefined where there is none, or no right to read it. */
export async function requestedLog(
  kube: KubeConnection,
  request: LogRequest,
  lines: number,
): Promise<string | undefined> {
  const query = { tailLines: String(lines), limitBytes: String(SHORT_LIMIT_BYTES) };
  const response = await requestLog(kube, request, query);
  return response.status === 200 ? String(response.body) : undefined;
}
