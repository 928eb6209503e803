import { spawn } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { VerifyResult } from '../../src/contract.ts';
import { kubeconfigText } from '../adapters/kube/fake-api.ts';
import { BIN, mcpk, temporaryFolder } from '../helpers/cli.ts';
import { expectContract } from '../helpers/contract.ts';
import { parseJunit } from '../helpers/junit.ts';
import { Local, ours } from '../helpers/local.ts';
import { tapPoints, tapState } from '../helpers/tap.ts';
import { workflowCommand } from '../helpers/workflow-commands.ts';

const FORMATS = ['text', 'short', 'json', 'junit', 'tap', 'github'];
const LOCAL = ['verify', '--target', 'local', '--wait', '0'];
/** A busy machine is slow to start anything. */
const PATIENT = [...LOCAL, '--init-budget', '1m'];
const CONFIG = 'apiVersion: mcpk/v1\nname: demo\nservers:\n  time: {}\n';
/** A server that ends at once. */
const DIES = '{ local: { command: [sh, -c, "echo oh dear >&2; exit 3"] } }';

/** An app with these servers, up. */
async function running(servers: string): Promise<Local> {
  const app = new Local(servers);
  await app.up();
  return app;
}

function folderWithConfig(): string {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'mcpk.yaml'), CONFIG);
  return cwd;
}

function kubeconfigOf(cwd: string, url: string): Record<string, string> {
  const path = join(cwd, 'kubeconfig');
  writeFileSync(path, kubeconfigText(url));
  return { KUBECONFIG: path };
}

/** A server that takes connections and never answers. */
async function silent(): Promise<{ url: string; asked: Promise<unknown> }> {
  let heard = (_: unknown) => {};
  const asked = new Promise((resolve) => {
    heard = resolve;
  });
  const server = createServer(heard);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, asked };
}

describe('the exit code is the same in every format', () => {
  async function codes(run: (format: string) => Promise<{ code: number | null }>): Promise<Record<string, unknown>> {
    return Object.fromEntries(await Promise.all(FORMATS.map(async (format) => [format, (await run(format)).code])));
  }
  const each = (code: number) => Object.fromEntries(FORMATS.map((format) => [format, code]));

  it('0 where all is well, 1 where something fails or warns too much', async () => {
    const app = await running(`{ one: { ${ours} } }`);
    expect(await codes((format) => app.run(...LOCAL, '--format', format))).toEqual(each(0));
    const slow = ['--init-budget', '1ms'];
    expect((await app.run(...LOCAL, ...slow)).code).toBe(0);
    const strict = [...slow, '--fail-on', 'warning'];
    expect(await codes((format) => app.run(...LOCAL, ...strict, '--format', format))).toEqual(each(1));
    app.write(`{ one: { ${ours}, verify: { tools: [gone] } } }`);
    expect(await codes((format) => app.run(...LOCAL, '--format', format))).toEqual(each(1));
  }, 60_000);

  it('2 where the command line or the config is wrong', async () => {
    const cwd = folderWithConfig();
    expect(await codes((format) => mcpk(['verify', '--only', 'nobody', '--format', format], { cwd }))).toEqual(each(2));
    writeFileSync(join(cwd, 'mcpk.yaml'), 'name: [');
    expect(await codes((format) => mcpk(['verify', '--format', format], { cwd }))).toEqual(each(2));
  });

  it('3 where nothing could be checked', async () => {
    const cwd = folderWithConfig();
    const env = kubeconfigOf(cwd, 'http://127.0.0.1:1');
    expect(await codes((format) => mcpk(['verify', '--wait', '0', '--format', format], { cwd, env }))).toEqual(each(3));
  });

  it('130 where it is interrupted', async () => {
    const interrupted = async (format: string) => {
      const cwd = folderWithConfig();
      const { url, asked } = await silent();
      const env = { PATH: process.env['PATH'], HOME: cwd, ...kubeconfigOf(cwd, url) };
      const child = spawn(process.execPath, [BIN, 'verify', '--format', format], { cwd, env, stdio: 'ignore' });
      const code = new Promise<number | null>((resolve) => child.once('close', resolve));
      await asked;
      child.kill('SIGINT');
      return { code: await code };
    };
    expect(await codes(interrupted)).toEqual(each(130));
  });
});

describe('what a run of a broken server looks like', () => {
  it('in every format, printed and in files', async () => {
    const app = await running(`{ good: { ${ours} }, dies: ${DIES} }`);
    app.env['LC_ALL'] = 'C.UTF-8';
    const files = FORMATS.map((format) => `${format}=reports/${format}`);
    const { code, stdout } = await app.run(...PATIENT, ...files.flatMap((file) => ['-o', file]));
    expect(code).toBe(1);
    expect(readdirSync(join(app.cwd, 'reports')).sort()).toEqual(FORMATS.toSorted());
    const read = (format: string) => readFileSync(join(app.cwd, 'reports', format), 'utf8');
    expect(read('text')).toBe(stdout);
    expect(read('short')).toMatch(/^demo: http.*\n× mcp\.server\.initialize\[dies\]: [^\n]*\n\d+ passed, 1 failed/);
    expectContract('verify', read('json'));
    const result: VerifyResult = JSON.parse(read('json')).result;
    const at = result.checks.find(({ status }) => status === 'fail')?.at;
    expect(at).toEqual({ file: 'mcpk.yaml', line: 3, column: expect.any(Number) });
    const { attributes } = parseJunit(read('junit'));
    expect([attributes['tests'], attributes['failures']]).toEqual([String(result.checks.length), '1']);
    const states = tapPoints(read('tap')).map(tapState);
    expect([states.length, states.filter((state) => state === 'not ok').length]).toEqual([result.checks.length, 1]);
    const [first] = read('github').split('\n');
    expect(workflowCommand(first ?? '')).toMatchObject({
      name: 'error',
      properties: { file: 'mcpk.yaml', line: '3', title: 'mcp.server.initialize[dies]' },
    });
    // What is asked for on stdout is what the file has, but for the times.
    for (const format of ['junit', 'tap', 'github']) {
      const printed = await app.run(...PATIENT, '--format', format);
      expect(printed.stdout.split('\n').length, format).toBe(read(format).split('\n').length);
    }
  }, 60_000);

  it('on GitHub Actions has annotations and a summary, unless another format is asked for', async () => {
    const app = await running(`{ good: { ${ours} }, dies: ${DIES} }`);
    const summary = join(app.cwd, 'summary.md');
    Object.assign(app.env, { GITHUB_ACTIONS: 'true', GITHUB_STEP_SUMMARY: summary });
    expect((await app.run(...LOCAL, '--format', 'tap')).stdout).not.toContain('::error');
    expect(existsSync(summary)).toBe(false);
    const { stdout } = await app.run(...LOCAL);
    expect(stdout).toMatch(/^::error file=mcpk\.yaml,line=3,col=\d+,title=mcp\.server\.initialize\[dies\]::/m);
    expect(stdout).toContain('demo: http');
    expect(readFileSync(summary, 'utf8')).toContain('| dies |');
  });
});

describe('--suppress', () => {
  it('shows the failure as accepted, with the reason, and what it blocks stays skipped', async () => {
    const app = await running(`{ good: { ${ours} }, dies: ${DIES} }`);
    const suppress = ['--suppress', 'mcp.server.initialize[dies]=it needs a key'];
    const { code, result, checks } = await app.verify(...suppress);
    expect(code).toBe(0);
    expect(result.summary).toMatchObject({ fail: 0, suppressed: 1 });
    expect(result.broken).toEqual([]);
    expect(checks.get('mcp.server.initialize[dies]')).toMatchObject({ status: 'suppressed', reason: 'it needs a key' });
    expect(checks.get('mcp.server.tools[dies]')?.status).toBe('skipped');
    const { stdout } = await app.run(...LOCAL, ...suppress);
    expect(stdout).toMatch(/^~ mcp\.server\.initialize\[dies\]/m);
    expect(stdout).toContain('suppressed: it needs a key');
  });

  it('tells of those that are not needed', async () => {
    const app = await running(`{ one: { ${ours} } }`);
    const suppress = ['--suppress', 'mcp.server.tools=x', '--suppress', 'mcp.gateway.call[one]=x'];
    const { stdout } = await app.run(...LOCAL, ...suppress, '--json');
    expect(JSON.parse(stdout).warnings).toEqual([
      '--suppress mcp.server.tools is not needed: it passes',
      '--suppress mcp.gateway.call[one] is not needed: there is nothing that it could speak of',
    ]);
    const part = await app.run(...LOCAL, ...suppress, '--only', 'gateway.health', '--json');
    expect(JSON.parse(part.stdout).warnings).toEqual([]);
  });

  it.each([
    ['perf.init', 'usage.invalid', 'is not ID[SERVER]=REASON'],
    ['perf.int=x', 'verify.unknown-check', 'there is no check "perf.int"'],
    ['mcp=x', 'verify.unknown-check', 'there is no check "mcp"'],
    ['mcp.server.tools[tim]=x', 'verify.unknown-check', 'there is no server "tim"'],
    ['perf.init[time]=x', 'usage.invalid', 'is about the whole app'],
  ])('%s is refused before anything is asked', async (text, code, words) => {
    const run = await mcpk(['verify', '--suppress', text, '--json'], { cwd: folderWithConfig() });
    const { error } = JSON.parse(run.stdout);
    expect([run.code, error.code]).toEqual([2, code]);
    expect(error.message).toContain(words);
    expect(error.suggestions.length).toBeGreaterThan(0);
  });
});

describe('--baseline', () => {
  it('finds what is gone since it was written', async () => {
    const app = await running(`{ one: { ${ours} }, two: { ${ours} } }`);
    expect((await app.run(...LOCAL, '--write-baseline', 'base.json')).code).toBe(0);
    const path = join(app.cwd, 'base.json');
    const baseline = JSON.parse(readFileSync(path, 'utf8'));
    expect(baseline.tools.one).toHaveLength(4);
    const same = await app.verify('--baseline', 'base.json');
    expect([same.code, same.failed]).toEqual([0, []]);
    expect(same.checks.get('baseline.tools[two]')?.status).toBe('pass');
    const tools = { ...baseline.tools, one: [...baseline.tools.one, 'gone'], old: [] };
    writeFileSync(path, JSON.stringify({ ...baseline, tools }));
    const later = await app.verify('--baseline', 'base.json');
    expect([later.code, later.failed]).toEqual([1, ['baseline.tools[one]']]);
    expect(later.checks.get('baseline.servers')).toMatchObject({ status: 'warn', message: 'gone: old' });
    const accepted = ['--suppress', 'baseline.tools[one]=renamed', '--skip', 'baseline.servers', '--init-budget', '1m'];
    const quiet = await app.verify('--baseline', 'base.json', ...accepted, '--fail-on', 'warning');
    expect([quiet.code, quiet.failed]).toEqual([0, []]);
    expect(quiet.checks.has('baseline.servers')).toBe(false);
    const renewed = await app.verify('--baseline', 'base.json', '--write-baseline', 'base.json');
    expect(renewed.failed).toEqual(['baseline.tools[one]']);
    expect((await app.verify('--baseline', 'base.json')).failed).toEqual([]);
  }, 60_000);

  it('of nothing is not written, and says so', async () => {
    const cwd = folderWithConfig();
    const env = kubeconfigOf(cwd, 'http://127.0.0.1:1');
    const run = await mcpk(['verify', '--wait', '0', '--write-baseline', 'base.json'], { cwd, env });
    expect([run.code, run.stderr]).toEqual([3, expect.stringContaining('base.json was not written')]);
    expect(existsSync(join(cwd, 'base.json'))).toBe(false);
  });

  it.each([
    ['missing.json', undefined, 'there is no missing.json'],
    ['lint.json', '{"version":1,"findings":[]}', 'lint.json is no baseline of mcpk verify'],
    [
      'other.json',
      '{"version":1,"app":"other","target":"cluster","passed":[],"tools":{}}',
      'other.json is of app other on target cluster, not of demo on cluster',
    ],
  ])('%s is refused', async (name, text, message) => {
    const cwd = folderWithConfig();
    if (text !== undefined) writeFileSync(join(cwd, name), text);
    const { code, stdout } = await mcpk(['verify', '--baseline', name, '--json'], { cwd });
    expect([code, JSON.parse(stdout).error]).toMatchObject([2, { code: 'verify.baseline', message }]);
  });
});

it('a word of --only and --skip that means nothing is refused, and comparisons cannot be alone', async () => {
  const cwd = folderWithConfig();
  for (const words of [
    ['--only', 'mcp.server.tols'],
    ['--skip', 'mcp.server.tols'],
    ['--only', 'baseline.tools'],
  ]) {
    const { code, stdout } = await mcpk(['verify', ...words, '--json'], { cwd });
    expect([code, JSON.parse(stdout).error.code]).toEqual([2, 'verify.unknown-check']);
  }
});

it.each([
  ['--output', 'junit'],
  ['--output', 'xml=x'],
  ['--format', 'xml'],
  ['--fail-on', 'info'],
  ['--init-budget', 'soon'],
])('%s %s is refused', async (flag, value) => {
  expect((await mcpk(['verify', flag, value], { cwd: folderWithConfig() })).code).toBe(2);
});
