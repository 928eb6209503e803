import type { App } from '../app/app.ts';
import { type Budgets, type CheckResult, DEFAULT_BUDGETS, type Facts, type Outcome } from './check.ts';
import { CannotCheck, type CommonPorts } from './ports.ts';
import { toResult } from './result.ts';
import type { Step } from './select.ts';

const FIRST_BACKOFF_MS = 500;
const MAX_BACKOFF_MS = 4_000;
const CONCURRENCY = 8;

export interface RunOptions {
  /** How long all retries together may take, from the start. */
  waitMs: number;
  signal: AbortSignal;
  /** Left out: the default ones. */
  budgets?: Budgets;
  onProgress?: (progress: Progress) => void;
}

export interface Progress {
  done: number;
  total: number;
  /** Keys of the steps under way. */
  running: string[];
  /** The one that has just ended. */
  result?: CheckResult;
}

/**
 * Runs steps, those that do not need each other at once. A step whose need failed, was skipped or could not be checked
 * is skipped, and names the step where it began.
 * @returns one result a step, in their order
 */
export async function runChecks<P extends CommonPorts>(
  steps: readonly Step<P>[],
  app: App,
  ports: P,
  options: RunOptions,
): Promise<CheckResult[]> {
  if (steps.length === 0) throw new RangeError('nothing to check');
  return new Run(steps, app, ports, options).all();
}

class Run<P extends CommonPorts> {
  readonly #steps: readonly Step<P>[];
  readonly #app: App;
  readonly #ports: P;
  readonly #options: RunOptions;
  readonly #deadline: number;
  readonly #results = new Map<string, CheckResult>();
  readonly #running = new Set<string>();
  readonly #facts: Facts = { sessions: new Map(), tools: new Map() };

  constructor(steps: readonly Step<P>[], app: App, ports: P, options: RunOptions) {
    this.#steps = steps;
    this.#app = app;
    this.#ports = ports;
    this.#options = options;
    this.#deadline = ports.clock.now() + options.waitMs;
  }

  async all(): Promise<CheckResult[]> {
    const pending = [...this.#steps];
    const underWay = new Map<string, Promise<void>>();
    while (pending.length > 0 || underWay.size > 0) {
      this.#options.signal.throwIfAborted();
      for (const step of this.#startable(pending, CONCURRENCY - underWay.size)) {
        pending.splice(pending.indexOf(step), 1);
        underWay.set(
          step.key,
          this.#one(step).then(() => void underWay.delete(step.key)),
        );
      }
      if (underWay.size === 0)
        throw new Error(`checks need each other in a circle: ${pending.map(({ key }) => key).join(', ')}`);
      await Promise.race(underWay.values());
    }
    return this.#steps.flatMap(({ key }) => this.#results.get(key) ?? []);
  }

  #startable(pending: readonly Step<P>[], slots: number): Step<P>[] {
    return pending.filter(({ needs }) => needs.every((key) => this.#results.has(key))).slice(0, Math.max(0, slots));
  }

  async #one(step: Step<P>): Promise<void> {
    const started = this.#ports.clock.now();
    const blocker = step.needs
      .map((key) => this.#results.get(key))
      .find((result) => result !== undefined && blocks(result));
    this.#running.add(step.key);
    this.#report();
    const outcome: Outcome = blocker
      ? { status: 'skipped', message: `blocked by ${root(blocker)}`, blockedBy: root(blocker) }
      : await this.#tryUntilDeadline(step);
    const result = toResult(step.check, step.server?.name, outcome, this.#ports.clock.now() - started);
    this.#running.delete(step.key);
    this.#results.set(step.key, result);
    this.#report(result);
  }

  async #tryUntilDeadline(step: Step<P>): Promise<Outcome> {
    const { clock } = this.#ports;
    for (let backoff = FIRST_BACKOFF_MS; ; backoff = Math.min(backoff * 2, MAX_BACKOFF_MS)) {
      const { outcome, again } = await this.#attempt(step);
      const left = this.#deadline - clock.now();
      if (!again || !step.check.retry || left <= 0) return outcome;
      await clock.sleep(Math.min(backoff, left), this.#options.signal);
    }
  }

  async #attempt({ check, server }: Step<P>): Promise<{ outcome: Outcome; again: boolean }> {
    const { signal, budgets = DEFAULT_BUDGETS } = this.#options;
    const target = { app: this.#app, facts: this.#facts, budgets, signal };
    try {
      const outcome =
        check.scope === 'server' && server
          ? await check.run(this.#ports, { ...target, server })
          : await check.run(this.#ports, target as never);
      return { outcome, again: outcome.status === 'fail' && outcome.terminal !== true };
    } catch (error) {
      this.#options.signal.throwIfAborted();
      if (!(error instanceof CannotCheck)) throw error;
      return {
        outcome: { status: 'unchecked', message: error.message, remedies: error.remedies },
        again: error.transient,
      };
    }
  }

  #report(result?: CheckResult): void {
    this.#options.onProgress?.({
      done: this.#results.size,
      total: this.#steps.length,
      running: [...this.#running],
      ...(result && { result }),
    });
  }
}

function blocks({ status }: CheckResult): boolean {
  return status === 'fail' || status === 'skipped' || status === 'unchecked';
}

/** Where a chain of skipped steps began. */
function root(result: CheckResult): string {
  return result.blockedBy ?? (result.server === undefined ? result.id : `${result.id}[${result.server}]`);
}
