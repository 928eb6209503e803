// The gateway as those see it who run it: config, reload, readiness, who may come in, the access log, its end.
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  featureServer,
  type Gateway,
  gatewayFile,
  initializeBody,
  Lab,
  post,
  stdioServer,
  until,
} from './helpers/processes.ts';

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.end());

const servers = { one: { command: [...featureServer, 'one'] }, plain: { command: stdioServer } };

function textOf(result: unknown): string {
  return (result as { content: Array<{ text: string }> }).content[0]?.text as string;
}

describe('the config', () => {
  it('may be YAML', async () => {
    const program = lab.gatewayProgram('listen: "127.0.0.1:0"\nauth: {none: true}\nservers: {}\n');
    await program.logged(/Start streaming server/);
  });

  it.each([
    [
      '{"auth":{"none":true},"servers":{},"limits":{"session":1}}',
      /limits has an unknown key "session"; known: sessions/,
    ],
    ['{"auth":{"none":true},"servers":{"a":{}}}', /servers\.a needs either "tcp" or "command"/],
    ['{"auth":{"none":true},"servers":{"a":{"tcp":"x:1","env":{}}}}', /servers\.a: "env" and "cwd" go with "command"/],
    ['{"auth":{"none":true},"servers":{},"ready":["x"]}', /ready names "x", which is not among the servers/],
    ['{"auth":{},"servers":{}}', /auth must be \{"tokenFile": PATH\} or \{"none": true\}/],
    ['auth: {none: true', /gateway\.json: /],
  ])('is refused with its place: %s', async (text, message) => {
    const program = lab.gatewayProgram(text);
    expect(await program.exited).toBe(2);
    expect(program.stderr).toMatch(message);
  });

  it('is only looked at with --check', async () => {
    const file = join(lab.dir, 'checked.json');
    writeFileSync(file, '{"auth":{"none":true},"servers":{"a":{"tcp":"a:1"}}}');
    const program = lab.program(process.execPath, [gatewayFile, '--config', file, '--check']);
    expect(await program.output()).toBe(`${file}: ok, 1 servers\n`);
  });
});

describe('SIGHUP', () => {
  function rewrite(gateway: Gateway, config: object): void {
    writeFileSync(
      join(lab.dir, 'gateway.json'),
      JSON.stringify({ listen: '127.0.0.1:0', auth: { none: true }, ...config }),
    );
    gateway.program.child.kill('SIGHUP');
  }

  it('takes in what changed, and leaves the rest and its sessions alone', async () => {
    const gateway = await lab.gateway({ servers: { one: servers.one } });
    const client = await gateway.client();
    const pid = textOf(await client.callTool({ name: 'pid' }));
    rewrite(gateway, { servers });
    await gateway.program.logged(/Configuration read again/);
    await until('the new server', async () => (await gateway.ready()).servers['plain']?.state === 'ready');
    const names = async () => (await client.listTools()).tools.map(({ name }) => name);
    expect(await names()).toContain('slow');
    expect(textOf(await client.callTool({ name: 'pid' }))).toBe(pid);

    rewrite(gateway, { servers: { plain: servers.plain } });
    await until('the end of the old server', async () => (await gateway.ready()).servers['one'] === undefined);
    await until('the end of its process', () => !lab.isAlive(Number(pid)));
    expect(await names()).not.toContain('pid');
    await expect(client.callTool({ name: 'pid' })).rejects.toThrow(/unknown tool/);
  });

  it('changes nothing if the new config is wrong', async () => {
    const gateway = await lab.gateway({ servers: { one: servers.one } });
    rewrite(gateway, { servers: { one: {} } });
    await gateway.program.logged(/Configuration kept: .*servers\.one needs either/);
    expect((await (await gateway.client()).listTools()).tools.length).toBeGreaterThan(0);
  });
});

describe('/ready', () => {
  const dead = { command: ['/no/such/program'] };

  it.each([
    ['any', 200],
    ['all', 503],
    [['one'], 200],
    [['dead'], 503],
  ])('follows the policy: %s', async (ready, status) => {
    const gateway = await lab.gateway({ servers: { one: servers.one, dead }, ready });
    await gateway.program.logged(/Initialized in/);
    expect((await gateway.ready()).status).toBe(status);
    expect((await gateway.ready()).servers).toMatchObject({
      dead: { state: 'failed', error: expect.stringContaining('ENOENT') },
      one: { state: 'ready', initMs: expect.any(Number) },
    });
  });
});

describe('who may come in', () => {
  /** `fetch` does not let anybody set Host. */
  function status(gateway: Gateway, headers: Record<string, string>): Promise<number | undefined> {
    return new Promise((resolve, reject) => {
      const type = { 'content-type': 'application/json' };
      const sent = request(gateway.url, { method: 'POST', headers: { ...type, ...headers } }, (response) => {
        response.resume();
        resolve(response.statusCode);
      });
      sent.once('error', reject).end(initializeBody());
    });
  }

  it('is decided by Origin and Host', async () => {
    const rules = { allowedOrigins: ['https://app.example'], allowedHosts: ['mcp.example'] };
    const gateway = await lab.gateway({ servers: {}, ...rules });
    expect(await status(gateway, { host: 'evil.example' })).toBe(403);
    expect(await status(gateway, { host: 'localhost:1' })).toBe(200);
    expect(await status(gateway, { host: 'mcp.example:8811' })).toBe(200);
    expect(await status(gateway, { origin: 'https://evil.example' })).toBe(403);
    expect(await status(gateway, { origin: 'http://localhost.evil.example' })).toBe(403);
    expect(await status(gateway, { origin: 'https://app.example' })).toBe(200);
  });

  it('may not send more than the config allows', async () => {
    const gateway = await lab.gateway({ servers: {}, limits: { body: 2000 } });
    expect((await post(gateway.url, initializeBody())).status).toBe(200);
    expect((await post(gateway.url, `"${'x'.repeat(2000)}"`)).status).toBe(413);
  });
});

describe('the access log', () => {
  it('has one line of JSON a request, with its times and without its contents', async () => {
    const gateway = await lab.gateway({ servers: { one: servers.one }, accessLog: true });
    const client = await gateway.client();
    await client.callTool({ name: 'echo', arguments: { password: 'hunter2' } });
    await gateway.get('/ready');
    const [line] = await gateway.program.logged(/^\{.*"tools\/call".*\}$/m);
    expect(JSON.parse(line)).toMatchObject({
      http: 'POST',
      path: '/mcp',
      status: 200,
      method: 'tools/call',
      name: 'echo',
      server: 'one',
      ms: expect.any(Number),
      upstreamMs: expect.any(Number),
    });
    expect(gateway.program.stderr).not.toContain('hunter2');
    expect(gateway.program.stderr).not.toContain('"/ready"');
  });
});

describe('--until-stdin-closes', () => {
  it('ends with the program that started it, and takes its servers along', async () => {
    const file = join(lab.dir, 'gateway.json');
    writeFileSync(file, JSON.stringify({ listen: '127.0.0.1:0', auth: { none: true }, servers: { one: servers.one } }));
    // A program that starts the gateway and is killed without a chance to clean up.
    const script = `
      const { spawn } = require('node:child_process');
      const args = ${JSON.stringify([gatewayFile, '--config', file, '--until-stdin-closes'])};
      const child = spawn(process.execPath, args, { stdio: ['pipe', 'ignore', 'pipe'] });
      child.stderr.on('data', (text) => /Initialized/.test(text) && console.log(child.pid));
    `;
    const parent = spawn(process.execPath, ['-e', script], { stdio: ['ignore', 'pipe', 'inherit'] });
    lab.defer(() => parent.kill('SIGKILL'));
    const pid = await new Promise<number>((resolve) => parent.stdout.once('data', (text) => resolve(Number(text))));
    const all = [pid, ...lab.descendants(pid)];
    expect(all.length).toBeGreaterThan(1);
    parent.kill('SIGKILL');
    await until('the end of all', () => all.every((one) => !lab.isAlive(one)));
  });
});
