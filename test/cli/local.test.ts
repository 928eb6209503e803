import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:net';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { expectContract } from '../helpers/contract.ts';
import { FIXTURE, Local, ours } from '../helpers/local.ts';
import { until } from '../runtime/helpers/processes.ts';

const NO_PYTHON = spawnSync('python3', ['-m', 'venv', '--help']).status === 0 ? '' : 'python3 with venv is missing';

/** How this machine reaches npm's registry, where it says so. */
function registryOf(env: NodeJS.ProcessEnv): Record<string, string> {
  const isAbout = (key: string) =>
    /^npm_config_(registry|cafile)|^PIP_|_proxy$|^NODE_EXTRA_CA_CERTS$|^SSL_CERT_/i.test(key);
  return Object.fromEntries(
    Object.entries(env).flatMap(([key, value]) => (isAbout(key) && value ? [[key, value]] : [])),
  );
}

describe('the whole loop', () => {
  it('up, verify, down: everything passes, and nothing is left', async () => {
    const app = new Local(`{ one: { ${ours}, verify: { tools: [echo], call: { tool: count } } }, two: { ${ours} } }`);
    const up = await app.up('--json');
    expect(up.code).toBe(0);
    expectContract('up', up.stdout);
    expect(JSON.parse(up.stdout).result.servers).toEqual([
      { name: 'one', state: 'ready', message: '4 tools' },
      { name: 'two', state: 'ready', message: '4 tools' },
    ]);
    const { code, failed, checks, result } = await app.verify();
    expect(failed).toEqual([]);
    expect(code).toBe(0);
    expect(checks.get('mcp.gateway.call[one]')?.status).toBe('pass');
    expect(checks.get('mcp.server.tools[two]')?.message).toBe('4 tools');
    expect(result.summary).toMatchObject({ fail: 0, skipped: 0, unchecked: 0 });
    const down = await app.run('down', '--json');
    expectContract('down', down.stdout);
    expect(JSON.parse(down.stdout).result.stopped).toEqual([{ app: 'demo', folder: app.folder }]);
    expect(app.processes()).toEqual([]);
    expect(existsSync(join(app.folder, 'state.json'))).toBe(false);
    expect((await app.run('down')).stdout).toBe('nothing of mcpk.yaml runs on this machine\n');
  });

  it('runs a package of the catalog with nothing but Node, and keeps what it stores', async () => {
    const app = new Local('{ memory: {} }', registryOf(process.env));
    expect((await app.up('--wait', '2m')).code).toBe(0);
    expect((await app.verify()).failed).toEqual([]);
    expect((await app.run('down')).code).toBe(0);
    const [server] = readdirSync(join(app.home, '.cache/mcpk/npm/@modelcontextprotocol'));
    expect(server).toMatch(/^server-memory@/);
    // Again without a registry: everything is there.
    app.env['npm_config_registry'] = 'http://127.0.0.1:1/';
    expect((await app.up()).code).toBe(0);
    expect(existsSync(join(app.folder, 'servers/memory/volumes/data'))).toBe(true);
  }, 120_000);
});

it.skipIf(NO_PYTHON)(
  `runs a package of PyPI${NO_PYTHON ? ` (skipped: ${NO_PYTHON})` : ''}`,
  async () => {
    const app = new Local('{ time: { verify: { tools: [get_current_time] } } }', {
      ...registryOf(process.env),
      // What pip has fetched once on this machine it need not fetch for an empty home.
      PIP_CACHE_DIR: join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'pip'),
    });
    const up = await app.up('--wait', '3m');
    expect([up.code, up.stdout]).toEqual([0, expect.stringContaining('2 tools')]);
    expect((await app.verify()).failed).toEqual([]);
  },
  200_000,
);

describe('in the foreground', () => {
  it('follows the config, keeps what runs when the config breaks, and ends by Ctrl-C', async () => {
    const app = new Local(`{ one: { ${ours} } }`);
    const up = app.foreground();
    await up.said('one: ready');
    const first = app.processes().find(({ args }) => args.includes(FIXTURE))?.pid;
    app.write(`{ one: { ${ours} }, two: { ${ours} } }`);
    await up.said('two: ready');
    app.write('{ one: { imgae: x } }');
    await up.said('is not taken over');
    await up.said('unknown key "imgae" in servers.one');
    expect((await fetch(new URL('/ready', app.state().url))).status).toBe(200);
    app.write(`{ one: { ${ours} } }`);
    await until('two ends', () => app.processes().filter(({ args }) => args.includes(FIXTURE)).length === 1);
    expect(app.processes().find(({ args }) => args.includes(FIXTURE))?.pid).toBe(first);
    up.child.kill('SIGINT');
    expect(await up.code).toBe(0);
    expect(app.processes()).toEqual([]);
    expect(existsSync(join(app.folder, 'state.json'))).toBe(false);
  });

  it('killed without a word, it leaves no process, and nothing in the way of the next', async () => {
    const app = new Local(`{ one: { ${ours} } }`);
    const up = app.foreground();
    await up.said('one: ready');
    up.child.kill('SIGKILL');
    await until('all end', () => app.processes().length === 0, 15_000);
    expect((await app.verify()).failed).toEqual(['local.running']);
    expect((await app.up()).code).toBe(0);
  });

  it('says so when the gateway dies', async () => {
    const app = new Local(`{ one: { ${ours} } }`);
    const up = app.foreground();
    await up.said('one: ready');
    process.kill(app.state().gateway.pid, 'SIGKILL');
    expect(await up.code).toBe(1);
    expect(up.text()).toContain('the gateway ended by itself');
    expect(up.text()).toContain('mcpk explain local.gateway-ended');
    await until('all end', () => app.processes().length === 0, 15_000);
  });
});

describe('what goes wrong', () => {
  it('a second one, a taken port, a broken config', async () => {
    const app = new Local(`{ one: { ${ours} } }`);
    expect((await app.up()).code).toBe(0);
    const second = await app.up();
    expect([second.code, second.stderr]).toEqual([1, expect.stringContaining('this app runs already')]);
    // It can be ended all the same.
    app.write('{ one');
    expect((await app.run('verify', '--target', 'local')).code).toBe(2);
    expect((await app.run('down')).stdout).toContain('demo has ended');

    app.write(`{ one: { ${ours} } }`);
    const taken = createServer();
    await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
    const { port } = taken.address() as { port: number };
    const refused = await app.run('up', '--detach', '--port', String(port));
    expect([refused.code, refused.stderr]).toEqual([3, expect.stringContaining(`port ${port} is already in use`)]);
    taken.close();
    expect(existsSync(join(app.folder, 'state.json'))).toBe(false);
  });

  it('a home that cannot be written', async () => {
    const app = new Local(`{ one: { ${ours} } }`, { XDG_STATE_HOME: FIXTURE });
    const up = await app.up();
    expect([up.code, up.stderr]).toEqual([3, expect.stringContaining('a part of the path is not a folder')]);
  });

  it('servers that cannot run here hold up nobody, and each says why', async () => {
    const secrets = 'secrets: [{ env: API_KEY, from: { name: s, key: k } }]';
    const app = new Local(
      `{ good: { ${ours} }, image: { image: a/b:1, command: [x] }, keyless: { ${ours}, ${secrets} }, ` +
        'gone: { local: { command: [/no/such/program] } }, dies: { local: { command: [sh, -c, "echo oh dear >&2; exit 3"] } } }',
    );
    const up = await app.up('--json');
    expect(up.code).toBe(1);
    const servers: { name: string; state: string; message: string }[] = JSON.parse(up.stdout).result.servers;
    expect(servers.map(({ name, state, message }) => `${name} ${state}: ${message}`)).toEqual([
      expect.stringMatching(/^dies failed: .*code 3/),
      expect.stringMatching(/^gone failed: .*ENOENT/),
      'good ready: 4 tools',
      'image failed: it has no package in the catalog, and no local.command',
      'keyless failed: API_KEY is not set in the environment',
    ]);
    const { code, failed, checks, result } = await app.verify();
    expect(code).toBe(1);
    expect(failed.sort()).toEqual([
      'local.program[image]',
      'local.program[keyless]',
      'mcp.server.initialize[dies]',
      'mcp.server.initialize[gone]',
    ]);
    expect(result.broken).toEqual(['dies', 'gone', 'image', 'keyless']);
    expect(checks.get('local.program[keyless]')?.remedies).toEqual(['set it, then start mcpk up again']);
    expect(checks.get('mcp.server.initialize[gone]')).toMatchObject({
      message: 'cannot execute /no/such/program: ENOENT',
      cause: 'the program cannot be started',
    });
    expect(checks.get('mcp.gateway.tools[good]')?.status).toBe('pass');
    expect(JSON.stringify(result)).not.toContain('kubectl');
  });

  it('no server at all is not ready', async () => {
    const app = new Local('{ gone: { local: { command: [/no/such/program] } } }');
    expect((await app.up()).code).toBe(1);
    const { failed, checks } = await app.verify();
    expect(failed).toContain('gateway.ready');
    expect(checks.get('gateway.ready')?.cause).toBe('it reaches none of its servers');
  });

  it('a package that cannot be fetched, and nothing half-fetched stays', async () => {
    const env = { npm_config_registry: 'http://127.0.0.1:1/', npm_config_fetch_retries: '0' };
    const app = new Local(`{ good: { ${ours} }, memory: {} }`, env);
    const up = await app.up('--json');
    expect(up.code).toBe(1);
    const memory = JSON.parse(up.stdout).result.servers[1];
    expect(memory).toMatchObject({ name: 'memory', state: 'failed' });
    expect(memory.message).toMatch(/^npm failed: .*ECONNREFUSED/);
    expect(readdirSync(join(app.home, '.cache/mcpk/npm/@modelcontextprotocol'))).toEqual([]);
  });
});

it('a secret reaches its server and no other, and no argument, log or result', async () => {
  const secrets = 'secrets: [{ env: API_KEY, from: { name: s, key: k } }]';
  const app = new Local(`{ one: { ${ours}, ${secrets} }, two: { ${ours}, env: { PLAIN: x } } }`, {
    API_KEY: 'hush-hush',
    UNRELATED_TOKEN: 'hush-hush',
  });
  const up = await app.up('--json');
  expect(up.code).toBe(0);
  const servers = app.processes().filter(({ args }) => args.includes(FIXTURE));
  expect(servers.map(({ env }) => env.filter((entry) => entry.includes('hush') || entry.startsWith('PLAIN')))).toEqual(
    expect.arrayContaining([['API_KEY=hush-hush'], ['PLAIN=x']]),
  );
  const verified = await app.verify();
  expect(verified.failed).toEqual([]);
  const written = ['gateway.log', 'up.log', 'state.json'].map((file) => readFileSync(join(app.folder, file), 'utf8'));
  const args = app.processes().map((process) => process.args);
  expect([...written, ...args, up.stdout, JSON.stringify(verified.result)].join('\n')).not.toContain('hush');
  for (const file of ['gateway.json', 'token', 'gateway.log', 'up.log', 'state.json'])
    expect([file, statSync(join(app.folder, file)).mode & 0o077]).toEqual([file, 0]);
  chmodSync(join(app.folder, 'gateway.json'), 0o644);
  const open = await app.verify('--only', 'security');
  expect(open.failed).toEqual(['security.token']);
  expect(open.checks.get('security.token')?.message).toContain('gateway.json');
});
