import { Chalk } from 'chalk';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { deployProgress } from '../../src/output/progress.ts';

const style = new Chalk({ level: 0 });
let written = '';
const stream = (isTTY: boolean, columns = 60) => ({
  isTTY,
  columns,
  write: (text: string) => {
    written += text;
  },
});

beforeEach(() => {
  written = '';
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const progressing = (message: string) => ({ state: 'progressing' as const, message });

describe('where nobody watches', () => {
  it('a line is written for each change, and none for what stays', () => {
    const progress = deployProgress(stream(false), style);
    for (const elapsedMs of [100, 200])
      progress.onEvent({ type: 'workload', name: 'a', status: progressing('pulling'), elapsedMs });
    progress.onEvent({ type: 'workload', name: 'a', status: { state: 'ready', message: '1/1' }, elapsedMs: 300 });
    progress.stop();
    expect(written).toBe('a: pulling (100ms)\na: ready (300ms)\n');
  });

  it('there is a sign of life every 15 seconds, and none after the end', () => {
    const progress = deployProgress(stream(false), style);
    progress.onEvent({ type: 'workload', name: 'a', status: progressing('pulling'), elapsedMs: 0 });
    written = '';
    vi.advanceTimersByTime(31_000);
    expect(written.match(/^still waiting .*: a \(pulling\)$/gm)).toHaveLength(2);
    progress.stop();
    written = '';
    vi.advanceTimersByTime(60_000);
    expect(written).toBe('');
  });

  it('no control character gets through', () => {
    const progress = deployProgress(stream(false), style);
    progress.onEvent({ type: 'workload', name: 'a', status: progressing('\u001b[2Jx\ny'), elapsedMs: 0 });
    progress.stop();
    // biome-ignore lint/suspicious/noControlCharactersInRegex: looked for
    expect(written.slice(0, -1)).not.toMatch(/[\u0000-\u001f]/);
  });
});

describe('on a terminal', () => {
  it('lines are drawn over themselves and never wrap', () => {
    const progress = deployProgress(stream(true, 30), style);
    progress.onEvent({ type: 'workload', name: 'a', status: progressing('x'.repeat(100)), elapsedMs: 0 });
    progress.onEvent({ type: 'workload', name: 'b', status: progressing('y'), elapsedMs: 0 });
    progress.onEvent({ type: 'applied', object: { kind: 'Service', name: 's' }, action: 'created' });
    progress.stop();
    expect(written).toContain('\u001b[1A\u001b[0J');
    expect(written).toContain('\u001b[2A\u001b[0JService s created\n');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: the codes that move the cursor have no width
    const lines = written.split('\n').map((line) => line.replace(/^(\u001b\[\d+[AJ])+/, ''));
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThan(30);
    expect(written.endsWith('\n')).toBe(true);
  });

  it('lines are whole where the width is not known', () => {
    const progress = deployProgress(stream(true, 0), style);
    progress.onEvent({ type: 'workload', name: 'a', status: progressing('pulling'), elapsedMs: 0 });
    progress.stop();
    expect(written).toContain('a  pulling');
  });
});
