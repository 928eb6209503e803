import { expect, it } from 'vitest';
import type { VerifyResult } from '../../../src/contract.ts';
import { verifyJunit } from '../../../src/output/verify/junit.ts';
import { expectGolden } from '../../helpers/golden.ts';
import { parseJunit } from '../../helpers/junit.ts';
import { breakFetch, CLEAN, CONTEXT, NASTY, RESULT, report } from './fixture.ts';

const outcomes = (result: VerifyResult, context = CONTEXT) =>
  Object.fromEntries(
    parseJunit(verifyJunit(result, context)).children.flatMap((suite) =>
      suite.children.map(({ attributes, children }) => [
        attributes['name'],
        children.map(({ name }) => name).join(' ') || 'passed',
      ]),
    ),
  );

it('has everything', () => {
  expectGolden('verify/result.junit.xml', verifyJunit(RESULT, CONTEXT));
});

it('says of each state what it is', () => {
  expect(outcomes(RESULT)).toEqual({
    'cluster.reachable': 'system-out',
    'dns.resolve[fetch]': 'error',
    'mcp.server.initialize[fetch]': 'failure',
    'mcp.server.tools[fetch]': 'skipped',
    'mcp.server.tools[time]': 'system-out',
    'mcp.gateway.tools[time]': 'failure',
    'perf.init': 'system-out',
    'perf.connect[time]': 'skipped system-out',
  });
});

it('with --fail-on warning a warning is a failure', () => {
  expect(outcomes(RESULT, { ...CONTEXT, failOn: 'warning' })['perf.init']).toBe('failure');
  expect(outcomes(RESULT, { ...CONTEXT, failOn: 'warning' })['perf.connect[time]']).toBe('skipped system-out');
});

it('counts right, in suites and in all', async () => {
  for (const result of [RESULT, CLEAN, await report(breakFetch, 'docker')]) {
    const root = parseJunit(verifyJunit(result, CONTEXT));
    for (const suite of root.children) {
      const of = (name: string) => suite.children.filter(({ children }) => children[0]?.name === name).length;
      expect(suite.attributes).toMatchObject({
        tests: String(suite.children.length),
        failures: String(of('failure')),
        errors: String(of('error')),
        skipped: String(of('skipped')),
      });
      expect(suite.children.map(({ attributes }) => attributes['classname'])).toEqual(
        suite.children.map(() => suite.attributes['name']),
      );
    }
    const { pass, warn, fail, skipped, unchecked, suppressed } = result.summary;
    expect(root.attributes).toMatchObject({
      tests: String(pass + warn + fail + skipped + unchecked + suppressed),
      failures: String(fail),
      errors: String(unchecked),
      skipped: String(skipped + suppressed),
    });
  }
});

it('times are seconds', () => {
  const [, , server] = parseJunit(verifyJunit(RESULT, CONTEXT)).children;
  expect(server?.attributes['time']).toBe('10.016');
  expect(server?.children[0]?.attributes['time']).toBe('10.004');
});

it('a failure tells the whole story in its text, which is all that GitLab shows', async () => {
  const xml = verifyJunit(await report(breakFetch, 'docker'), CONTEXT);
  const cases = parseJunit(xml).children.flatMap(({ children }) => children);
  const failed = cases.find(({ attributes }) => attributes['name'] === 'security.exec-permission[fetch]');
  expect(failed?.children[0]?.text).toMatch(
    /^fail: the server cannot be executed as uid 1000\nuid 1000 may not execute/,
  );
  expect(failed?.children[0]?.text).toMatch(
    /\nfix: .*\nseen: Error running.*\nmore: mcpk explain security\.exec-perm/s,
  );
});

it('keeps every character that XML can hold', () => {
  const cases = parseJunit(verifyJunit(RESULT, CONTEXT)).children.flatMap(({ children }) => children);
  const kept = NASTY.slice(0, NASTY.indexOf('\u001b'));
  expect(cases[2]?.children[0]?.attributes['message']).toContain(kept);
});
