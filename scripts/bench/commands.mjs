// What commands cost, as ratios to bare Node measured side by side in one run. Absolute times are of
// the machine and its load at that moment; only the ratios are compared with the budgets of CONTRIBUTING.md.
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROUNDS = Number(process.env.BENCH_ROUNDS ?? 21);
const bin = fileURLToPath(new URL('../../bin/run.js', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'mcpk-bench-'));

function config(servers) {
  const file = join(folder, `${servers}.yaml`);
  const lines = Array.from({ length: servers }, (_, i) => `  s${i}: { image: example.com/s${i}:1, command: [serve] }`);
  writeFileSync(file, `apiVersion: mcpk/v1\nname: bench\nservers:\n${lines.join('\n')}\n`);
  return file;
}

const cases = [
  { name: 'node -e 0', args: ['-e', '0'] },
  { name: 'mcpk --version', args: [bin, '--version'], budget: 1.6 },
  { name: 'mcpk --help', args: [bin, '--help'], budget: 1.6 },
  { name: 'mcpk render, 10 servers', args: [bin, 'render', '--config', config(10)], budget: 2 },
  { name: 'mcpk render, 200 servers (1,003 objects)', args: [bin, 'render', '--config', config(200)] },
];

function time(args) {
  const start = process.hrtime.bigint();
  const { status, stderr } = spawnSync(process.execPath, args, {
    stdio: ['ignore', 'pipe', 'pipe'],
    maxBuffer: 1 << 28,
  });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${status}: ${stderr}`);
  return Number(process.hrtime.bigint() - start) / 1e6;
}

function median(values) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)];
}

export function benchCommands() {
  try {
    const times = cases.map(() => []);
    for (const { args } of cases) time(args); // warm-up: the page cache
    // One of each in turn, so that a busy moment of the machine meets all of them.
    for (let round = 0; round < ROUNDS; round++) {
      cases.forEach(({ args }, i) => {
        times[i].push(time(args));
      });
    }
    const floor = median(times[0]);
    console.log(
      `Node ${process.version}, ${ROUNDS} rounds, medians\n\n| what | ms | ratio to bare Node | budget |\n| --- | --- | --- | --- |`,
    );
    cases.forEach(({ name, budget }, i) => {
      const ms = median(times[i]);
      console.log(`| ${name} | ${ms.toFixed(0)} | ${(ms / floor).toFixed(2)} | ${budget ?? ''} |`);
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
