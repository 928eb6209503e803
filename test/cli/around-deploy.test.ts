import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mcpk, temporaryFolder } from '../helpers/cli.ts';
import { expectContract } from '../helpers/contract.ts';

function folder(): string {
  const cwd = temporaryFolder();
  writeFileSync(join(cwd, 'mcpk.yaml'), 'apiVersion: mcpk/v1\nname: demo\nservers: { time: {} }\n');
  return cwd;
}

const COMMANDS = ['diff', 'status', 'logs', 'diagnose', 'history', 'rollback'];

describe.each(COMMANDS)('%s', (command) => {
  it('without a kubeconfig ends with 3, in words and as JSON', async () => {
    const cwd = folder();
    const [plain, json] = await Promise.all([mcpk([command], { cwd }), mcpk([command, '--json'], { cwd })]);
    expect([plain.code, json.code]).toEqual([3, 3]);
    expect(plain.stdout).toBe('');
    expect(plain.stderr).toContain('mcpk explain cluster.no-kubeconfig');
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: false, command, error: { code: 'cluster.no-kubeconfig' } });
    expectContract(command, json.stdout);
  });

  it('where nobody answers ends with 3', async () => {
    const cwd = folder();
    const kubeconfig = join(cwd, 'kubeconfig');
    writeFileSync(
      kubeconfig,
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        'current-context': 'x',
        clusters: [{ name: 'c', cluster: { server: 'https://127.0.0.1:1' } }],
        contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
        users: [{ name: 'u', user: {} }],
      }),
    );
    const { code, stdout } = await mcpk([command, '--kubeconfig', kubeconfig, '--json'], { cwd });
    expect([code, JSON.parse(stdout).error.code]).toEqual([3, 'cluster.unreachable']);
  });

  it('without a config ends with 2', async () => {
    expect((await mcpk([command], { cwd: temporaryFolder() })).code).toBe(2);
  });
});

describe('what is wrong without any cluster', () => {
  it.each([
    ['a server that there is not', ['logs', 'tiem'], 'did you mean time?'],
    ['a server that there is not', ['diagnose', 'x'], 'it has gateway, time'],
    ['waiting and watching', ['status', '--wait', '--watch'], '--watch'],
    ['a time that is none', ['status', '--wait', '--timeout', 'soon'], '--timeout 90s'],
    ['a number of lines that is none', ['logs', '--tail', '0'], '--tail all'],
    ['what has no end as one document', ['logs', '--follow', '--json'], 'leave one of them out'],
    ['the former log, and what comes', ['logs', '--follow', '--previous'], '--previous'],
    ['a revision that is no number', ['rollback', 'last'], 'last'],
  ])('%s: %j', async (_what, args, words) => {
    const { code, stdout, stderr } = await mcpk(args, { cwd: folder() });
    expect(code).toBe(2);
    expect(stdout + stderr).toContain(words);
  });
});
