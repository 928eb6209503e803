import { describe, expect, it } from 'vitest';
import { resolveApp } from '../../../src/core/app/resolve.ts';
import { parseConfig } from '../../../src/core/config/parse.ts';
import { localGatewayConfig, planLocal } from '../../../src/core/local/plan.ts';
import { catalogFromTemplates } from '../../helpers/catalog.ts';

/** Plans the servers of a config; volumes lie under /state. */
function plan(servers: string, environment: Record<string, string> = {}) {
  const parsed = parseConfig(new TextEncoder().encode(`apiVersion: mcpk/v1\nname: demo\nservers: ${servers}\n`), 'c');
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join());
  const { config } = parsed.value;
  const resolved = resolveApp({ config, catalog: catalogFromTemplates(), version: '1', target: 'local' });
  if (!resolved.ok) throw new Error(resolved.problems.map(({ message }) => message).join());
  return planLocal(resolved.app, { volume: (server, name) => `/state/${server}/${name}`, environment });
}

describe('a server of the catalog', () => {
  it('runs from its package, its volumes as folders', () => {
    expect(plan('{ filesystem: {}, memory: {} }')).toEqual([
      {
        name: 'filesystem',
        package: { registry: 'npm', name: '@modelcontextprotocol/server-filesystem', version: '2026.8.31' },
        argv: ['mcp-server-filesystem', '/state/filesystem/data'],
        env: {},
        worksIn: 'own',
        folders: ['/state/filesystem/data'],
      },
      expect.objectContaining({
        name: 'memory',
        argv: ['mcp-server-memory'],
        env: { MEMORY_FILE_PATH: '/state/memory/data/memory.jsonl' },
      }),
    ]);
  });

  it('needs no image', () => {
    expect(plan('{ everything: {} }')).toMatchObject([{ name: 'everything', argv: ['mcp-server-everything'] }]);
  });

  it('takes the arguments of the config, with $(NAME) of its own variables', () => {
    const [time] = plan('{ time: { args: [--local-timezone, $(ZONE), $(OTHER), $$(ZONE)], env: { ZONE: CET } } }');
    expect(time).toMatchObject({ argv: ['mcp-server-time', '--local-timezone', 'CET', '$(OTHER)', '$(ZONE)'] });
  });

  it('only what lies under a mount path is mapped', () => {
    const [found] = plan('{ filesystem: { args: [/data, /data/x, /database, x/data] } }');
    expect(found).toMatchObject({
      argv: ['mcp-server-filesystem', '/state/filesystem/data', '/state/filesystem/data/x', '/database', 'x/data'],
    });
  });
});

describe('a command of the config', () => {
  it('stands for the package and is taken as it is', () => {
    const [memory] = plan('{ memory: { local: { command: [node, /data/x.js, $(HOME)] } } }');
    expect(memory).toEqual({
      name: 'memory',
      argv: ['node', '/data/x.js', '$(HOME)'],
      env: { MEMORY_FILE_PATH: '/state/memory/data/memory.jsonl' },
      worksIn: 'config',
      folders: ['/state/memory/data'],
    });
  });

  it('is enough: no image is needed', () => {
    expect(plan('{ mine: { local: { command: [mine] } } }')).toMatchObject([{ name: 'mine', argv: ['mine'] }]);
  });
});

describe('what cannot run here', () => {
  it('an image alone, or a command that is the image’s', () => {
    const problem = { message: 'it has no package in the catalog, and no local.command' };
    expect(plan('{ notes: { image: a/b:1, command: [x] }, time: { command: [x] } }')).toMatchObject([
      {
        name: 'notes',
        ...problem,
        remedies: ['add servers.notes.local: { command: [PROGRAM, ARGUMENT...] } to mcpk.yaml'],
      },
      { name: 'time', ...problem },
    ]);
  });

  const secret = 'secrets: [{ env: KEY, from: { name: s, key: k } }, { env: OTHER, from: { name: s, key: o } }]';

  it('a secret that the environment lacks', () => {
    expect(plan(`{ mine: { ${secret}, local: { command: [mine] } } }`, { KEY: 'x', OTHER: '' })).toMatchObject([
      { message: 'OTHER is not set in the environment', remedies: ['set it, then start mcpk up again'] },
    ]);
    expect(plan(`{ mine: { ${secret}, local: { command: [mine] } } }`)).toMatchObject([
      { message: 'KEY, OTHER are not set in the environment' },
    ]);
  });

  it('a secret goes into the environment of its server only', () => {
    const servers = `{ mine: { ${secret}, local: { command: [mine] } }, other: { local: { command: [o] } } }`;
    expect(plan(servers, { KEY: 'a', OTHER: 'b', MORE: 'c' })).toMatchObject([
      { env: { KEY: 'a', OTHER: 'b' } },
      { env: {} },
    ]);
  });

  it('a secret as an argument, and it is not told', () => {
    const [postgres] = plan('{ postgres: {} }', { DATABASE_URL: 'postgresql://u:hush@h/d' });
    expect(postgres).toMatchObject({
      message: 'it takes the secret DATABASE_URL as an argument, which every user of this machine could read',
    });
    expect(JSON.stringify(postgres)).not.toContain('hush');
  });
});

it('writes the gateway’s configuration, bound to this machine', () => {
  const server = { name: 'a', command: ['x'], env: { K: 'v' }, cwd: '/w' };
  expect(JSON.parse(localGatewayConfig([server], { port: 1234, tokenFile: '/t' }))).toEqual({
    listen: '127.0.0.1:1234',
    auth: { tokenFile: '/t' },
    servers: { a: { command: ['x'], env: { K: 'v' }, cwd: '/w' } },
  });
});
