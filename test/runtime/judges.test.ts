// What others say of the gateway and the bridge: the conformance tool, the official clients, servers that people use.
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { conformance, demanded, installNodeJudges, installPython, judgesDir, whyNoPython } from '../helpers/judges.ts';
import { type Gateway, Lab, until, whyNoBridge } from './helpers/processes.ts';

const INSTALL_MS = 300_000;
const JUDGE_MS = 90_000;

beforeAll(() => installNodeJudges(), INSTALL_MS);

let lab: Lab;
beforeEach(() => {
  lab = new Lab();
});
afterEach(() => lab.end());

const server = [process.execPath, join(judgesDir, 'server/server.mjs')];

async function direct(): Promise<URL> {
  const program = lab.program(server[0] as string, [...server.slice(1), '--http', '0']);
  const [, port] = await program.logged(/listening on (\d+)/);
  return new URL(`http://127.0.0.1:${port}/mcp`);
}

async function throughUs(): Promise<Gateway> {
  const endpoint = whyNoBridge ? { command: [...server, '--stdio'] } : await bridged([...server, '--stdio']);
  const gateway = await lab.gateway({ servers: { judged: endpoint } });
  await gateway.program.logged(/Initialized in/);
  return gateway;
}

async function bridged(argv: string[]): Promise<{ tcp: string }> {
  return { tcp: (await lab.bridge(argv)).address };
}

/**
 * Not among those demanded, and not for a server on stdio:
 * - server-sse-polling: the server ends an HTTP stream of its own in the middle of a call.
 */
const HTTP_ONLY = ['server-sse-polling'];

describe('the conformance tool', () => {
  it.each([
    ['2025-11-25', 30],
    ['2026-07-28', 37],
  ])(
    'finds nothing through bridge and gateway that it does not find directly: %s',
    async (revision, count) => {
      const alone = conformance(await direct(), revision);
      const names = demanded(revision);
      expect(names).toHaveLength(count);
      // The judge is worth something only if the server itself passes all that is demanded.
      const passedAlone = alone.filter(({ failed, passed }) => failed.length === 0 && passed > 0);
      expect(passedAlone.map(({ scenario }) => scenario)).toEqual(expect.arrayContaining(names));

      const through = new Map(conformance((await throughUs()).url, revision).map((one) => [one.scenario, one]));
      const lost = passedAlone.flatMap(({ scenario }) => {
        const judgement = through.get(scenario);
        if (HTTP_ONLY.includes(scenario)) return [];
        return judgement?.failed.length === 0 && judgement.passed > 0 ? [] : [{ scenario, judgement }];
      });
      expect(lost).toEqual([]);
    },
    JUDGE_MS,
  );
});

const EXPECTED = {
  tools: 29,
  prompts: 5,
  resources: 3,
  text: 'This is a simple text response for testing.',
  progress: [0, 50, 100],
  cancelled: 'cancelled',
  updated: true,
};

describe('the official clients list, call, follow progress, cancel and subscribe', () => {
  it.each([
    ['v1', {}],
    // The client forgets who wants progress as soon as it has read the answer, which comes in the same chunk.
    ['v1-sse', { progress: expect.arrayContaining([0, 50]) }],
    ['v2-legacy', { era: 'legacy' }],
    ['v2-auto', { era: 'modern' }],
    ['v2-modern', { era: 'modern' }],
  ])('TypeScript: %s', async (kind, own) => {
    const gateway = await throughUs();
    const client = join(judgesDir, 'clients/typescript.mjs');
    const program = lab.program(process.execPath, [client, gateway.url.href, kind]);
    expect(JSON.parse(await program.output())).toEqual({ kind, ...EXPECTED, toolsChanged: true, ...own });
  });

  describe.skipIf(whyNoPython !== undefined)(
    `Python${whyNoPython === undefined ? '' : ` (skipped: ${whyNoPython})`}`,
    () => {
      let bin: string;
      beforeAll(() => {
        bin = installPython('client');
      }, INSTALL_MS);

      it.each([
        ['legacy', '2025-11-25'],
        ['auto', '2026-07-28'],
      ])('%s', async (mode, revision) => {
        const gateway = await throughUs();
        const client = join(judgesDir, 'clients/python_client.py');
        const program = lab.program(join(bin, 'python'), ['-W', 'ignore', client, gateway.url.href, mode]);
        expect(JSON.parse(await program.output())).toEqual({ kind: `python-${mode}`, revision, ...EXPECTED });
      });
    },
  );
});

/** What a server lists when it is asked without anything of ours in between. */
async function listedDirectly(argv: string[]): Promise<unknown[]> {
  const client = new Client({ name: 'test', version: '1' });
  const transport = new StdioClientTransport({ command: argv[0] as string, args: argv.slice(1), stderr: 'ignore' });
  await client.connect(transport as Parameters<Client['connect']>[0]);
  const { tools } = await client.listTools();
  await client.close();
  return tools;
}

function textOf(result: unknown): string {
  return (result as { content: Array<{ text: string }> }).content[0]?.text as string;
}

describe('servers that people use', () => {
  const npm = (name: string, ...args: string[]) => [
    process.execPath,
    join(judgesDir, `node_modules/@modelcontextprotocol/server-${name}/dist/index.js`),
    ...args,
  ];

  it('of npm: everything, memory and filesystem are listed as they are, and answer', async () => {
    const memoryFile = { MEMORY_FILE_PATH: join(lab.dir, 'memory.json') };
    const argvs = {
      everything: npm('everything', 'stdio'),
      memory: npm('memory'),
      filesystem: npm('filesystem', lab.dir),
    };
    const servers = {
      everything: { command: argvs.everything },
      memory: { command: argvs.memory, env: memoryFile },
      filesystem: { command: argvs.filesystem },
    };
    const gateway = await lab.gateway({ servers });
    const client = await gateway.client();
    const { tools } = await client.listTools();
    for (const argv of Object.values(argvs)) {
      expect(tools).toEqual(expect.arrayContaining(await listedDirectly(argv)));
    }
    expect(textOf(await client.callTool({ name: 'echo', arguments: { message: 'hi' } }))).toBe('Echo: hi');
    const entities = [{ name: 'a', entityType: 'b', observations: ['c'] }];
    await client.callTool({ name: 'create_entities', arguments: { entities } });
    expect(textOf(await client.callTool({ name: 'read_graph', arguments: {} }))).toContain('"a"');
    const listed = await client.callTool({ name: 'list_directory', arguments: { path: lab.dir } });
    expect(textOf(listed)).toContain('gateway.json');
  });

  describe.skipIf(whyNoPython !== undefined)(
    `of PyPI${whyNoPython === undefined ? '' : ` (skipped: ${whyNoPython})`}`,
    () => {
      let bin: string;
      beforeAll(() => {
        bin = installPython('servers');
      }, INSTALL_MS);

      it(
        'time, fetch, git and duckduckgo are listed as they are, and answer',
        async () => {
          const repository = join(lab.dir, 'repository');
          execFileSync('git', ['init', '--quiet', repository]);
          const argvs: Record<string, string[]> = {
            time: [join(bin, 'mcp-server-time')],
            fetch: [join(bin, 'mcp-server-fetch'), '--ignore-robots-txt', '--allow-private-ips'],
            git: [join(bin, 'mcp-server-git'), '--repository', repository],
            duckduckgo: [join(bin, 'duckduckgo-mcp-server')],
          };
          const servers: Record<string, object> = {};
          for (const [name, argv] of Object.entries(argvs)) {
            // One of them behind a bridge, as in a pod.
            servers[name] = name === 'git' && !whyNoBridge ? await bridged(argv) : { command: argv };
          }
          const gateway = await lab.gateway({ servers });
          await until(
            'every server',
            async () => {
              const { servers: states } = await gateway.ready();
              return Object.values(states).every(({ state }) => state === 'ready');
            },
            60_000,
          );
          const client = await gateway.client();
          const { tools } = await client.listTools();
          const names = tools.map(({ name }) => name);
          expect(new Set(names).size).toBe(names.length);
          const prefixed = (name: string, tool: { name: string }) =>
            names.includes(tool.name) ? tool : { ...tool, name: `${name}__${tool.name}` };
          for (const [name, argv] of Object.entries(argvs)) {
            const own = (await listedDirectly(argv)) as Array<{ name: string }>;
            expect(own.length).toBeGreaterThan(0);
            expect(tools).toEqual(expect.arrayContaining(own.map((tool) => prefixed(name, tool))));
          }

          expect(textOf(await client.callTool({ name: 'get_current_time', arguments: { timezone: 'UTC' } }))).toContain(
            'UTC',
          );
          const status = await client.callTool({ name: 'git_status', arguments: { repo_path: repository } });
          expect(textOf(status)).toContain('No commits yet');
          const page = createServer((_, response) => response.end('<p>a page of ours</p>'));
          await new Promise<void>((resolve) => page.listen(0, '127.0.0.1', resolve));
          lab.defer(() => page.close());
          const url = `http://127.0.0.1:${(page.address() as AddressInfo).port}/`;
          const fetchName = names.includes('fetch') ? 'fetch' : 'fetch__fetch';
          expect(textOf(await client.callTool({ name: fetchName, arguments: { url } }))).toContain('a page of ours');
        },
        JUDGE_MS,
      );
    },
  );
});
