// Names each test that failed, adds up the reports that the test runners wrote with CI=true, and prints alone on a
// line `N passed, N failed, N skipped`. A report that is missing counts as a failure: its tests did not run.
import { readFileSync } from 'node:fs';

const total = { passed: 0, failed: 0, skipped: 0 };

for (const name of ['unit', 'bridge', 'e2e']) {
  const file = `reports/${name}.json`;
  try {
    const report = JSON.parse(readFileSync(file, 'utf8'));
    total.passed += report.numPassedTests;
    // A file that cannot be loaded has no failed test, but is one.
    total.failed += Math.max(report.numFailedTests, report.numFailedTestSuites > 0 || report.success === false ? 1 : 0);
    total.skipped += report.numPendingTests + (report.numTodoTests ?? 0);
    sayFailures(name, report.testResults ?? []);
  } catch (error) {
    console.log(`no report ${file}: ${error.message}`);
    total.failed += 1;
  }
}

console.log(`${total.passed} passed, ${total.failed} failed, ${total.skipped} skipped`);
if (total.failed > 0 || total.passed === 0) process.exitCode = 1;

/** Whoever reads only the end of a long log finds there what failed, and with which words. */
function sayFailures(report, files) {
  for (const file of files) {
    const path = file.name.replace(`${process.cwd()}/`, '');
    const failed = file.assertionResults.filter((test) => test.status === 'failed');
    for (const test of failed) {
      console.log(`FAILED ${report} ${path} > ${test.fullName}`);
      for (const message of test.failureMessages) console.log(indented(message));
    }
    if (file.status === 'failed' && failed.length === 0) {
      console.log(`FAILED ${report} ${path}`);
      console.log(indented(file.message));
    }
  }
}

function indented(message) {
  return message
    .split('\n', 15)
    .map((line) => `    ${line}`)
    .join('\n');
}
