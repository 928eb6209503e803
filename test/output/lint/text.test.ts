import { Chalk } from 'chalk';
import { describe, expect, it } from 'vitest';
import type { LintResult } from '../../../src/contract.ts';
import { codeFrame } from '../../../src/core/config/frame.ts';
import { fitFrame } from '../../../src/output/lint/layout.ts';
import { lintText } from '../../../src/output/lint/text.ts';
import { expectGolden } from '../../helpers/golden.ts';
import { CLEAN, CLEAN_CONTEXT, CONTEXT, many, NASTY, RESULT } from './fixture.ts';

const FIXES: LintResult = {
  ...CLEAN,
  fixes: [
    { file: 'k8s/web.yaml', rules: ['pod-security.run-as-non-root', 'mcp.latest'], written: true },
    {
      file: 'mcpk.yaml',
      rules: ['mcp.latest'],
      written: false,
      diff: '--- mcpk.yaml\n+++ mcpk.yaml\n@@ -1,2 +1,2 @@\n name: demo\n-image: fetch:latest\n+image: fetch@sha256:0\u001b[31m\n',
    },
  ],
};

describe('the whole report', () => {
  it('at 80 columns', () => {
    expectGolden('lint/text-80.txt', lintText(RESULT, CONTEXT));
  });

  it('at 120 columns', () => {
    expectGolden('lint/text-120.txt', lintText(RESULT, { ...CONTEXT, columns: 120 }));
  });

  it('in a pipe, where nothing is wrapped', () => {
    const text = lintText(RESULT, { ...CONTEXT, columns: Number.POSITIVE_INFINITY });
    expectGolden('lint/text-pipe.txt', text);
    expect(text).toContain('names no user  pod-security.run-as-non-root [--fix]\n');
  });

  it('in colour', () => {
    expectGolden('lint/text-colour.txt', lintText(RESULT, { ...CONTEXT, style: new Chalk({ level: 1 }) }));
  });

  it('in ASCII, where all that it reports is', () => {
    const { findings, ...rest } = RESULT;
    const ascii = {
      ...rest,
      findings: findings.filter(({ message }) => message !== NASTY),
      suppressed: [],
      unchecked: [],
    };
    const text = lintText(ascii, { ...CONTEXT, unicode: false, columns: 60 });
    expectGolden('lint/text-ascii.txt', text);
    expect(text).toMatch(/^[\n\x20-\x7e]*$/);
  });

  it('of nothing', () => {
    expect(lintText(CLEAN, CLEAN_CONTEXT)).toBe('√ nothing found (2 files, 9 objects)\n');
  });

  it('of nothing found in what could be checked: not green', () => {
    const { unchecked, summary } = RESULT;
    const text = lintText(
      { ...CLEAN, unchecked, summary: { ...CLEAN.summary, unchecked: summary.unchecked } },
      { ...CLEAN_CONTEXT, style: new Chalk({ level: 1 }) },
    );
    expect(text).toContain('nothing found, 14 unchecked');
    expect(text).not.toContain('\u001b[32m');
  });

  it('of fixes', () => {
    expectGolden('lint/text-fixes.txt', lintText(FIXES, CLEAN_CONTEXT));
  });
});

it('no character of a file reaches the terminal as a command', () => {
  const text = lintText({ ...RESULT, fixes: FIXES.fixes }, CONTEXT);
  expect(text.replaceAll('\n', '')).not.toMatch(/\p{Cc}|\p{Bidi_Control}|\p{Surrogate}/u);
});

it('one of a kind is one', () => {
  expect(
    lintText(
      many(1, () => ({})),
      CONTEXT,
    ),
  ).toContain('× 1 error (2 files, 9 objects)');
  expect(lintText({ ...CLEAN, files: 1, objects: 1 }, CLEAN_CONTEXT)).toBe('√ nothing found (1 file, 1 object)\n');
});

it('milder findings than --fail-on are marked as such', () => {
  const mild = many(2, () => ({ severity: 'warning' }));
  expect(lintText(mild, CONTEXT)).toContain('‼ 2 warnings');
  expect(lintText(mild, { ...CONTEXT, failOn: 'warning' })).toContain('× 2 warnings');
});

describe('the next step', () => {
  it.each([
    ['of what --fix mends', many(3, (i) => ({ fixable: i < 2 })), 'next: --fix mends 2 of them, --diff shows how'],
    ['of what it does not', many(3, () => ({ fixable: false })), 'next: mcpk explain pod-security.run-as-non-root'],
    ['after --diff', { ...many(1, () => ({})), fixes: FIXES.fixes }, 'next: --fix writes it'],
    [
      'after --fix',
      { ...many(1, () => ({})), fixes: FIXES.fixes?.slice(0, 1) },
      'next: mcpk explain pod-security.run-as-non-root',
    ],
  ])('%s', (_name, result, expected) => {
    expect(lintText(result as LintResult, CONTEXT)).toContain(`\n${expected}\n`);
  });
});

describe('findings that are alike', () => {
  const rows = (n: number) =>
    lintText(
      many(n, (i) => ({ line: i + 1 })),
      CONTEXT,
    )
      .split('\n')
      .filter((line) => / {2}error {2}/.test(line)).length;

  it.each([
    [1, 1],
    [5, 5],
    [6, 6],
    [7, 5],
    [30, 5],
  ])('of %i in a file, %i have a line', (n, expected) => {
    expect(rows(n)).toBe(expected);
  });

  it('the others are counted, with their places', () => {
    const text = lintText(
      many(8, (i) => ({ line: i + 1 })),
      CONTEXT,
    );
    expect(text).toContain('and 3 more like it: 6:11, 7:11, 8:11');
  });

  it('two have their frame and remedy, in whatever files they are', () => {
    const text = lintText(
      many(9, (i) => ({ file: `f${i}.yaml` })),
      CONTEXT,
    );
    expect(text.match(/fix: /g)).toHaveLength(2);
    expect(text.match(/^f\d\.yaml$/gm)).toHaveLength(9);
  });
});

it('a file may have more findings than a call may have arguments', () => {
  expect(
    lintText(
      many(200_000, () => ({})),
      CONTEXT,
    ),
  ).toContain('and 199995 more like it');
});

describe('a frame', () => {
  const frame = codeFrame(`before: ${'b'.repeat(150)}\n${'x'.repeat(100)}HERE${'y'.repeat(50)}\nafter`, 2, 101);

  it('stays as it is where there is room', () => {
    expect(fitFrame(frame, 200, '…').join('\n')).toBe(frame);
  });

  it.each([30, 40, 80])('of %i columns fits, and its marker is below its place', (width) => {
    const lines = fitFrame(frame, width, '…');
    const marker = lines.find((line) => line.endsWith('^')) ?? '';
    expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
    expect(lines.find((line) => line.startsWith('>'))?.slice(marker.length - 1)).toMatch(/^HERE/);
  });

  it('shows that a shorter line is cut off as a whole, and that an empty one is not', () => {
    expect(fitFrame(frame, 40, '…').at(-1)).toBe('  3 |…');
    expect(fitFrame(frame.replace(' after', ''), 40, '…').at(-1)).toBe('  3 |');
  });
});
