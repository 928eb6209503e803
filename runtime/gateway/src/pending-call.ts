/** A request to a server that has not been answered: its time limit, its progress, its end. */
import type { CallOptions } from './connection.ts';
import { ErrorCode, RpcError } from './jsonrpc.ts';

/** However much progress a server reports, it may take so many times the limit and no more. */
const MAX_EXTENSION = 30;

export interface PendingCallHooks {
  /** True while the server waits for the client: that time is not the server's. */
  isWaitingForClient(): boolean;
  /** The answer will not be waited for: the server should know. */
  giveUp(reason: string): void;
  settled(): void;
}

export class PendingCall {
  readonly outcome: Promise<string>;
  /** Raw JSON of the progress token that the client chose. */
  readonly clientToken: string | undefined;
  readonly #options: CallOptions;
  readonly #hooks: PendingCallHooks;
  readonly #began = performance.now();
  #heard = this.#began;
  #timer: NodeJS.Timeout | undefined;
  #accept: (result: string) => void = () => {};
  #refuse: (error: RpcError) => void = () => {};
  #isSettled = false;

  constructor(clientToken: string | undefined, options: CallOptions, hooks: PendingCallHooks) {
    this.clientToken = clientToken;
    this.#options = options;
    this.#hooks = hooks;
    this.outcome = new Promise((resolve, reject) => {
      this.#accept = resolve;
      this.#refuse = reject;
    });
  }

  /** Starts the time and looks out for the client's cancellation. */
  watch(): void {
    if (this.#isSettled) return;
    const { signal, timeoutMs } = this.#options;
    this.#timer = setTimeout(this.#onTimer, timeoutMs);
    signal?.addEventListener('abort', this.#onAbort);
    if (signal?.aborted) this.#onAbort();
  }

  /** Progress restarts the time, as the specification allows. */
  progress(params: string): void {
    this.extend();
    this.#options.onProgress?.(params);
  }

  extend(): void {
    this.#heard = performance.now();
  }

  resolve(result: string): void {
    if (this.#settle()) this.#accept(result);
  }

  reject(error: RpcError): void {
    if (this.#settle()) this.#refuse(error);
  }

  readonly #onAbort = (): void => this.#abandon(new RpcError(ErrorCode.unavailable, 'cancelled by the client'));

  readonly #onTimer = (): void => {
    const { timeoutMs } = this.#options;
    const now = performance.now();
    const left = this.#hooks.isWaitingForClient() ? timeoutMs : this.#heard + timeoutMs - now;
    if (left > 1 && now - this.#began < timeoutMs * MAX_EXTENSION) this.#timer = setTimeout(this.#onTimer, left);
    else this.#abandon(new RpcError(ErrorCode.timeout, `no answer in ${timeoutMs / 1000}s`));
  };

  #abandon(error: RpcError): void {
    if (this.#isSettled) return;
    this.#hooks.giveUp(error.message);
    this.reject(error);
  }

  #settle(): boolean {
    if (this.#isSettled) return false;
    this.#isSettled = true;
    clearTimeout(this.#timer);
    this.#options.signal?.removeEventListener('abort', this.#onAbort);
    this.#hooks.settled();
    return true;
  }
}
