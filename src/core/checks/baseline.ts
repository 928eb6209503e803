import type { TargetKind } from '../app/app.ts';
import { parseJson } from '../json.ts';
import type { CheckResult } from './check.ts';
import { stepKey } from './select.ts';

/** What held in a former run, as little as a comparison needs: it stands in a repository and is read in reviews. */
export interface Baseline {
  version: 1;
  app: string;
  target: TargetKind;
  /** Keys of the checks that passed. */
  passed: string[];
  /** Tools by server. */
  tools: Record<string, string[]>;
  /** How long the gateway's start took. */
  initMs?: number;
}

/** The baseline that a run makes; undefined where nothing passed. */
export function baselineOf(app: string, target: TargetKind, results: readonly CheckResult[]): Baseline | undefined {
  const own = results.filter(({ category }) => category !== 'baseline');
  const passed = own.filter(({ status }) => status === 'pass').map(({ id, server }) => stepKey(id, server));
  if (passed.length === 0) return undefined;
  const tools = own.flatMap((result) =>
    result.server !== undefined && result.tools ? [[result.server, result.tools.toSorted()] as const] : [],
  );
  const initMs = initOf(own);
  return {
    version: 1,
    app,
    target,
    passed: passed.sort(),
    tools: Object.fromEntries(tools.sort(([a], [b]) => (a < b ? -1 : 1))),
    ...(initMs !== undefined && { initMs: Math.round(initMs) }),
  };
}

/** Milliseconds of the gateway's start in a run's results. */
export function initOf(results: readonly CheckResult[]): number | undefined {
  return results.find(({ id }) => id === 'perf.init')?.value;
}

/** Reads a baseline file's text; undefined where it is none. */
export function parseBaseline(text: string): Baseline | undefined {
  const data = parseJson(text);
  const { version, app, target, passed, tools, initMs } = (data ?? {}) as Partial<Record<keyof Baseline, unknown>>;
  const good =
    version === 1 &&
    typeof app === 'string' &&
    (target === 'cluster' || target === 'local') &&
    isTexts(passed) &&
    typeof tools === 'object' &&
    tools !== null &&
    Object.values(tools).every(isTexts) &&
    (initMs === undefined || typeof initMs === 'number');
  return good ? (data as Baseline) : undefined;
}

function isTexts(value: unknown): value is string[] {
  return Array.isArray(value) && value.every((item) => typeof item === 'string');
}
