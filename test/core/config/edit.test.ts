import { describe, expect, it } from 'vitest';
import { addServers, newConfig, removeServers } from '../../../src/core/config/edit.ts';
import { shellWords } from '../../../src/core/config/shell-words.ts';
import { faultsOf } from '../../helpers/config.ts';

const commented = `# the team's servers
apiVersion: mcpk/v1
name: demo # short name

servers:
  # searches
  duckduckgo: {}   # needs egress
  time:
    args: [--local-timezone, "Europe/Berlin"]
`;

describe('edits keep what people wrote', () => {
  it('adding changes nothing but the new lines', () => {
    const text = addServers(commented, { fetch: {}, notes: { image: 'x:1', command: ['node', 'a b.js'] } });
    expect(text).toBe(`${commented}  fetch: {}\n  notes:\n    image: x:1\n    command: [ node, a b.js ]\n`);
    expect(faultsOf(text)).toEqual([]);
  });

  it('removing takes the lines of the server and the comment above it, nothing else', () => {
    expect(removeServers(commented, ['duckduckgo'])).toBe(
      commented.replace('  # searches\n  duckduckgo: {}   # needs egress\n', ''),
    );
    expect(removeServers(commented, ['time'])).toBe(commented.slice(0, commented.indexOf('  time')));
  });

  it.each([
    ['an empty map', 'servers: {}\n', 'servers:\n  time: {}\n'],
    ['no map', 'servers: # none yet\n', 'servers: # none yet\n  time: {}\n'],
    [
      'a map on one line',
      'servers: { a: { image: b, command: [c] } }\n',
      'servers: { a: { image: b, command: [c] }, time: {} }\n',
    ],
    ['no newline at the end', 'servers:\n    fetch: {}', 'servers:\n    fetch: {}\n    time: {}'],
    [
      'a key behind it',
      'servers:\n  fetch: {} # x\n\n# the gateway\ngateway: {}\n',
      'servers:\n  fetch: {} # x\n  time: {}\n\n# the gateway\ngateway: {}\n',
    ],
    ['Windows line ends', 'servers:\r\n  fetch: {}\r\n', 'servers:\r\n  fetch: {}\r\n  time: {}\r\n'],
  ])('adds to %s', (_, before, after) => {
    const head = 'apiVersion: mcpk/v1\nname: a\n';
    expect(addServers(head + before, { time: {} })).toBe(head + after);
    expect(faultsOf(head + after).filter((fault) => !fault.includes('servers must be'))).toEqual([]);
  });

  it('the last server leaves an empty map', () => {
    expect(removeServers('servers:\n  # only one\n  time:\n    args: [x]\nname: a\n', ['time'])).toBe(
      'servers: {}\nname: a\n',
    );
  });

  it('adding and removing any catalog server gives back the same bytes', () => {
    for (const name of ['fetch', 'memory'])
      expect(removeServers(addServers(commented, { [name]: {} }), [name])).toBe(commented);
  });

  it('a new config is valid and names its schema', () => {
    const text = newConfig({ name: 'demo', namespace: 'mcp', engine: 'mcpk', servers: { duckduckgo: {} } });
    expect(text).toMatch(/^# yaml-language-server: \$schema=https:/);
    expect(faultsOf(text)).toEqual([]);
  });
});

describe('shellWords', () => {
  const cases: [string, string[] | undefined][] = [
    ['node /app/server.js --port 1', ['node', '/app/server.js', '--port', '1']],
    [`sh -c 'a "b" c'`, ['sh', '-c', 'a "b" c']],
    ['a "b \\"c\\" d" e\\ f', ['a', 'b "c" d', 'e f']],
    ["a '' b", ['a', '', 'b']],
    ['   ', []],
    ['a "b', undefined],
  ];
  it.each(cases)('%s', (line, words) => {
    expect(shellWords(line)).toEqual(words);
  });
});
