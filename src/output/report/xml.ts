/** Numbers of a JUnit suite. `time` is in seconds. */
export interface Total {
  tests: number;
  failures: number;
  errors: number;
  skipped: number;
  time: number;
}

export interface Suite {
  name: string;
  total: Total;
  /** Elements `testcase`. */
  cases: readonly string[];
}

/**
 * A JUnit XML document. No attribute but those that the schema of Jenkins' xUnit plugin knows: it refuses a report with
 * any other.
 */
export function junitXml(name: string, suites: readonly Suite[]): string {
  const sum = (key: keyof Total) => suites.reduce((all, { total }) => all + total[key], 0);
  const total = { tests: sum('tests'), failures: sum('failures'), errors: sum('errors'), skipped: sum('skipped') };
  const root = element('testsuites', { name, ...total, time: rounded(sum('time')) }, [
    ...suites.map((suite) => element('testsuite', { name: suite.name, ...suite.total }, suite.cases)),
  ]);
  return `<?xml version="1.0" encoding="UTF-8"?>\n${root}\n`;
}

/** Sums of decimal fractions have a tail. */
export function rounded(seconds: number): number {
  return Math.round(seconds * 1000) / 1000;
}

/** `system-out`: GitLab and Jenkins show it beside the test. */
export function systemOut(lines: readonly string[]): string {
  return element('system-out', {}, [xmlText(lines)]);
}

export function xmlText(lines: readonly string[]): string {
  return escapeXml(lines.join('\n'));
}

/** Children that are elements stand on lines of their own; white space in text counts, so text stays as it is. */
export function element(name: string, attributes: object, children: readonly string[] = []): string {
  const head = Object.entries(attributes).map(([key, value]) => ` ${key}="${escapeXml(String(value))}"`);
  if (children.length === 0) return `<${name}${head.join('')}/>`;
  const body = children.every((child) => child.startsWith('<')) ? `\n${children.join('\n')}\n` : children.join('');
  return `<${name}${head.join('')}>${body}</${name}>`;
}

function escapeXml(value: string): string {
  return value.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
