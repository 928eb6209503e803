import { Parser, type Result } from 'tap-parser';
import { expect } from 'vitest';

/** Reads strictly: whatever is no TAP 14 is a failure of its own. */
export function tapPoints(text: string): Result[] {
  const list: Result[] = [];
  const parser = new Parser({ strict: true });
  parser.on('assert', (point) => list.push(point));
  let version = 0;
  parser.on('version', (n) => {
    version = n;
  });
  let plan: unknown;
  parser.on('plan', ({ start, end }) => {
    plan = [start, end];
  });
  const foreign: string[] = [];
  parser.on('extra', (line) => foreign.push(line));
  parser.end(text);
  expect(version).toBe(14);
  expect(plan).toEqual([1, list.length]);
  expect(foreign).toEqual([]);
  return list;
}

/** `not ok TODO` */
export function tapState({ ok, skip, todo }: Result): string {
  return `${ok ? 'ok' : 'not ok'}${skip ? ' SKIP' : ''}${todo ? ' TODO' : ''}`;
}
