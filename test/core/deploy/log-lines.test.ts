import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { advance, type Cursor, type LogLine, parseLog, START, sinceTime } from '../../../src/core/deploy/log-lines.ts';

describe('parseLog', () => {
  it('takes time stamps off, and keeps a line back that is not whole', () => {
    expect(
      parseLog('2026-01-02T03:04:05.000000001Z a b\n2026-01-02T03:04:05.000000002Z \n2026-01-02T03:04:06.0Z hal'),
    ).toEqual({
      lines: [
        { time: '2026-01-02T03:04:05.000000001Z', text: 'a b' },
        { time: '2026-01-02T03:04:05.000000002Z', text: '' },
      ],
      rest: '2026-01-02T03:04:06.0Z hal',
    });
  });

  it('knows what the kubelet says of itself from lines of the container', () => {
    expect(parseLog('unable to retrieve container logs for containerd://12\n').lines).toEqual([]);
  });
});

const line = (second: number, nanos: number, text: string): LogLine => ({
  time: `2026-01-02T03:04:${String(second).padStart(2, '0')}.${String(nanos).padStart(9, '0')}Z`,
  text,
});

describe('reading on', () => {
  it('asks from the second before the newest line, and as far back as lines are remembered', () => {
    let cursor: Cursor = START;
    expect(sinceTime(cursor)).toBeUndefined();
    for (let second = 0; second < 20; second++) ({ cursor } = advance(cursor, [line(second, 0, 'x')]));
    expect(sinceTime(cursor)).toBe('2026-01-02T03:04:18Z');
    expect(sinceTime(cursor, true)).toBe('2026-01-02T03:04:05Z');
  });

  it('takes equal lines as often as they are there', () => {
    const first = advance(START, [line(1, 5, 'same'), line(1, 5, 'same')]);
    expect(first.fresh).toHaveLength(2);
    expect(advance(first.cursor, [line(1, 5, 'same'), line(1, 5, 'same'), line(1, 5, 'same')]).fresh).toHaveLength(1);
  });

  it('takes a line that was written down late', () => {
    const { cursor } = advance(START, [line(1, 0, 'out'), line(2, 5, 'out')]);
    const next = advance(cursor, [line(1, 0, 'out'), line(2, 4, 'err'), line(2, 5, 'out')]);
    expect(next.fresh.map(({ text }) => text)).toEqual(['err']);
  });

  it('does not take what stands before the end that was asked for', () => {
    const cursor = { ...START, from: line(1, 5, '').time };
    expect(advance(cursor, [line(1, 4, 'old'), line(1, 5, 'new')]).fresh.map(({ text }) => text)).toEqual(['new']);
  });

  it('takes every line once, however the requests fall', () => {
    const steps = fc.array(
      fc.record({ gap: fc.constantFrom(0, 0, 1, 400_000_000, 1_100_000_000), text: fc.constantFrom('a', 'b') }),
      { maxLength: 40 },
    );
    fc.assert(
      fc.property(steps, fc.array(fc.nat(40), { maxLength: 12 }), (lines, stops) => {
        let at = 0;
        const log = lines.map(({ gap, text }) => {
          at += gap;
          return line(Math.floor(at / 1e9), at % 1e9, text);
        });
        let cursor: Cursor = START;
        const taken: LogLine[] = [];
        for (const stop of [...stops.sort((a, b) => a - b), log.length]) {
          const since = sinceTime(cursor) ?? '';
          // As the kubelet does it: the time that is asked for has whole seconds.
          const answer = log.slice(0, stop).filter(({ time }) => time >= since.replace('Z', ''));
          const step = advance(cursor, answer);
          cursor = step.cursor;
          taken.push(...step.fresh);
        }
        expect(taken).toEqual(log);
      }),
    );
  });
});
