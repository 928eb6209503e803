import type { CheckResult, VerifyResult } from '../../contract.ts';
import { element, junitXml, rounded, type Suite, systemOut, xmlText } from '../report/xml.ts';
import { acceptance, key, message, outcomeOf, story, type VerifyContext, where } from './report.ts';

/**
 * JUnit XML: a suite a category, a test case a check. What could not be checked is an `error`: as `skipped` it would
 * look fine in a run that does not end well because of it.
 */
export function verifyJunit(result: VerifyResult, context: VerifyContext): string {
  const categories = [...new Set(result.checks.map(({ category }) => category))];
  const suites = categories.map((category) =>
    suite(
      `mcpk.${category}`,
      result.checks.filter((check) => check.category === category),
      context,
    ),
  );
  return junitXml(`mcpk verify ${result.app}`, suites);
}

function suite(name: string, checks: readonly CheckResult[], { failOn }: VerifyContext): Suite {
  const of = (...kinds: ReturnType<typeof outcomeOf>[]) =>
    checks.filter((check) => kinds.includes(outcomeOf(check, failOn))).length;
  const total = {
    tests: checks.length,
    failures: of('failed'),
    errors: of('unchecked'),
    skipped: of('skipped', 'suppressed'),
    time: rounded(checks.reduce((sum, { durationMs }) => sum + durationMs / 1000, 0)),
  };
  const cases = checks.map((check) =>
    element(
      'testcase',
      { classname: name, name: key(check), time: rounded(check.durationMs / 1000) },
      outcome(check, failOn),
    ),
  );
  return { name, total, cases };
}

function outcome(check: CheckResult, failOn: VerifyContext['failOn']): string[] {
  const told = { message: message(check), type: check.severity };
  const lines = [[where(check), check.status, message(check)].filter(Boolean).join(': '), ...story(check)];
  switch (outcomeOf(check, failOn)) {
    case 'pass':
      return check.message === undefined ? [] : [systemOut([message(check)])];
    case 'skipped':
      return [element('skipped', { message: message(check) })];
    case 'suppressed':
      return [element('skipped', { message: acceptance(check) }), systemOut(lines)];
    case 'unchecked':
      return [element('error', { ...told, type: 'unchecked' }, [xmlText(lines)])];
    case 'failed':
      // GitLab shows the text and drops the attribute, Jenkins shows both.
      return [element('failure', told, [xmlText(lines)])];
    default:
      return [systemOut(lines)];
  }
}
