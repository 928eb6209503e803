// Runs the bridge's Go tests, prints a line a failure and a summary, and with CI=true writes reports/bridge.json in
// the fields that scripts/sum-reports.mjs reads.
import { spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';

const folder = 'runtime/bridge';

function report(counts) {
  if (!process.env.CI) return;
  mkdirSync('reports', { recursive: true });
  writeFileSync('reports/bridge.json', JSON.stringify({ success: counts.numFailedTests === 0, ...counts }));
}

if (spawnSync('go', ['version']).error) {
  console.log('skipped: the tests of runtime/bridge, because there is no Go on this machine');
  report({ numPassedTests: 0, numFailedTests: 0, numPendingTests: 1 });
} else {
  const run = spawnSync('go', ['test', '-json', '-count=1', './...'], {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 1 << 28,
  });
  const events = run.stdout.split('\n').flatMap((line) => (line.startsWith('{') ? [JSON.parse(line)] : []));
  const ended = (action) => events.filter((event) => event.Test && event.Action === action);
  const failures = new Set(ended('fail').map((event) => event.Test));
  // A skipped test's output is its reason.
  const told = new Set([...failures, ...ended('skip').map((event) => event.Test)]);
  for (const event of events)
    if (event.Action === 'output' && (told.has(event.Test) || !event.Test)) process.stdout.write(event.Output);
  process.stderr.write(run.stderr);
  const counts = {
    numPassedTests: ended('pass').length,
    numFailedTests: failures.size,
    numPendingTests: ended('skip').length,
  };
  // A test binary that does not compile has no failed test, but is one.
  if (run.status !== 0 && counts.numFailedTests === 0) counts.numFailedTests = 1;
  report(counts);
  console.log(
    `bridge: ${counts.numPassedTests} passed, ${counts.numFailedTests} failed, ${counts.numPendingTests} skipped`,
  );
  process.exitCode = run.status === 0 && counts.numPassedTests > 0 ? 0 : 1;
}
