import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mcpk, temporaryFolder } from '../helpers/cli.ts';

const VALID = '# ours\napiVersion: mcpk/v1\nname: demo\nservers:\n  time: {} # clock\n';

function folderWith(text: string | Uint8Array): { cwd: string; file: string } {
  const cwd = temporaryFolder();
  const file = join(cwd, 'mcpk.yaml');
  writeFileSync(file, text);
  return { cwd, file };
}

describe('from an empty folder', () => {
  it('init, add-server, remove-server, list, render', async () => {
    const cwd = temporaryFolder();
    expect((await mcpk(['init', '--name', 'demo', '--namespace', 'mcp', '--server', 'duckduckgo'], { cwd })).code).toBe(
      0,
    );
    const added = await mcpk(['add-server', 'fetch', 'postgres'], { cwd });
    expect(added.code).toBe(0);
    expect(added.stderr).toContain('fetch: the image mcp/fetch cannot run without root');
    expect(added.stdout).toContain('postgres needs the Secret postgres with the key url');
    const own = await mcpk(
      ['add-server', 'notes', '--image', 'example.com/notes:1', '--command', 'node "/app/my server.js"'],
      { cwd },
    );
    expect(own.code).toBe(0);
    expect((await mcpk(['remove-server', 'postgres'], { cwd })).code).toBe(0);
    expect(readFileSync(join(cwd, 'mcpk.yaml'), 'utf8')).toBe(
      '# yaml-language-server: $schema=https://unpkg.com/mcpk/schemas/mcpk.v1.schema.json\napiVersion: mcpk/v1\nname: demo\nnamespace: mcp\n' +
        'gateway:\n  engine: mcpk\n  auth: { secret: mcp-gateway-token }\nservers:\n  duckduckgo: {}\n  fetch: {}\n  notes:\n    image: example.com/notes:1\n    command: [ node, /app/my server.js ]\n',
    );
    const list = JSON.parse((await mcpk(['list', '--json'], { cwd })).stdout);
    expect(list.result.servers.map((s: { name: string; nonRoot: string }) => [s.name, s.nonRoot])).toEqual([
      ['duckduckgo', 'ok'],
      ['fetch', 'fails'],
      ['notes', 'unchecked'],
    ]);
    const [first, second] = await Promise.all([mcpk(['render'], { cwd }), mcpk(['render'], { cwd })]);
    expect(first.code).toBe(0);
    expect(first.stderr).toBe('');
    expect(first.stdout).toBe(second.stdout);
  });

  it('init takes the folder’s name and says what is next', async () => {
    const cwd = temporaryFolder();
    const { code, stdout } = await mcpk(['init'], { cwd });
    expect(code).toBe(0);
    expect(stdout).toContain('mcpk add-server NAME');
    expect((await mcpk(['render'], { cwd })).stderr).toContain('no servers: there is nothing to run');
  });
});

describe('bad input gives one clear error and changes nothing', () => {
  const bomb = [
    'a0: &a0 [x, x, x, x, x, x, x, x, x, x]',
    ...Array.from({ length: 12 }, (_, i) => `a${i + 1}: &a${i + 1} [${Array(10).fill(`*a${i}`).join(', ')}]`),
  ].join('\n');
  const texts: [string, string | Uint8Array, string][] = [
    ['a typo', VALID.replace('servers', 'servrs'), 'did you mean "servers"?'],
    ['a duplicate key', `${VALID}name: two\n`, 'Map keys must be unique'],
    ['a tab', VALID.replace('  time', '\ttime'), 'indent with spaces'],
    ['an anchor bomb', bomb, 'aliases repeat nodes'],
    ['10 MB', new Uint8Array(10 * 1024 * 1024).fill(0x23), 'mcpk reads at most 1 MiB'],
    ['bytes that are not UTF-8', Uint8Array.from([...new TextEncoder().encode('name: '), 0xc3, 0x28]), 'not UTF-8'],
    ['a server name that is no DNS label', VALID.replace('time', 'Time_1'), 'for example "time-1"'],
  ];
  const commands = [['render'], ['list'], ['add-server', 'fetch'], ['remove-server', 'time']];
  it.each(texts)('a config with %s', async (_, text, expected) => {
    const { cwd, file } = folderWith(text);
    for (const args of commands) {
      const { code, stdout, stderr } = await mcpk(args, { cwd });
      expect({ args, code, stdout }).toEqual({ args, code: 2, stdout: '' });
      expect(stderr).toContain(expected);
      expect(stderr.match(/^Error:/gm)).toHaveLength(1);
      expect(stderr).not.toMatch(/\bat .*\.js:\d+/);
    }
    expect(readFileSync(file).equals(Buffer.from(text))).toBe(true);
    expect(readdirSync(cwd)).toEqual(['mcpk.yaml']);
  });

  it.each([
    [['add-server', 'fetsch'], 'did you mean fetch?'],
    [['add-server', 'fetch', 'nope-nope'], 'the catalog has no server "nope-nope"'],
    [['add-server', 'time'], 'already has time'],
    [['add-server', 'everything'], 'no public image of everything is known'],
    [['add-server', 'Bad_Name', '--image', 'x', '--command', 'a'], 'must be a DNS label'],
    [['add-server', 'notes', '--image', 'x'], 'its command line is needed too'],
    [['add-server', 'notes', '--image', 'x', '--command', 'a "b'], 'leaves a quote open'],
    [['add-server', 'fetch', 'memory', '--image', 'x'], 'describe one server'],
    [['remove-server', 'tiem'], 'did you mean time?'],
    [['init'], 'is already there'],
  ])('%j', async (args, expected) => {
    const { cwd, file } = folderWith(VALID);
    const { code, stderr } = await mcpk(args, { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain(expected);
    expect(readFileSync(file, 'utf8')).toBe(VALID);
    expect(readdirSync(cwd)).toEqual(['mcpk.yaml']);
  });

  it('no config', async () => {
    const { code, stderr } = await mcpk(['render'], { cwd: temporaryFolder() });
    expect(code).toBe(2);
    expect(stderr).toContain('mcpk init writes one');
  });

  it('init --name that is no DNS label writes nothing', async () => {
    const cwd = temporaryFolder();
    const { code, stderr } = await mcpk(['init', '--name', 'My App'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain('DNS label');
    expect(readdirSync(cwd)).toEqual([]);
  });

  it('a place that cannot be written', async () => {
    const { cwd, file } = folderWith(VALID);
    const { code, stderr } = await mcpk(['init', '--config', 'mcpk.yaml/other.yaml'], { cwd });
    expect(code).toBe(3);
    expect(stderr).toContain('a part of the path is not a folder');
    expect(readFileSync(file, 'utf8')).toBe(VALID);
  });

  it('a config path that is a folder', async () => {
    const cwd = temporaryFolder();
    const { code, stderr } = await mcpk(['render', '--config', '.'], { cwd });
    expect(code).toBe(3);
    expect(stderr).toContain('it is a folder');
  });
});

describe('render --output', () => {
  it('writes one file an object, and removes its own stale ones only', async () => {
    const { cwd } = folderWith(VALID);
    expect((await mcpk(['add-server', 'duckduckgo'], { cwd })).code).toBe(0);
    expect((await mcpk(['render', '--output', 'out'], { cwd })).code).toBe(0);
    writeFileSync(join(cwd, 'out', 'note.txt'), 'mine');
    const before = readdirSync(join(cwd, 'out'));
    expect(before.filter((name) => name.includes('duckduckgo'))).toHaveLength(3);
    expect((await mcpk(['remove-server', 'duckduckgo'], { cwd })).code).toBe(0);
    expect((await mcpk(['render', '--output', 'out'], { cwd })).code).toBe(0);
    const after = readdirSync(join(cwd, 'out'));
    expect(after.filter((name) => name.includes('duckduckgo'))).toEqual([]);
    expect(after).toContain('note.txt');
  });

  it('never writes over a file of others', async () => {
    const { cwd } = folderWith(VALID);
    expect((await mcpk(['render', '--output', 'out'], { cwd })).code).toBe(0);
    const victim = join(cwd, 'out', '000-namespace-demo.yaml');
    writeFileSync(victim, 'theirs: true\n');
    const { code, stderr } = await mcpk(['render', '--output', 'out'], { cwd });
    expect(code).toBe(2);
    expect(stderr).toContain('not written by mcpk');
    expect(readFileSync(victim, 'utf8')).toBe('theirs: true\n');
  });
});

it('edits follow a symbolic link to the config instead of replacing it', async () => {
  const { cwd, file } = folderWith(VALID);
  const link = join(cwd, 'link.yaml');
  symlinkSync(file, link);
  expect((await mcpk(['add-server', 'fetch', '--config', 'link.yaml'], { cwd })).code).toBe(0);
  expect(readFileSync(file, 'utf8')).toContain('fetch: {}');
  expect(existsSync(link)).toBe(true);
  expect(readFileSync(link, 'utf8')).toContain('fetch: {}');
});
