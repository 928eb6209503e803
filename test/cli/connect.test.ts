import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { BIN, mcpk, temporaryFolder } from '../helpers/cli.ts';
import { expectContract } from '../helpers/contract.ts';
import { ForwardingCluster, TOKEN } from '../helpers/forwarding-cluster.ts';

const CONFIG = 'apiVersion: mcpk/v1\nname: demo\nnamespace: mcp\nservers: { duckduckgo: {} }\n';

interface Setup {
  cluster: ForwardingCluster;
  folder: string;
  env: Record<string, string>;
}

/** A cluster where the app's gateway is in pod `a`, and a folder with its config. */
async function setUp(): Promise<Setup> {
  const cluster = await ForwardingCluster.start();
  const server = await listening(createServer((request, response) => response.end(`pod a, ${request.url}`)));
  cluster.pods = [{ name: 'a', ready: true, port: server.port }];
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'mcpk.yaml'), CONFIG);
  return { cluster, folder, env: { KUBECONFIG: cluster.kubeconfig, HOME: join(folder, 'home') } };
}

async function listening(server: Server): Promise<{ port: number }> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => void server.close());
  return server.address() as { port: number };
}

/** `mcpk connect` in the background. */
function start({ folder, env }: Setup, ...args: string[]) {
  const child = spawn(process.execPath, [BIN, 'connect', ...args], {
    cwd: folder,
    env: { PATH: process.env['PATH'] ?? '', ...env },
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  const said = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (text: string) => {
      said[stream] += text;
    });
  const code = new Promise<number | null>((resolve) => child.on('close', resolve));
  const says = (stream: 'stdout' | 'stderr', text: string) =>
    vi.waitFor(() => expect(said[stream]).toContain(text), { timeout: 20_000 });
  return { child, said, code, says };
}

/** Runs until it listens, then ends it by Ctrl-C. */
async function untilItListens(setup: Setup, ...args: string[]) {
  const { child, said, code, says } = start(setup, '--port', '0', ...args);
  await says('stderr', 'Ctrl-C');
  child.kill('SIGINT');
  expect(await code).toBe(0);
  expect(`${said.stdout}${said.stderr}`).not.toContain(TOKEN);
  return said;
}

describe('while it runs', () => {
  it('stdout has the URL, stderr the log, and connections arrive', async () => {
    const setup = await setUp();
    const { child, said, code, says } = start(setup, '--port', '0');
    await says('stdout', '/mcp\n');
    expect(said.stdout).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/mcp\n$/);
    expect(await (await fetch(said.stdout.trim())).text()).toBe('pod a, /mcp');
    const { cluster } = setup;
    await cluster.stop();
    const answer = fetch(said.stdout.trim());
    await says('stderr', 'new connections wait: cannot reach the cluster');
    await cluster.listen();
    expect(await (await answer).text()).toBe('pod a, /mcp');
    await says('stderr', 'connected again to pod a after');
    child.kill('SIGTERM');
    expect(await code).toBe(0);
    expect(said.stderr).toMatch(/\d\d:\d\d:\d\d stopping\n$/);
    await expect(fetch(said.stdout.trim())).rejects.toThrow();
  });

  it('a connection that is open when the API server dies is closed, not left hanging', async () => {
    const setup = await setUp();
    const server = createServer((_request, response) => void response.writeHead(200).write('data: 1\n\n'));
    setup.cluster.pods = [{ name: 'a', ready: true, port: (await listening(server)).port }];
    onTestFinished(() => server.closeAllConnections());
    const { said, says } = start(setup, '--port', '0');
    // The first request proves the way; this server answers it without an end.
    await says('stdout', '/mcp\n');
    const stream = await fetch(said.stdout.trim());
    for (const socket of setup.cluster.sockets) socket.cut();
    await expect(stream.text()).rejects.toThrow();
    await says('stderr', 'a connection was closed: the port-forward to a was cut');
  });

  it('--json prints its document when it listens, and nothing after', async () => {
    const setup = await setUp();
    const { child, said, code, says } = start(setup, '--port', '0', '--json', '--client', 'vscode');
    await says('stdout', '\n}\n');
    expectContract('connect', said.stdout);
    const before = said.stdout;
    const { ok, result } = JSON.parse(before);
    expect(ok).toBe(true);
    expect(result).toMatchObject({ app: 'demo', namespace: 'mcp', context: 'dev', pod: 'a' });
    expect(result.client).toMatchObject({
      name: 'vscode',
      file: '.vscode/mcp.json',
      written: false,
      holdsToken: false,
    });
    expect((await fetch(result.url)).status).toBe(200);
    child.kill('SIGINT');
    expect([await code, said.stdout]).toEqual([0, before]);
  });

  it('Ctrl-C before it listens is 130', async () => {
    const setup = await setUp();
    setup.cluster.pods = [{ name: 'a', ready: false }];
    const { child, said, code, says } = start(setup, '--port', '0', '--json');
    await says('stderr', 'pod a is not ready');
    child.kill('SIGINT');
    expect(await code).toBe(130);
    expect(JSON.parse(said.stdout).error.code).toBe('interrupted');
  });
});

describe('--client', () => {
  it('prints the entry, and nothing else, on stdout', async () => {
    const setup = await setUp();
    const { stdout, stderr } = await untilItListens(setup, '--client', 'cursor');
    expect(JSON.parse(stdout).mcpServers.demo.headers.Authorization).toBe('Bearer $' + '{env:MCPK_TOKEN}');
    expect(stderr).toContain('.cursor/mcp.json');
    expect(existsSync(join(setup.folder, '.cursor'))).toBe(false);
  });

  it('--write needs no right to read the token where the client takes a reference', async () => {
    const setup = await setUp();
    setup.cluster.denied = ['get secrets'];
    mkdirSync(join(setup.folder, '.vscode'));
    const file = join(setup.folder, '.vscode/mcp.json');
    writeFileSync(file, '{\n  "servers": { "mine": { "command": "x" } }\n}\n', { mode: 0o640 });
    const { stdout } = await untilItListens(setup, '--client', 'vscode', '--write');
    const url = stdout.trim();
    expect(JSON.parse(readFileSync(file, 'utf8')).servers).toEqual({
      mine: { command: 'x' },
      demo: { type: 'http', url, headers: { Authorization: 'Bearer $' + '{input:demo-token}' } },
    });
    expect(statSync(file).mode & 0o777).toBe(0o640);
    // The next run has another port, and the entry follows.
    const again = await untilItListens(setup, '--client', 'vscode', '--write');
    expect(again.stderr).toContain('with --port 0 the port changes');
    expect(JSON.parse(readFileSync(file, 'utf8')).servers.demo.url).toBe(again.stdout.trim());
  });

  it('--write puts the token only where the client takes nothing else, for its owner alone', async () => {
    const setup = await setUp();
    const file = join(setup.folder, 'home/.config/Claude/claude_desktop_config.json');
    mkdirSync(join(file, '..'), { recursive: true });
    writeFileSync(file, '{}', { mode: 0o644 });
    const { stderr } = await untilItListens(setup, '--client', 'claude', '--write');
    expect(stderr).toContain('the file holds the token, and only you can read it (mode 0600)');
    expect(JSON.parse(readFileSync(file, 'utf8')).mcpServers.demo.env).toEqual({ AUTHORIZATION: `Bearer ${TOKEN}` });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const printed = await untilItListens(setup, '--client', 'claude');
    expect(JSON.parse(printed.stdout).mcpServers.demo.env).toEqual({ AUTHORIZATION: 'Bearer TOKEN' });
  });
});

describe('what goes wrong', () => {
  async function error(setup: Setup, ...args: string[]) {
    const { code, stdout } = await mcpk(
      ['connect', '--json', ...(args.includes('--port') ? [] : ['--port', '0']), ...args],
      {
        cwd: setup.folder,
        env: setup.env,
      },
    );
    expectContract('connect', stdout);
    return [code, JSON.parse(stdout).error.code];
  }

  it('each has its exit code and its id', async () => {
    const setup = await setUp();
    expect(await error(setup, '--write')).toEqual([2, 'usage.invalid']);
    expect(await error(setup, '--write', '--client', 'json')).toEqual([2, 'usage.invalid']);
    const taken = await listening(createServer());
    expect(await error(setup, '--port', String(taken.port))).toEqual([3, 'connect.port']);
    setup.cluster.denied = ['get secrets'];
    expect(await error(setup, '--write', '--client', 'claude')).toEqual([3, 'cluster.forbidden']);
    setup.cluster.denied = ['create pods/portforward'];
    expect(await error(setup)).toEqual([3, 'connect.forbidden']);
    setup.cluster.pods = [];
    expect(await error(setup)).toEqual([1, 'connect.no-gateway']);
  });

  it('a file that cannot be edited without loss stays as it is', async () => {
    const setup = await setUp();
    const file = join(setup.folder, '.mcp.json');
    for (const [text, code] of [
      ['{ // mine\n "mcpServers": {} }', 'connect.client-file'],
      ['{ "mcpServers": [] }', 'connect.client-file'],
      ['{ "mcpServers": { "demo": { "command": "mine" } } }', 'connect.entry-taken'],
    ]) {
      writeFileSync(file, text ?? '');
      expect(await error(setup, '--client', 'claude-code', '--write')).toEqual([2, code]);
      expect(readFileSync(file, 'utf8')).toBe(text);
    }
  });
});
