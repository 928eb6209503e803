import type { App, Server } from '../app/app.ts';
import type { CommonPorts, McpSession, NameLookup, Ports } from './ports.ts';

/** What one run of a check says. `fail` of a check that is no error becomes a warning. */
export type Outcome =
  | ({ status: 'pass'; message?: string } & Found)
  | ({ status: 'fail'; message: string /** Trying again cannot help. */; terminal?: boolean } & Story & Found)
  | ({ status: 'unchecked'; message: string } & Story)
  | { status: 'skipped'; message: string; blockedBy?: string };

/** What was measured or seen, for machines and for the comparison with a former run. */
export interface Found {
  value?: number;
  unit?: 'ms' | 'bytes';
  /** Names of the tools that a server lists. */
  tools?: string[];
}

/** The part of a bad result that tells people what happened and what to do. */
export interface Story {
  cause?: string;
  remedies?: string[];
  evidence?: string[];
}

export type Severity = 'error' | 'warning' | 'info';

interface CheckBase {
  /** Stable id, also the page name of `mcpk explain`. */
  id: string;
  category: Category;
  title: string;
  severity: Severity;
  /** Checks that must not have failed; for the same server where they are about servers. */
  needs: string[];
  /** Try again until the run's deadline: what it looks at may still be on its way. */
  retry: boolean;
}

/** `P`: the ports that it needs; those that need only the common ones run against every target. */
export interface AppCheck<P extends CommonPorts = Ports> extends CheckBase {
  scope: 'app';
  run(ports: P, target: Target): Promise<Outcome>;
}

export interface ServerCheck<P extends CommonPorts = Ports> extends CheckBase {
  scope: 'server';
  /** Left out: it is about every server. */
  applies?(app: App, server: Server): boolean;
  run(ports: P, target: ServerTarget): Promise<Outcome>;
}

export type Check<P extends CommonPorts = Ports> = AppCheck<P> | ServerCheck<P>;

/** In the order in which they are shown. */
export const CATEGORIES = [
  'cluster',
  'local',
  'resource',
  'workload',
  'security',
  'network',
  'server',
  'gateway',
  'mcp',
  'perf',
  'baseline',
] as const;
export type Category = (typeof CATEGORIES)[number];

export interface Target {
  app: App;
  facts: Facts;
  budgets: Budgets;
  signal: AbortSignal;
}

/** How long things may take before that is a warning, in milliseconds. */
export interface Budgets {
  initMs: number;
  /** Undefined: whatever it takes, because a port-forward to a far cluster is part of it. */
  connectMs?: number | undefined;
}

/** The start: the seed's own figure, "about one second". */
export const DEFAULT_BUDGETS: Budgets = { initMs: 1_000 };

export interface ServerTarget extends Target {
  server: Server;
}

/** One line of the report; the contract's CheckResult, which core may not import. */
export interface CheckResult extends Story, Found {
  id: string;
  category: string;
  title: string;
  server?: string;
  severity: Severity;
  status: 'pass' | 'warn' | 'fail' | 'skipped' | 'unchecked' | 'suppressed';
  durationMs: number;
  message?: string;
  /** Key of the step where a chain of skipped ones began. */
  blockedBy?: string;
  /** Why a failure is accepted. */
  reason?: string;
}

/** What earlier checks of the same run found out and later ones build on. */
export interface Facts {
  sessions: Map<string, McpSession>;
  tools: Map<string, string[]>;
  gatewaySession?: McpSession;
  gatewayTools?: string[];
  /** One lookup inside the gateway's pod serves all servers. */
  lookup?: Promise<Map<string, NameLookup> | undefined>;
}

export const pass = (message?: string, found: Found = {}): Outcome => ({
  status: 'pass',
  ...(message !== undefined && { message }),
  ...found,
});
export const fail = (message: string, story: Story & Found & { terminal?: boolean } = {}): Outcome => ({
  status: 'fail',
  message,
  ...story,
});
export const skip = (message: string, blockedBy?: string): Outcome => ({
  status: 'skipped',
  message,
  ...(blockedBy !== undefined && { blockedBy }),
});
