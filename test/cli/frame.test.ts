import { execFile, spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { describe, expect, it } from 'vitest';
import { BIN, mcpk, temporaryFolder } from '../helpers/cli.ts';
import { expectContract } from '../helpers/contract.ts';

/** A config whose manifests have more bytes than a pipe holds. */
function largeConfig(folder: string): string {
  const servers = Array.from({ length: 120 }, (_, i) => `  s${i}: { image: x, command: [a] }`).join('\n');
  const file = join(folder, 'mcpk.yaml');
  writeFileSync(file, `apiVersion: mcpk/v1\nname: demo\nservers:\n${servers}\n`);
  return file;
}

/** Port 1 of this machine: nothing listens there. */
const KUBECONFIG_OF_NOTHING = `apiVersion: v1
kind: Config
clusters: [{ name: a, cluster: { server: "https://127.0.0.1:1" } }]
users: [{ name: a, user: { token: none } }]
contexts: [{ name: a, context: { cluster: a, user: a } }]
current-context: a
`;

describe('what oclif gets wrong by itself (each failed before src/cli.ts and src/base-command.ts)', () => {
  it('--json on a bad flag prints one envelope, not its whole configuration', async () => {
    const { code, stdout, stderr } = await mcpk(['render', '--outptu', 'x', '--json']);
    expect(code).toBe(2);
    expect(JSON.parse(stdout)).toEqual({
      schemaVersion: 1,
      ok: false,
      command: 'render',
      warnings: [],
      error: {
        code: 'usage.unknown-flag',
        message: 'there is no flag --outptu',
        suggestions: ['--output', 'mcpk COMMAND --help lists the flags'],
        docs: 'mcpk explain usage.unknown-flag',
      },
    });
    expect(stderr).toBe('');
  });

  it.each([
    ['bad flag', ['render', '--bogus'], 2],
    ['missing argument', ['add-server'], 2],
    ['missing flag value', ['render', '--output'], 2],
    ['unknown command', ['rendr'], 2],
    ['missing config', ['render'], 2],
  ])('%s: the same exit code with and without --json', async (_, args, expected) => {
    const cwd = temporaryFolder();
    const [plain, json] = await Promise.all([mcpk(args, { cwd }), mcpk([...args, '--json'], { cwd })]);
    expect([plain.code, json.code]).toEqual([expected, expected]);
    expect(plain.stdout).toBe('');
    expect(JSON.parse(json.stdout)).toMatchObject({ ok: false, error: { code: expect.any(String) } });
  });

  it('an unknown command with --json prints the envelope, with a suggestion', async () => {
    const { stdout } = await mcpk(['rendr', '--json']);
    expect(JSON.parse(stdout).error).toMatchObject({ code: 'usage.unknown-command', suggestions: ['mcpk render'] });
  });

  it.each([
    ['succeeds', ['render'], 0],
    // No cluster: all checks of 120 servers are in the document, and the exit code is 3.
    ['fails', ['verify', '--json'], 3],
  ])('a slow reader gets every byte of a command that %s', async (_, args, expected) => {
    const cwd = temporaryFolder();
    largeConfig(cwd);
    const kubeconfig = join(cwd, 'kubeconfig');
    writeFileSync(kubeconfig, KUBECONFIG_OF_NOTHING);
    const env = { ...process.env, KUBECONFIG: kubeconfig };
    const child = spawn(process.execPath, [BIN, ...args], { cwd, env, stdio: ['ignore', 'pipe', 'ignore'] });
    const ended = new Promise((resolve) => child.on('exit', resolve));
    let text = '';
    child.stdout.setEncoding('utf8');
    // Reads nothing until the pipe is full and the command has had time to be tempted to end.
    for await (const chunk of child.stdout) {
      text += chunk;
      await new Promise((resolve) => setTimeout(resolve, 5));
    }
    expect(await ended).toBe(expected);
    expect(text.length).toBeGreaterThan(150_000);
    expect(text.endsWith('\n')).toBe(true);
    if (expected !== 0) expect(JSON.parse(text)).toMatchObject({ ok: false, command: 'verify' });
  });

  it('a reader that leaves early is no error', async () => {
    const cwd = temporaryFolder();
    largeConfig(cwd);
    const run = promisify(execFile)(
      'bash',
      ['-c', `"${process.execPath}" "${BIN}" render | head -1; echo "\${PIPESTATUS[0]}"`],
      { cwd },
    );
    expect(await run).toEqual({ stdout: '---\n0\n', stderr: '' });
  });

  it('what stands after -- is not ours', async () => {
    const { stdout, stderr } = await mcpk(['bogus', '--', '--json']);
    expect(stdout).toBe('');
    expect(stderr).toContain('there is no command "bogus"');
  });
});

describe('output', () => {
  it('has no control characters when it is piped, and colours when they are forced', async () => {
    const cwd = temporaryFolder();
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    const controls = /\u001b/;
    expect((await mcpk(['render'], { cwd })).stderr).not.toMatch(controls);
    expect((await mcpk(['render'], { cwd, env: { FORCE_COLOR: '1' } })).stderr).toMatch(controls);
    expect((await mcpk(['list', '--catalog'], { cwd, env: { NO_COLOR: '1' } })).stdout).not.toMatch(controls);
  });

  it('--help and --version succeed on stdout', async () => {
    for (const args of [['--version'], ['--help'], ['render', '--help']]) {
      const { code, stdout, stderr } = await mcpk(args);
      expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
      expect(stdout).toMatch(/mcpk/);
    }
  });
});

describe('start-up', () => {
  it.each([[['--version']], [['--help']], [['render', '--help']]])(
    '%j loads no Kubernetes client, no MCP SDK and no schema compiler',
    async (args) => {
      const cwd = temporaryFolder();
      const { stderr, code } = await mcpk(args, {
        cwd,
        nodeArgs: ['--import', new URL('../helpers/trace-loads.mjs', import.meta.url).pathname],
      });
      expect(code).toBe(0);
      const loaded = stderr.split('\n').filter((line) => line.startsWith('LOADED '));
      expect(loaded.length).toBeGreaterThan(1);
      const inputs = JSON.parse(readFileSync(new URL('../../dist/inputs.json', import.meta.url), 'utf8')) as Record<
        string,
        string[]
      >;
      const packages = new Set(loaded.flatMap((line) => inputs[line.slice(line.lastIndexOf('/dist/') + 1)] ?? []));
      expect(packages.has('@oclif/core')).toBe(true);
      for (const heavy of ['@kubernetes/client-node', '@modelcontextprotocol/sdk', 'zod', 'ajv', 'yaml'])
        expect([...packages]).not.toContain(heavy);
    },
  );
});

describe('the JSON contract', () => {
  const schemas = new URL('../../schemas/', import.meta.url);
  it.each([
    ['init', ['init', '--name', 'demo', '--server', 'fetch']],
    ['add-server', ['add-server', 'fetch', 'postgres']],
    ['remove-server', ['remove-server', 'time']],
    ['list', ['list']],
    ['list', ['list', '--catalog']],
    ['render', ['render']],
    ['render', ['render', '--output', 'out']],
    ['render', ['render', '--config', 'missing.yaml']],
    ['deploy', ['deploy']],
    ['delete', ['delete', '--yes']],
    ['verify', ['verify']],
    ['verify', ['verify', '--list']],
    ['explain', ['explain', 'config.invalid']],
    ['explain', ['explain']],
  ])('%s %j fits its schema', async (command, args) => {
    const cwd = temporaryFolder();
    if (command !== 'init')
      writeFileSync(join(cwd, 'mcpk.yaml'), 'apiVersion: mcpk/v1\nname: demo\nservers: { time: {} }\n');
    const { stdout } = await mcpk([...args, '--json'], { cwd });
    expectContract(command, stdout);
  });

  it('every command has a schema', () => {
    const commands = readdirSync(new URL('../../src/commands/', import.meta.url)).map((file) =>
      file.replace('.ts', '.result.schema.json'),
    );
    expect(readdirSync(schemas).filter((file) => file.endsWith('.result.schema.json'))).toEqual(commands.sort());
  });
});
