import type { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Lab, stdioServer, until, whyNoBridge } from './helpers/processes.ts';

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.end());

if (whyNoBridge !== undefined) process.stderr.write(`skipped: ${whyNoBridge}\n`);

describe.skipIf(whyNoBridge !== undefined)('client, gateway, bridge, server', () => {
  async function throughBridge(argv = stdioServer) {
    const bridge = await lab.bridge(argv);
    return { bridge, gateway: await lab.gateway({ servers: { real: { tcp: bridge.address } } }) };
  }

  it('initializes, lists, calls', async () => {
    const { gateway } = await throughBridge();
    const client = await gateway.client();
    expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(['echo', 'count', 'slow', 'crash']);
    const result = await client.callTool({ name: 'echo', arguments: { a: 'ü' } });
    expect(result.content).toEqual([{ type: 'text', text: '{"a":"ü"}' }]);
  });

  it("keeps one session's state from another", async () => {
    const { gateway } = await throughBridge();
    const [one, two] = [await gateway.client(), await gateway.client()];
    const count = async (client: typeof one) => (await client.callTool({ name: 'count' })).content;
    await one.listTools();
    expect(await count(one)).toEqual([{ type: 'text', text: '1' }]);
    expect(await count(one)).toEqual([{ type: 'text', text: '2' }]);
    expect(await count(two)).toEqual([{ type: 'text', text: '1' }]);
  });

  it('carries progress to the client and its cancellation to the server', async () => {
    const { bridge, gateway } = await throughBridge();
    const client = await gateway.client();
    await client.listTools();
    const controller = new AbortController();
    const progress: unknown[] = [];
    const call = client.callTool({ name: 'slow' }, undefined, {
      signal: controller.signal,
      onprogress: (update) => {
        progress.push(update);
        controller.abort();
      },
    });
    await expect(call).rejects.toThrow();
    expect(progress).toEqual([{ progress: 1, total: 2 }]);
    await bridge.program.logged(/slow was cancelled/);
  });

  it('says how a server ended in the middle of a call, and uses a new one for the next', async () => {
    const { gateway } = await throughBridge();
    const client = await gateway.client();
    await client.listTools();
    await expect(client.callTool({ name: 'crash' })).rejects.toThrow(
      /server "real": server exited with code 3: the fixture crashes as asked/,
    );
    await until('a working call', () => client.callTool({ name: 'echo' }).catch(() => undefined));
  });

  it('says why a server cannot be executed', async () => {
    // A script without the x bit.
    const { bridge, gateway } = await throughBridge(stdioServer.slice(1));
    await gateway.program.logged(
      /Can't start real: failed to connect: calling "initialize": server cannot start: fork\/exec .*: permission denied \(uid \d+, gid \d+\)/,
    );
    expect((await fetch(`http://${bridge.health}/readyz`)).status).toBe(503);
  });
});

describe('a server as a child process', () => {
  it('is started, called and ended', async () => {
    const [command, script] = stdioServer;
    const gateway = await lab.gateway({ servers: { child: { command: [command, script] } } });
    const client = await gateway.client();
    await client.listTools();
    expect((await client.callTool({ name: 'echo' })).content).toEqual([{ type: 'text', text: '{}' }]);
    const transport = client.transport as StreamableHTTPClientTransport;
    await transport.terminateSession();
    await gateway.program.logged(/the fixture was asked to end/);
    gateway.program.child.kill('SIGTERM');
    expect(await gateway.program.exited).toBe(0);
  });

  it('says that a command does not exist', async () => {
    const gateway = await lab.gateway({ servers: { none: { command: ['/nonexistent/server'] } } });
    await gateway.program.logged(/Can't start none: failed to connect: spawn \/nonexistent\/server ENOENT/);
  });
});
