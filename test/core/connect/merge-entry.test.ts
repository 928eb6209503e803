import { describe, expect, it } from 'vitest';
import { type ClientName, clientDocument } from '../../../src/core/connect/client-entry.ts';
import { mergeEntry } from '../../../src/core/connect/merge-entry.ts';

const TOKEN = { context: 'kind-dev', namespace: 'mcp', secret: 'mcp-gateway-token' };
const document = (client: ClientName, port = 8811) =>
  clientDocument(client, { app: 'demo', url: `http://127.0.0.1:${port}/mcp`, token: TOKEN });

function merged(text: string | undefined, client: ClientName, port?: number): string {
  const result = mergeEntry(text, document(client, port));
  expect(result).toMatchObject({ ok: true });
  return result.ok ? result.text : '';
}

describe('a file gains the entry', () => {
  it.each([undefined, '', ' \n'])('where there was nothing: %j', (text) => {
    expect(JSON.parse(merged(text, 'cursor'))).toEqual(document('cursor'));
  });

  it('and every other byte stays', () => {
    const before =
      '{\n\t"theme":  "dark",\n\t"mcpServers": {\n\t\t"other": { "command": "x", "args": [] }\n\t},\n\t"n": 1.0\n}\n';
    const after = merged(before, 'cursor');
    expect(JSON.parse(after)).toEqual({
      ...JSON.parse(before),
      mcpServers: { ...JSON.parse(before).mcpServers, ...document('cursor')['mcpServers'] },
    });
    const start = before.indexOf('\n\t},');
    expect(after.startsWith(before.slice(0, start))).toBe(true);
    expect(after.endsWith(before.slice(start))).toBe(true);
  });

  it('and the input of VS Code, once', () => {
    const before = '{ "inputs": [{ "id": "mine", "type": "promptString" }], "servers": {} }';
    const once = merged(before, 'vscode');
    expect(JSON.parse(once).inputs.map(({ id }: { id: string }) => id)).toEqual(['mine', 'demo-token']);
    expect(merged(once, 'vscode')).toBe(once);
  });
});

describe('an entry that is ours', () => {
  it('follows the port, and keeps what somebody added', () => {
    const first = JSON.parse(merged(undefined, 'cursor')) as { mcpServers: { demo: Record<string, object> } };
    const { demo } = first.mcpServers;
    demo['disabled'] = { no: true };
    demo['headers'] = { ...demo['headers'], 'X-Trace': 'on' };
    const after = JSON.parse(merged(JSON.stringify(first), 'cursor', 9000));
    expect(after.mcpServers.demo).toEqual({ ...demo, url: 'http://127.0.0.1:9000/mcp' });
  });

  it('of Claude Desktop is known by its arguments', () => {
    const after = JSON.parse(merged(merged(undefined, 'claude'), 'claude', 9000));
    expect(after.mcpServers.demo.args[2]).toBe('http://127.0.0.1:9000/mcp');
  });

  it('of mcpk up is ours too', () => {
    expect(merged('{"mcpServers":{"demo":{"url":"http://localhost:8811/mcp"}}}', 'cursor')).toContain('127.0.0.1');
  });
});

it.each([
  ['comments', '{ // mine\n "servers": {} }', 'not-json'],
  ['a trailing comma', '{ "servers": {}, }', 'not-json'],
  ['a byte order mark', '\ufeff{}', 'not-json'],
  ['a list', '[]', 'shape'],
  ['servers that are a list', '{ "servers": [] }', 'shape'],
  ['inputs that are a map', '{ "inputs": {} }', 'shape'],
  ['a server elsewhere of that name', '{ "servers": { "demo": { "url": "https://example.com/mcp" } } }', 'taken'],
  ['a program of that name', '{ "servers": { "demo": { "command": "demo" } } }', 'taken'],
  ['something else of that name', '{ "servers": { "demo": 3 } }', 'taken'],
])('a file with %s is left alone', (_what, text, why) => {
  expect(mergeEntry(text, document('vscode'))).toEqual({ ok: false, why });
});
