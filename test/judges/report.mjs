// Runs the conformance tool against a URL and prints what failed.
//   node report.mjs URL REVISION [--json] [--scenario NAME]
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const modules = fileURLToPath(new URL('./node_modules/', import.meta.url));

/**
 * Runs every scenario of a revision, or one.
 * Returns [{scenario, passed, failed: [message]}] and what the tool printed.
 */
export function judge(url, revision, scenario) {
  const dir = mkdtempSync(join(tmpdir(), 'mcpk-judges-'));
  try {
    const which =
      scenario === undefined ? ['--requirements', revision] : ['--spec-version', revision, '--scenario', scenario];
    const args = ['server', '--url', url, ...which, '--output-dir', dir];
    // The tool needs a newer Node than the project does.
    const tool = [join(modules, '@modelcontextprotocol/conformance/dist/index.js'), ...args];
    const { stdout, stderr, status } = spawnSync(join(modules, 'node/bin/node'), tool, { encoding: 'utf8' });
    return { scenarios: readResults(dir), output: stdout + stderr, status };
  } finally {
    rmSync(dir, { recursive: true, force: true });
  }
}

function readResults(dir) {
  const files = readdirSync(dir, { recursive: true }).filter((name) => name.endsWith('checks.json'));
  return files.sort().map((file) => {
    const checks = JSON.parse(readFileSync(join(dir, file), 'utf8'));
    const failed = checks.filter(({ status }) => status === 'FAILURE');
    return {
      scenario: file
        .split('/')[0]
        .replace(/^server-/, '')
        .replace(/-\d{4}-\d\d-\d\dT.*$/, ''),
      passed: checks.filter(({ status }) => status === 'SUCCESS').length,
      warned: checks
        .filter(({ status }) => status === 'WARNING')
        .map(({ id, errorMessage }) => `${id}: ${errorMessage}`),
      failed: failed.map(({ id, errorMessage }) => `${id}: ${errorMessage}`),
    };
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const [url, revision, ...rest] = process.argv.slice(2);
  const at = rest.indexOf('--scenario');
  const { scenarios, output, status } = judge(url, revision, at === -1 ? undefined : rest[at + 1]);
  if (rest.includes('--json')) process.stdout.write(`${JSON.stringify(scenarios, null, 2)}\n`);
  else {
    for (const { scenario, failed, warned } of scenarios) {
      for (const message of [...failed, ...warned.map((w) => `(warning) ${w}`)])
        process.stdout.write(`${scenario}: ${message}\n`);
    }
    const sum = (count) => scenarios.reduce((total, one) => total + count(one), 0);
    process.stdout.write(`${sum((one) => one.passed)} passed, ${sum((one) => one.failed.length)} failed\n`);
    if (scenarios.length === 0) process.stdout.write(output);
  }
  process.exitCode = status ?? 1;
}
