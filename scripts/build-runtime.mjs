// Builds what runs inside pods: the gateway (one file) and the bridge (one static binary per CPU).
import { execFileSync, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { buildGateway } from './build-gateway.mjs';

const root = fileURLToPath(new URL('..', import.meta.url));
const { version } = JSON.parse(readFileSync(`${root}package.json`, 'utf8'));
const EXIT_ENVIRONMENT = 3;

await buildGateway();
const missing = whyNoGo();
if (missing === undefined) {
  for (const arch of ['amd64', 'arm64']) buildBridge(arch);
} else {
  process.stderr.write(`build-runtime: bridge skipped: ${missing}\n`);
  if (!process.argv.includes('--skip-missing-go')) process.exitCode = EXIT_ENVIRONMENT;
}

function whyNoGo() {
  const { error, status } = spawnSync('go', ['version'], { stdio: 'ignore' });
  if (error) return `go cannot be run (${error.code})`;
  return status === 0 ? undefined : `\`go version\` ended with ${status}`;
}

function buildBridge(arch) {
  const ldflags = `-s -w -X main.version=${version}`;
  const output = `dist/mcpk-bridge-linux-${arch}`;
  execFileSync('go', ['build', '-trimpath', '-ldflags', ldflags, '-o', output, '.'], {
    cwd: `${root}runtime/bridge`,
    env: { ...process.env, CGO_ENABLED: '0', GOOS: 'linux', GOARCH: arch },
    stdio: ['ignore', 'inherit', 'inherit'],
  });
}
