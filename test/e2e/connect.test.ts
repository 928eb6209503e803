import { spawn } from 'node:child_process';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { BIN, mcpk, temporaryFolder } from '../helpers/cli.ts';
import { kubeconfig, until } from '../helpers/cluster.ts';
import { SERVER_IMAGES, skipWithoutCluster, type TestApp, testApp } from '../integration/app-on-cluster.ts';

const TOOLS = ['get_current_time', 'convert_time'];

describe.skipIf(skipWithoutCluster())('mcpk connect on a real cluster', { timeout: 180_000 }, () => {
  let app: TestApp;
  let token = '';
  beforeAll(async () => {
    app = await testApp();
    await app.deploy({ time: { image: SERVER_IMAGES.time } });
    const secret = (await app.call('GET', '/api/v1/{ns}/secrets/mcp-gateway-token')) as { data: { token: string } };
    token = Buffer.from(secret.data.token, 'base64').toString();
    expect(token).toMatch(/^[0-9a-f]{64}$/);
  }, 240_000);
  afterAll(() => app?.cleanUp(), 90_000);

  /** A folder with the app's config. */
  function folderOfApp(): string {
    const folder = temporaryFolder();
    const config = { apiVersion: 'mcpk/v1', name: app.name, namespace: app.name, servers: { time: {} } };
    writeFileSync(join(folder, 'mcpk.yaml'), JSON.stringify(config));
    return folder;
  }

  /** `mcpk connect`, once it listens. */
  async function connected(folder: string, ...args: string[]) {
    const child = spawn(process.execPath, [BIN, 'connect', '--port', '0', ...args], {
      cwd: folder,
      env: { PATH: process.env['PATH'] ?? '', HOME: folder, KUBECONFIG: kubeconfig() },
    });
    onTestFinished(() => void child.kill('SIGKILL'));
    const said = { stdout: '', stderr: '' };
    for (const stream of ['stdout', 'stderr'] as const)
      child[stream].setEncoding('utf8').on('data', (text: string) => {
        said[stream] += text;
      });
    const code = new Promise<number | null>((resolve) => child.on('close', resolve));
    await vi.waitFor(() => expect(said.stderr).toContain('Ctrl-C'), { timeout: 60_000 });
    return { child, said, code, url: /http:\S+\/mcp/.exec(said.stderr)?.[0] ?? '' };
  }

  /** The tools that the official client sees. */
  async function tools(url: string, bearer = token): Promise<string[]> {
    const client = new Client({ name: 'connect-test', version: '1' });
    const requestInit = { headers: { Authorization: `Bearer ${bearer}` } };
    try {
      await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));
      return (await client.listTools()).tools.map(({ name }) => name);
    } finally {
      await client.close();
    }
  }

  it('serves MCP, also from the pod that replaces the first, and says nothing of the token', async () => {
    const { child, said, code, url } = await connected(folderOfApp());
    expect(said.stdout).toBe(`${url}\n`);
    expect(await tools(url)).toEqual(TOOLS);
    await expect(tools(url, 'wrong')).rejects.toThrow();

    // A stream that is open all the while, as clients keep one.
    const stream = await openStream(url);
    const first = /pod (\S+),/.exec(said.stderr)?.[1] ?? '';
    await app.call('DELETE', `/api/v1/{ns}/pods/${first}`);
    await stream.ended;
    const started = performance.now();
    // Another name for the same place, so that no connection of before is used again.
    expect(await tools(url.replace('127.0.0.1', 'localhost'))).toEqual(TOOLS);
    expect(performance.now() - started).toBeLessThan(20_000);
    expect(said.stderr).toMatch(new RegExp(`pod ${first} is gone: new connections go to pod mcp-gateway-`));

    child.kill('SIGINT');
    expect(await code).toBe(0);
    expect(`${said.stdout}${said.stderr}`).not.toContain(token);
  });

  /** Resolves when an event stream that was opened has ended, however it did. */
  async function openStream(url: string): Promise<{ ended: Promise<void> }> {
    const headers = { Authorization: `Bearer ${token}`, Accept: 'application/json, text/event-stream' };
    const body = JSON.stringify({
      jsonrpc: '2.0',
      id: 1,
      method: 'initialize',
      params: { protocolVersion: '2025-11-25', capabilities: {}, clientInfo: { name: 'stream', version: '1' } },
    });
    const json = { ...headers, 'Content-Type': 'application/json' };
    const opened = await fetch(url, { method: 'POST', headers: json, body });
    const session = opened.headers.get('mcp-session-id') ?? '';
    await opened.text();
    const stream = await fetch(url, { headers: { ...headers, 'Mcp-Session-Id': session } });
    expect(stream.status).toBe(200);
    return {
      ended: stream.text().then(
        () => {},
        () => {},
      ),
    };
  }

  it('Claude Code gets the token by the command in its entry, and the file does not hold it', async () => {
    const folder = folderOfApp();
    const { said, url } = await connected(folder, '--client', 'claude-code', '--write');
    const text = readFileSync(join(folder, '.mcp.json'), 'utf8');
    expect(text).not.toContain(token);
    const entry = JSON.parse(text).mcpServers[app.name];
    expect(entry.url).toBe(url);
    const headers = JSON.parse(await output(entry.headersHelper));
    expect(headers).toEqual({ Authorization: `Bearer ${token}` });
    expect(`${said.stdout}${said.stderr}`).not.toContain(token);
  });

  it('Claude Desktop gets the token itself, in a file of its owner', async () => {
    const folder = folderOfApp();
    const { said } = await connected(folder, '--client', 'claude', '--write');
    const file = join(folder, '.config/Claude/claude_desktop_config.json');
    expect(JSON.parse(readFileSync(file, 'utf8')).mcpServers[app.name].env.AUTHORIZATION).toBe(`Bearer ${token}`);
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(`${said.stdout}${said.stderr}`).not.toContain(token);
  });

  /** What a shell command writes. */
  async function output(command: string): Promise<string> {
    const child = spawn('sh', ['-c', command], { stdio: ['ignore', 'pipe', 'inherit'] });
    let text = '';
    for await (const chunk of child.stdout) text += String(chunk);
    return text;
  }

  it('a user with less rights is told which are lacking, and the Role that is printed is enough', async () => {
    const user = 'connect-tester';
    const roleRef = { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'mcpk-connect' };
    const roles = '/apis/rbac.authorization.k8s.io/v1/{ns}/roles';
    // What was enough before Kubernetes 1.35.
    const rule = (resource: string, ...verbs: string[]) => ({ apiGroups: [''], resources: [resource], verbs });
    const old = [rule('pods', 'get', 'list'), rule('pods/portforward', 'get')];
    await app.call('POST', roles, { metadata: { name: 'mcpk-connect' }, rules: old });
    await app.call('POST', '/apis/rbac.authorization.k8s.io/v1/{ns}/rolebindings', {
      metadata: { name: 'mcpk-connect' },
      roleRef,
      subjects: [{ apiGroup: roleRef.apiGroup, kind: 'User', name: user }],
    });
    const folder = folderOfApp();
    const as = ['--kubeconfig', await app.kubeconfigAs(user)];
    const attempt = () => mcpk(['connect', '--port', '0', '--json', ...as], { cwd: folder });
    // A new Role takes a moment until it counts.
    const refused = await until('only create is lacking', 30_000, async () => {
      const { code, stdout } = await attempt();
      const { error } = JSON.parse(stdout);
      expect([code, error.code]).toEqual([3, 'connect.forbidden']);
      return /may not create pods\/portforward in/.test(error.message) && error;
    });
    const role = JSON.parse(/echo '(.*)' \|/.exec(refused.suggestions[0])?.[1] ?? '{}');
    await app.call('PUT', `${roles}/mcpk-connect`, role);
    await until(
      'it connects',
      30_000,
      async () => (await connected(folder, ...as).catch(() => undefined)) !== undefined,
    );
  });
});
