import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'mcpk-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What `npx mcpk` fetches: the packed files and nothing else, no dependency beside them. */
function unpacked(): string {
  execFileSync('npm', ['pack', '--ignore-scripts', '--silent', '--pack-destination', folder], { stdio: 'pipe' });
  const [archive = ''] = readdirSync(folder);
  execFileSync('tar', ['xf', archive], { cwd: folder });
  return join(folder, 'package/bin/run.js');
}

describe('the package alone', () => {
  const bin = unpacked();
  const run = (...args: string[]) => {
    const env = { PATH: process.env['PATH'], HOME: folder, MCPK_OFFLINE: '1' };
    const { status, stdout, stderr } = spawnSync(process.execPath, [bin, ...args], {
      cwd: folder,
      encoding: 'utf8',
      env,
    });
    return { status, stdout, stderr };
  };

  it('helps, which needs what oclif seldom loads', () => {
    const { status, stdout, stderr } = run('lint', '--help');
    expect([status, stderr]).toEqual([0, '']);
    expect(stdout).toContain('$ mcpk lint [PATH...] [FLAGS]');
    expect(run('--help').stdout).toContain('COMMANDS');
  });

  it('says what is wrong with a command line', () => {
    const { status, stderr } = run('rendr');
    expect(status).toBe(2);
    expect(stderr).toContain('there is no command "rendr"');
  });

  it('makes a config, renders and lints it', () => {
    for (const args of [['init'], ['add-server', 'duckduckgo'], ['render'], ['lint', '--allow-unchecked']])
      expect([args, run(...args)]).toEqual([args, expect.objectContaining({ status: 0 })]);
  });
});
