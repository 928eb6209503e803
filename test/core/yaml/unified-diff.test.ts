import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { unifiedDiff } from '../../../src/core/yaml/unified-diff.ts';

describe('unifiedDiff', () => {
  it('has three lines of context and no more', () => {
    const before = 'a\nb\nc\nd\ne\nf\ng\nh\n';
    expect(unifiedDiff(before, before.replace('e\n', 'E\nE2\n'), 'k8s/a b.yaml')).toBe(
      '--- a/k8s/a b.yaml\t\n+++ b/k8s/a b.yaml\t\n@@ -2,7 +2,8 @@\n b\n c\n d\n-e\n+E\n+E2\n f\n g\n h\n',
    );
  });

  it('says where a last line has no end', () => {
    expect(unifiedDiff('a\nb', 'a\nc\n', 'x')).toBe(
      '--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\n-b\n\\ No newline at end of file\n+c\n',
    );
    expect(unifiedDiff('a\n', 'a', 'x')).toBe(
      '--- a/x\n+++ b/x\n@@ -1,1 +1,1 @@\n-a\n+a\n\\ No newline at end of file\n',
    );
  });

  it('sees a change of line ends', () => {
    expect(unifiedDiff('a\r\nb\r\n', 'a\r\nb\n', 'x')).toBe('--- a/x\n+++ b/x\n@@ -1,2 +1,2 @@\n a\r\n-b\r\n+b\n');
  });

  it('is nothing where nothing changed', () => {
    expect(unifiedDiff('a\n', 'a\n', 'x')).toBe('');
  });

  it.each(['./x', '/x', 'x', './/x'])('names %s so that -p1 finds it', (name) => {
    expect(unifiedDiff('a\n', 'b\n', name)).toMatch(/^--- a\/x\n\+\+\+ b\/x\n/);
  });
});

const line = fc.constantFrom(
  'a',
  'b',
  'c: 1',
  '',
  ' ',
  '- d',
  '+ e',
  '--- f',
  '+++ g',
  '@@ -1 +1 @@',
  '\\ No',
  'é',
  '\ttab',
);
const body = fc
  .record({
    lines: fc.array(line, { minLength: 1, maxLength: 40 }),
    eol: fc.constantFrom('\n', '\r\n'),
    end: fc.boolean(),
  })
  // The last line is not empty: the text then ends in an end of line or it does not.
  .map(({ lines, eol, end }) => [...lines, 'z'].join(eol) + (end ? eol : ''));
const hit = fc.record({ at: fc.nat(40), cut: fc.nat(3), put: fc.array(line, { maxLength: 3 }) });
const pair = fc
  .tuple(body, fc.array(hit, { maxLength: 4 }), fc.integer({ min: 0, max: 5 }))
  .map(([before, hits, end]) => {
    const eol = before.includes('\r\n') ? '\r\n' : '\n';
    const lines = before.split(eol);
    for (const { at, cut, put } of hits) lines.splice(at % lines.length, cut, ...put);
    const after = lines.join(eol) + (end === 0 ? eol : '');
    return { before, after: after === '' ? eol : after };
  });

describe('tools apply it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'mcpk-diff-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  const names = [
    'plain.yaml',
    'with blank.yaml',
    'it\'s "quoted".yaml',
    'größe.yaml',
    'deep/er/x.yaml',
    'tab\there.yaml',
    'back\\slash.yaml',
  ];
  it.each([
    ['git', ['apply', '--check', '-']],
    ['git', ['apply', '-']],
    ['patch', ['-p1', '--binary', '--quiet', '--fuzz=0']],
  ])('%s %s', (tool, args) => {
    const seed = Date.now() & 0xffff;
    const cases = fc.sample(pair, { numRuns: 250, seed }).filter(({ before, after }) => before !== after);
    const root = mkdtempSync(join(folder, 'case-'));
    execFileSync('git', ['init', '--quiet', root]);
    const files = cases.map(({ before, after }, i) => ({ before, after, name: `${i}/${names[i % names.length]}` }));
    for (const { name, before } of files) {
      mkdirSync(join(root, name, '..'), { recursive: true });
      writeFileSync(join(root, name), before);
    }
    const input = files.map(({ name, before, after }) => unifiedDiff(before, after, name)).join('');
    execFileSync(tool, args, { cwd: root, input, stdio: ['pipe', 'ignore', 'pipe'] });
    const isDry = args.includes('--check');
    for (const { name, before, after } of files) {
      expect({ seed, name, text: readFileSync(join(root, name), 'utf8') }).toEqual({
        seed,
        name,
        text: isDry ? before : after,
      });
    }
  });
});
