import sarif from '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json' with { type: 'json' };
import { Ajv } from 'ajv';
import { describe, expect, it } from 'vitest';
import type { LintResult } from '../../../src/contract.ts';
import type { ReportContext } from '../../../src/output/lint/report.ts';
import { lintSarif } from '../../../src/output/lint/sarif.ts';
import { expectGolden } from '../../helpers/golden.ts';
import { CLEAN, CLEAN_CONTEXT, CONTEXT, many, RESULT } from './fixture.ts';

/** The schema of the standard. Ajv reads it as draft 7: what draft 4 says otherwise does not occur in it but `id`. */
function standard() {
  const { $schema: _dialect, id: _id, ...schema } = sarif;
  const ajv = new Ajv({ strict: false, allErrors: true, unicodeRegExp: false });
  ajv.addFormat('uri', (text: string) => URL.canParse(text));
  ajv.addFormat('uri-reference', (text: string) => /^([\w.~:/?#[\]@!$&'()*+,;=-]|%[0-9A-Fa-f]{2})*$/.test(text));
  ajv.addFormat('date-time', true);
  return ajv.compile(schema);
}

const isStandard = standard();

function run(result: LintResult, context: ReportContext = CONTEXT) {
  const log = JSON.parse(lintSarif(result, context));
  isStandard(log);
  expect(isStandard.errors ?? []).toEqual([]);
  return log.runs[0];
}

it('has everything', () => {
  run(RESULT);
  expectGolden('lint/result.sarif', lintSarif(RESULT, CONTEXT));
});

it('no string has a character that some reader of JSON chokes on', () => {
  const foreign: string[] = [];
  JSON.parse(lintSarif(RESULT, CONTEXT), (_key, value) => {
    if (typeof value === 'string' && /\p{Surrogate}|\p{Cc}/u.test(value.replaceAll('\n', ''))) foreign.push(value);
    return value;
  });
  expect(foreign).toEqual([]);
});

it('the schema is at work', () => {
  const log = JSON.parse(lintSarif(RESULT, CONTEXT));
  log.runs[0].results[0].locations[0].physicalLocation.region.startLine = 0;
  log.runs[0].results[0].levle = 'error';
  log.runs[0].artifacts[0].location.uri = 'a b';
  isStandard(log);
  expect(isStandard.errors?.map(({ keyword }) => keyword).sort()).toEqual([
    'additionalProperties',
    'format',
    'minimum',
  ]);
});

it('of nothing has no results, and says what was looked at', () => {
  const { results, artifacts, tool, invocations } = run(CLEAN, CLEAN_CONTEXT);
  expect(results).toEqual([]);
  expect(artifacts).toHaveLength(2);
  expect(tool.driver.rules).toHaveLength(4);
  expect(invocations).toEqual([{ executionSuccessful: true, exitCode: 0, toolExecutionNotifications: [] }]);
});

describe('what GitHub wants', () => {
  const { results, tool } = run(RESULT);

  it('a line, a message, a fingerprint and a relative URI in each result', () => {
    for (const { locations, message, partialFingerprints } of results) {
      const { artifactLocation, region } = locations[0].physicalLocation;
      expect(region.startLine).toBeGreaterThanOrEqual(1);
      expect(message.text).not.toBe('');
      expect(partialFingerprints['mcpk/v1']).not.toBe('');
      expect(artifactLocation.uri).not.toMatch(/^\/|^[a-z]+:|\\/i);
    }
  });

  it('descriptions, help and at most 20 tags in each rule', () => {
    for (const { shortDescription, fullDescription, help, properties } of tool.driver.rules) {
      for (const { text } of [shortDescription, fullDescription, help]) expect(text).not.toBe('');
      expect(properties.tags.length).toBeLessThanOrEqual(20);
    }
  });

  it('no description above 1024 characters', () => {
    const [rule] = CONTEXT.rules;
    if (!rule) throw new Error('no rule');
    const wordy = { ...rule, page: { ...rule.page, title: 't'.repeat(1025), why: '😀'.repeat(600) } };
    const [{ shortDescription, fullDescription }] = run(CLEAN, { ...CONTEXT, rules: [wordy] }).tool.driver.rules;
    expect(shortDescription.text).toHaveLength(1024);
    expect(fullDescription.text.length).toBeLessThanOrEqual(1024);
    expect(fullDescription.text.isWellFormed()).toBe(true);
  });

  it('at most 25,000 results: the mildest are left out, and a notification says so', () => {
    const result = many(25_003, (i) => ({ severity: i < 5 ? 'info' : i < 10 ? 'error' : 'warning' }));
    const [waived] = RESULT.suppressed;
    if (!waived) throw new Error('none suppressed');
    const cut = run({ ...result, suppressed: [{ ...waived, severity: 'error' }] });
    const levels = cut.results.map(({ level }: { level: string }) => level);
    expect(levels).toHaveLength(25_000);
    expect(levels.filter((level: string) => level === 'note')).toHaveLength(2);
    expect(levels.slice(0, 6)).toEqual(['error', 'error', 'error', 'error', 'error', 'warning']);
    expect(cut.invocations[0].toolExecutionNotifications).toEqual([
      { level: 'warning', message: { text: '4 results, the mildest, are left out: the limit is 25000' } },
    ]);
  });

  it('as many as the limit stay as they are', () => {
    const exact = run(many(25_000, (i) => ({ severity: i === 0 ? 'info' : 'error' })));
    expect(exact.results[0].level).toBe('note');
    expect(exact.invocations[0].toolExecutionNotifications).toEqual([]);
  });

  it('on GitHub no suppressed results, because it would open alerts for them', () => {
    const { results, invocations } = run(RESULT, { ...CONTEXT, onGitHub: true });
    expect(results).toHaveLength(RESULT.findings.length);
    expect(invocations[0].toolExecutionNotifications.at(-1).message.text).toMatch(/^3 suppressed results are left out/);
  });
});

it('suppressions say where and why', () => {
  const { results } = run(RESULT);
  const waived = results.flatMap(({ suppressions }: { suppressions: { kind: string }[] }) => suppressions);
  expect(waived.map(({ kind }: { kind: string }) => kind)).toEqual(['inSource', 'external', 'external']);
  expect(waived[1].justification).toBe('load test of 2026');
});

it('a rule without a page has an id and no index', () => {
  const last = run(RESULT).results.find(({ ruleId }: { ruleId: string }) => ruleId === 'yaml.unknown');
  expect(last).not.toHaveProperty('ruleIndex');
});

it.each([
  [0, true],
  [1, true],
  [3, false],
] as const)('an exit code of %i is a successful execution: %s', (exitCode, expected) => {
  expect(run(CLEAN, { ...CONTEXT, exitCode }).invocations[0].executionSuccessful).toBe(expected);
});

it('text that looks like a link is text', () => {
  const [result] = run(many(1, () => ({ message: 'see [here](1), [not] (this)' }))).results;
  expect(result.message.text).toContain('see \\[here](1), [not] (this)');
});
