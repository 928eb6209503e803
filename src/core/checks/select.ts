import type { App, Server } from '../app/app.ts';
import type { Check } from './check.ts';
import type { CommonPorts, Ports } from './ports.ts';

/** One check of one target: what the runner runs. */
export interface Step<P extends CommonPorts = Ports> {
  /** `id` or `id[server]`. */
  key: string;
  check: Check<P>;
  server?: Server;
  /** Keys of other steps of the same run. */
  needs: string[];
}

export interface Selection {
  /** Ids, categories or server names; empty: everything. */
  only: string[];
  skip: string[];
}

/** Everything that `--only` and `--skip` take. */
export function selectors(checks: readonly Pick<Check, 'id' | 'category'>[], app: App): string[] {
  return [
    ...new Set([
      ...checks.map(({ id }) => id),
      ...checks.map(({ category }) => category),
      ...app.servers.map(({ name }) => name),
    ]),
  ];
}

/**
 * The steps of a run. What a chosen step needs comes along, because it cannot be judged without; what was skipped by
 * name holds nobody up.
 */
export function plan<P extends CommonPorts>(
  checks: readonly Check<P>[],
  app: App,
  { only, skip }: Selection,
): Step<P>[] {
  const all = checks
    .flatMap((check) => stepsOf(check, app))
    .filter((step) => !skip.some((word) => isMeant(subject(step), word)));
  const byKey = new Map(all.map((step) => [step.key, step]));
  const wanted = new Set<string>();
  const want = (step: Step<P>) => {
    if (wanted.has(step.key)) return;
    wanted.add(step.key);
    for (const key of step.needs) {
      const needed = byKey.get(key);
      if (needed) want(needed);
    }
  };
  for (const step of all) {
    if (only.length === 0 || only.some((word) => isMeant(subject(step), word))) want(step);
  }
  return all
    .filter(({ key }) => wanted.has(key))
    .map((step) => ({ ...step, needs: step.needs.filter((key) => wanted.has(key)) }));

  function stepsOf(check: Check<P>, { servers }: App): Step<P>[] {
    if (check.scope === 'app') return [{ key: check.id, check, needs: check.needs }];
    return servers
      .filter((server) => check.applies?.(app, server) ?? true)
      .map((server) => ({
        key: stepKey(check.id, server.name),
        check,
        server,
        needs: check.needs.map((id) => needKey(id, server)),
      }));
  }

  function needKey(id: string, server: Server): string {
    return checks.some((check) => check.id === id && check.scope === 'server') ? stepKey(id, server.name) : id;
  }
}

function subject({
  check: { id, category },
  server,
}: Pick<Step, 'server'> & { check: Pick<Check, 'id' | 'category'> }) {
  return { id, category, server: server?.name };
}

/** A check's name in a report. */
export function stepKey(id: string, server: string | undefined): string {
  return server === undefined ? id : `${id}[${server}]`;
}

/** Whether a word of --only or --skip means that check. */
export function isMeant(
  { id, category, server }: { id: string; category: string; server?: string | undefined },
  word: string,
): boolean {
  return word === id || word === category || word === server || word === stepKey(id, server);
}
