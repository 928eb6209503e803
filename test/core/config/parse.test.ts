import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseConfig } from '../../../src/core/config/parse.ts';
import { faultsOf } from '../../helpers/config.ts';

const head = 'apiVersion: mcpk/v1\nname: demo\n';
const server = (body: string) => `${head}servers:\n  notes:\n    image: x:1\n    command: [a]\n${body}`;

describe('a config with a fault', () => {
  const cases: [string, string, string[]][] = [
    ['is empty', '', ['-:- the file is empty']],
    ['is no mapping', '- a\n', ['1:1 the file must be a mapping, not a list']],
    ['lacks a key', 'apiVersion: mcpk/v1\nservers: {}\n', ['1:1 the file lacks the key "name"']],
    [
      'has another version',
      'apiVersion: mcpk/v2\nname: a\nservers: {}\n',
      ['1:1 apiVersion must be "mcpk/v1", not "mcpk/v2"'],
    ],
    ['has an unknown key', `${head}servrs: {}\nservers: {}\n`, ['3:1 unknown key "servrs" in the file']],
    ['has a key twice', `${head}name: b\nservers: {}\n`, ['3:1 Map keys must be unique']],
    ['is indented by a tab', `${head}servers:\n\ttime: {}\n`, ['4:1 Tabs are not allowed as indentation']],
    [
      'has two documents',
      `${head}servers: {}\n---\na: 1\n`,
      ['4:1 Source contains multiple documents; please use YAML.parseAllDocuments()'],
    ],
    [
      'has a bad server name',
      `${head}servers:\n  Foo_bar: {}\n`,
      [
        '4:3 the name "Foo_bar" must be a DNS label of at most 52 characters: lower-case letters, digits and "-", starting with a letter',
      ],
    ],
    [
      'has a server name that is too long',
      `${head}servers:\n  ${'a'.repeat(53)}: {}\n`,
      [
        `4:3 the name "${'a'.repeat(53)}" must be a DNS label of at most 52 characters: lower-case letters, digits and "-", starting with a letter`,
      ],
    ],
    [
      'has a number for a string',
      server('    env: { PORT: 8080 }\n'),
      ['7:12 servers.notes.env.PORT must be a string, not 8080'],
    ],
    ['runs as root', server('    security: { runAsUser: 0 }\n'), ['7:17 runAsUser 0 is root on the node']],
    [
      'has an unknown engine',
      `${head}gateway: { engine: dokcer }\nservers: {}\n`,
      ['3:12 gateway.engine must be one of mcpk, docker; it is "dokcer"'],
    ],
    [
      'has a bad quantity',
      server('    resources: { limits: { memory: 256MB } }\n'),
      [
        '7:28 servers.notes.resources.limits.memory must be a Kubernetes quantity such as "250m" or "256Mi"; it is "256MB"',
      ],
    ],
    [
      'has host and cidr',
      server('    egress: [{ host: a.b, cidr: 10.0.0.0/8 }]\n'),
      ['7:14 an egress rule names either a host or a cidr'],
    ],
    [
      'has neither host nor cidr',
      server('    egress: [{ port: 1 }]\n'),
      ['7:14 an egress rule names either a host or a cidr'],
    ],
    [
      'shares a process behind the bridge that cannot',
      `${server('    shared: true\n')}bridge: { engine: docker }\n`,
      ["7:5 docker's bridge starts a process for every session: it cannot share one"],
    ],
    [
      'sets a variable twice',
      server('    env: { A: x }\n    secrets: [{ env: A, from: { name: n, key: k } }]\n'),
      ['8:17 A is set twice: it also stands under env'],
    ],
    [
      'mounts over /tmp',
      server('    volumes: [{ name: d, mountPath: /tmp/ }]\n'),
      ['7:26 /tmp/ is already a mount of this pod'],
    ],
  ];
  it.each(cases)('%s', (_, text, faults) => {
    expect(faultsOf(text)).toEqual(faults);
  });

  it('names every fault at once', () => {
    expect(faultsOf('apiVersion: mcpk/v1\nnmae: x\nservers: { a: { imag: x } }\n')).toHaveLength(3);
  });

  it('shows the place and what to do', () => {
    const parsed = parseConfig(new TextEncoder().encode(`${head}servrs: {}\nservers: {}\n`), 'mcpk.yaml');
    expect(parsed).toMatchObject({
      ok: false,
      problems: [
        {
          file: 'mcpk.yaml',
          pointer: '/servrs',
          suggestion: 'did you mean "servers"?',
          frame: '  2 | name: demo\n> 3 | servrs: {}\n    | ^\n  4 | servers: {}',
        },
      ],
    });
  });
});

describe('hostile bytes', () => {
  it('an alias bomb ends in one fault', () => {
    const bomb = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
    for (let i = 1; i < 20; i++)
      bomb.push(
        `a${i}: &a${i} [${Array(10)
          .fill(`*a${i - 1}`)
          .join(', ')}]`,
      );
    expect(faultsOf(bomb.join('\n'))).toEqual(['-:- aliases repeat nodes more than 100 times']);
  });

  it('10 MB are refused unread', () => {
    expect(faultsOf(new Uint8Array(10 * 1024 * 1024).fill(0x61))).toEqual([
      '-:- the file has 10.0 MiB; mcpk reads at most 1 MiB',
    ]);
  });

  it('what is not UTF-8 is refused', () => {
    expect(faultsOf(Uint8Array.from([0x61, 0x3a, 0x20, 0xff, 0xfe]))).toEqual(['-:- the file is not UTF-8 text']);
  });

  it('deep nesting ends in a few faults', () => {
    expect(faultsOf('['.repeat(200_000)).length).toBeLessThanOrEqual(3);
  });

  it('no text makes the parser throw', () => {
    const yamlish = fc.array(
      fc.constantFrom(
        'a',
        ':',
        ' ',
        '\n',
        '-',
        '&x',
        '*x',
        '{',
        '}',
        '[',
        ']',
        '"',
        "'",
        '\t',
        '#',
        '|',
        '>',
        '!',
        '%',
        '? ',
        'servers',
        'é',
        '\u0000',
      ),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          yamlish.map((parts) => parts.join('')),
        ),
        (text) => {
          const parsed = parseConfig(new TextEncoder().encode(text), 'f');
          expect(parsed.ok || parsed.problems.length > 0).toBe(true);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('a config without faults', () => {
  it('takes an empty server for the catalog’s', () => {
    expect(faultsOf(`${head}servers:\n  time:\n  fetch: {}\n`)).toEqual([]);
  });

  it('tells where a node stands', () => {
    const parsed = parseConfig(new TextEncoder().encode(server('')), 'mcpk.yaml');
    expect(parsed.ok && parsed.value.locate('/servers/notes/command/0')).toEqual({ line: 6, column: 15 });
  });
});
