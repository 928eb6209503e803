import { describe, expect, it } from 'vitest';
import { resolveApp } from '../../../src/core/app/resolve.ts';
import type { Config } from '../../../src/core/config/schema.ts';
import { catalogFromTemplates } from '../../helpers/catalog.ts';
import { appOf } from '../../helpers/config.ts';

const catalog = catalogFromTemplates();
const resolve = (servers: Config['servers']) =>
  resolveApp({ config: { apiVersion: 'mcpk/v1', name: 'a', servers }, catalog, version: '1.2.3' });

describe('the catalog fills in', () => {
  it('image, whole command line, egress and verdict', () => {
    const [server] = appOf('apiVersion: mcpk/v1\nname: a\nservers: { fetch: {} }\n').servers;
    expect(server).toMatchObject({
      image: 'mcp/fetch',
      argv: ['mcp-server-fetch'],
      egress: [{ host: '*' }],
      identity: { runAsUser: 1000, runAsGroup: 1000 },
      nonRoot: { verdict: 'fails' },
    });
  });

  it('arguments, unless the config has its own', () => {
    const argv = (time: string) => appOf(`apiVersion: mcpk/v1\nname: a\nservers: { time: ${time} }\n`).servers[0]?.argv;
    expect(argv('{}')).toEqual(['mcp-server-time', '--local-timezone', 'UTC']);
    expect(argv('{ args: [] }')).toEqual(['mcp-server-time']);
    expect(argv('{ command: [x] }')).toEqual(['x']);
  });

  it('no verdict about another image', () => {
    expect(
      appOf('apiVersion: mcpk/v1\nname: a\nservers: { fetch: { image: own } }\n').servers[0]?.nonRoot,
    ).toBeUndefined();
  });

  it('a secret, unless the config sets the variable', () => {
    const server = (body: string) => appOf(`apiVersion: mcpk/v1\nname: a\nservers: { postgres: ${body} }\n`).servers[0];
    expect(server('{}')?.secrets).toEqual([{ env: 'DATABASE_URL', from: { name: 'postgres', key: 'url' } }]);
    expect(server('{ env: { DATABASE_URL: x } }')).toMatchObject({ secrets: [], env: { DATABASE_URL: 'x' } });
  });
});

describe('what stays open is a fault', () => {
  it.each([
    [
      'an unknown server',
      { fetsch: {} },
      'server fetsch is not in the catalog and has no image',
      'did you mean fetch?',
    ],
    [
      'an image without a command',
      { notes: { image: 'x' } },
      'server notes has an image but no command',
      'add command',
    ],
    ['an entry without a public image', { everything: {} }, 'no public image of everything is known', 'build one'],
    ['no servers', {}, 'no servers: there is nothing to run', 'mcpk add-server'],
    ['a name of Object.prototype', { constructor: {} }, 'server constructor is not in the catalog', ''],
  ] as [string, Config['servers'], string, string][])('%s', (_, servers, message, suggestion) => {
    const result = resolve(servers);
    expect(result.ok).toBe(false);
    const problem = result.ok ? undefined : result.problems[0];
    expect(problem?.message).toContain(message);
    expect(problem?.suggestion).toContain(suggestion);
  });
});

describe('engines', () => {
  it.each([
    ['', { gateway: 'mcpk', bridge: 'mcpk' }],
    ['gateway: { engine: docker }', { gateway: 'docker', bridge: 'mcpk' }],
    ['bridge: { engine: docker }', { gateway: 'mcpk', bridge: 'docker' }],
  ])('%s', (lines, engines) => {
    const { gateway, bridge } = appOf(`apiVersion: mcpk/v1\nname: a\n${lines}\nservers: { fetch: {} }\n`);
    expect({ gateway: gateway.engine, bridge: bridge.engine }).toEqual(engines);
    for (const part of [gateway, bridge]) {
      expect(part.image).toMatch(
        part.engine === 'docker' ? /^docker\/mcp-gateway:v0\.4[3-9]\.[1-9]/ : /^ghcr\.io\/mcpk\/\w+:1\.2\.3$/,
      );
    }
  });
});
