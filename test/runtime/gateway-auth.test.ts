import { renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Gateway, initializeBody, Lab, post, until } from './helpers/processes.ts';

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.end());

const bearer = (token: string) => ({ authorization: `Bearer ${token}` });

async function status(gateway: Gateway, headers: Record<string, string>): Promise<number> {
  return (await post(gateway.url, initializeBody(), headers)).status;
}

describe('bearer token', () => {
  it('asks for it, says how, and logs none', async () => {
    const tokenFile = join(lab.dir, 'token');
    writeFileSync(tokenFile, 'sesame-1\n');
    const gateway = await lab.gateway({ auth: { tokenFile }, servers: {} });
    const refused = await post(gateway.url, initializeBody());
    expect(refused.status).toBe(401);
    expect(refused.headers.get('www-authenticate')).toBe('Bearer realm="MCP Gateway"');
    expect(await status(gateway, bearer('sesame-2'))).toBe(401);
    expect(await status(gateway, bearer(''))).toBe(401);
    expect(await status(gateway, bearer('sesame-1'))).toBe(200);
    await (await gateway.client('sesame-1')).ping();
    for (const path of ['/health', '/ready', '/metrics']) expect((await gateway.get(path)).status).toBe(200);
    expect(gateway.program.stderr).not.toContain('sesame');
  });

  it('follows the swap of a Secret volume', async () => {
    // The shape of a Secret volume: token -> ..data/token, ..data -> a directory that is swapped as a whole.
    const swap = (name: string, token: string) => {
      const file = join(lab.dir, `${name}-token`);
      writeFileSync(file, token);
      symlinkSync(file, join(lab.dir, '..tmp'));
      renameSync(join(lab.dir, '..tmp'), join(lab.dir, '..data'));
    };
    swap('old', 'first-token');
    const tokenFile = join(lab.dir, 'token');
    symlinkSync('..data', tokenFile);
    const gateway = await lab.gateway({ auth: { tokenFile }, servers: {} });
    expect(await status(gateway, bearer('first-token'))).toBe(200);
    swap('new', 'other-token');
    await until('the new token', async () => (await status(gateway, bearer('other-token'))) === 200);
    expect(await status(gateway, bearer('first-token'))).toBe(401);
  });

  it('does not start with an empty token', async () => {
    const tokenFile = join(lab.dir, 'token');
    writeFileSync(tokenFile, '\n');
    const program = lab.gatewayProgram({ auth: { tokenFile }, servers: {} });
    expect(await program.exited).toBe(2);
    expect(program.stderr).toMatch(/is empty/);
  });
});

describe('Origin', () => {
  it.each([
    ['http://localhost:5173', 200],
    ['http://127.0.0.1', 200],
    ['https://app.example.com', 200],
    ['https://evil.example.com', 403],
    ['http://localhost.evil.example.com', 403],
    ['null', 403],
  ])('%s gets %i', async (origin, expected) => {
    const config = { servers: {}, allowedOrigins: ['https://app.example.com'] };
    expect(await status(await lab.gateway(config), { origin })).toBe(expected);
  });
});
