import { describe, expect, it } from 'vitest';
import type { LintResult } from '../../../src/contract.ts';
import { lintGithub } from '../../../src/output/lint/github.ts';
import type { ReportContext } from '../../../src/output/lint/report.ts';
import { expectGolden } from '../../helpers/golden.ts';
import { workflowCommand as command } from '../../helpers/workflow-commands.ts';
import { CLEAN, CLEAN_CONTEXT, CONTEXT, many, RESULT } from './fixture.ts';

function read(result: LintResult, context: ReportContext = CONTEXT) {
  const lines = lintGithub(result, context).trimEnd().split('\n');
  const commands = lines.map(command).filter((one) => one !== undefined);
  return { lines, commands, log: lines.filter((line) => command(line) === undefined) };
}

it('has everything', () => {
  expectGolden('lint/github.txt', lintGithub(RESULT, CONTEXT));
});

it('of nothing is a line without a command', () => {
  expect(lintGithub(CLEAN, CLEAN_CONTEXT)).toBe('mcpk lint: nothing found (2 files, 9 objects)\n');
});

it('what goes into a command comes out of it', () => {
  const nasty = read(RESULT).commands.find(({ properties }) => properties['title'] === 'secret.literal');
  expect(nasty?.name).toBe('error');
  expect(nasty?.properties).toEqual({
    file: 'k8s/my app, 50%#1:a.yaml',
    line: '1',
    col: '120',
    title: 'secret.literal',
  });
  const [message, about, fix] = nasty?.data.split('\n') ?? [];
  expect(message).toBe(
    'a "b" \'c\' <d> & ]]> 100%0A, x:y; ::error::no ##[error]no | `e` *f* [g](h) {0} \\ # é 漢 😀 \\u001b[31mred\\u0007\\u0000\\u0085 \\u202eabc \\ud800 \\ufffe next line',
  );
  expect(about).toBe('Secret a]]>b');
  expect(fix).toMatch(/^fix: name a Secret; a "b"/);
});

it.each([
  ['error', 'error'],
  ['warning', 'warning'],
  ['info', 'notice'],
] as const)('%s is ::%s', (severity, name) => {
  expect(read(many(1, () => ({ severity }))).commands[0]?.name).toBe(name);
});

it('names files from the root of the repository', () => {
  const { commands } = read(
    many(1, () => ({ file: '../k8s/web.yaml' })),
    { ...CONTEXT, folder: 'deploy/prod' },
  );
  expect(commands[0]?.properties['file']).toBe('deploy/k8s/web.yaml');
});

it('names no file where it is standard input', () => {
  const { commands } = read(many(1, () => ({ file: '-' })));
  expect(commands[0]?.properties).toEqual({ title: 'pod-security.run-as-non-root' });
  expect(commands[0]?.data).toMatch(/^standard input:1:11: container c0/);
});

describe('ten of a kind are shown', () => {
  it('ten are all there', () => {
    const { commands, log } = read(many(10, () => ({})));
    expect(commands.map(({ name }) => name)).toEqual(Array(10).fill('error'));
    expect(log).toHaveLength(1);
  });

  it('of eleven nine are there, the tenth says so, and the log has the others', () => {
    const { commands, log } = read(many(11, (i) => ({ line: i + 1 })));
    expect(commands.filter(({ name }) => name === 'error')).toHaveLength(10);
    expect(commands[9]).toEqual({
      name: 'error',
      properties: { title: 'mcpk lint' },
      data: '2 more errors: the log of this step lists them',
    });
    expect(commands.slice(10).map(({ name }) => name)).toEqual(['group', 'endgroup']);
    expect(log.slice(0, 2).map((line) => line.split(' ')[1])).toEqual(['k8s/web.yaml:10:11', 'k8s/web.yaml:11:11']);
  });

  it('each kind has its ten', () => {
    const { commands } = read(
      many(30, (i) => ({ severity: (['error', 'warning', 'info'] as const)[i % 3] ?? 'info' })),
    );
    expect(commands).toHaveLength(30);
  });

  it('every rule has its first before any has its second', () => {
    const { commands } = read(many(30, (i) => ({ rule: i === 29 ? 'last.rule' : 'first.rule' })));
    expect(commands[1]?.properties['title']).toBe('last.rule');
  });

  it('what was not checked is a warning', () => {
    const { commands } = read({ ...CLEAN, unchecked: RESULT.unchecked.slice(-1) });
    expect(commands[0]?.name).toBe('warning');
    expect(commands[0]?.data).toMatch(/^kind example\.com\/v1 Widget was not checked: no schema/);
  });
});

it('no line of the log is a command', () => {
  const result = many(20, () => ({ file: '::stop-commands::x', message: '##[error]no' }));
  const { commands, log } = read(result);
  expect(commands.filter(({ name }) => name === 'stop-commands')).toEqual([]);
  expect(log.join('\n')).not.toContain('##[');
});
