import type { VerifyResult } from '../../contract.ts';
import { isBehindTheApp, type Status } from './report.ts';

/** A larger app's matrix scrolls away what matters. */
const MAX_SERVERS = 20;
const CATEGORIES = ['local', 'resource', 'workload', 'security', 'network', 'server', 'gateway', 'mcp', 'baseline'];

export interface Matrix {
  columns: string[];
  /** The worst status of each category; undefined where nothing of it was checked. */
  rows: { server: string; cells: (Status | undefined)[] }[];
}

/** One row a server, one column a category; undefined where it would say nothing. */
export function matrixOf({ checks }: VerifyResult): Matrix | undefined {
  const servers = [...new Set(checks.flatMap(({ server }) => (server === undefined ? [] : [server])))];
  const columns = CATEGORIES.filter((category) =>
    checks.some((check) => check.category === category && check.server !== undefined),
  );
  if (checks.every((check) => check.server === undefined || isBehindTheApp(check))) return undefined;
  if (servers.length < 2 || servers.length > MAX_SERVERS || columns.length === 0) return undefined;
  const rows = servers.map((server) => ({
    server,
    cells: columns.map((column) =>
      worstOf(
        checks.filter((check) => check.server === server && check.category === column).map(({ status }) => status),
      ),
    ),
  }));
  return { columns, rows };
}

function worstOf(statuses: Status[]): Status | undefined {
  const order = ['fail', 'unchecked', 'skipped', 'warn', 'suppressed', 'pass'] as const;
  return order.find((status) => statuses.includes(status));
}
