import { expect, it } from 'vitest';
import type { VerifyResult } from '../../../src/contract.ts';
import { verifyGithub } from '../../../src/output/verify/github.ts';
import { expectGolden } from '../../helpers/golden.ts';
import { workflowCommand } from '../../helpers/workflow-commands.ts';
import { CLEAN, CONTEXT, RESULT, resultOf } from './fixture.ts';

function read(result: VerifyResult, context = CONTEXT) {
  const lines = verifyGithub(result, context).trimEnd().split('\n');
  const commands = lines.map(workflowCommand).filter((one) => one !== undefined);
  return { commands, log: lines.filter((line) => workflowCommand(line) === undefined) };
}

it('has everything', () => {
  expectGolden('verify/github.txt', verifyGithub(RESULT, CONTEXT));
});

it('of nothing is a line without a command', () => {
  expect(verifyGithub(CLEAN, CONTEXT)).toBe('mcpk verify: 2 passed (demo: namespace mcp, context kind-dev)\n');
});

it('points at the line of the server', () => {
  const { commands } = read(RESULT);
  expect(commands.map(({ name, properties: { file, line, title } }) => [name, title, file, line])).toEqual([
    ['error', 'mcp.server.initialize[fetch]', 'my app, 50%#1:a.yaml', '9'],
    ['error', 'mcp.gateway.tools[time]', 'mcpk.yaml', '12'],
    ['warning', 'dns.resolve[fetch]', 'mcpk.yaml', '9'],
    ['warning', 'perf.init', 'mcpk.yaml', '1'],
  ]);
  const nested = read(RESULT, { ...CONTEXT, folder: 'deploy/prod' });
  expect(nested.commands[1]?.properties['file']).toBe('deploy/prod/mcpk.yaml');
});

it('what goes into a command comes out of it', () => {
  const [message, cause, fix] = read(RESULT).commands[0]?.data.split('\n') ?? [];
  const nasty =
    'a "b" \'c\' <d> & ]]> 100%0A, x:y; ::error::no ##[error]no | `e` *f* [g](h) {0} \\ # é 漢 😀 \\u001b[31m';
  expect(message?.startsWith(nasty)).toBe(true);
  expect(cause?.startsWith(nasty)).toBe(true);
  expect(fix?.startsWith(`fix: ${nasty}`)).toBe(true);
});

it('a server has one annotation, whatever fails of it, and says what waits for it', () => {
  const second = RESULT.checks.map((check) =>
    check.id === 'dns.resolve' ? { ...check, status: 'fail' as const } : check,
  );
  const { commands } = read(resultOf(second));
  const ofFetch = commands.filter(({ properties }) => properties['title']?.includes('[fetch]'));
  expect(ofFetch).toHaveLength(1);
  expect(ofFetch[0]?.data).toContain('also mcp.server.initialize[fetch]: a "b"');
  expect(read(RESULT).commands[0]?.data).toContain('1 more could not be tried because of it');
});

it('a suppressed failure is no annotation', () => {
  expect(verifyGithub(RESULT, CONTEXT)).not.toContain('perf.connect');
});

it('fifty broken servers fit the limit, and the log has the rest', () => {
  const [, , , , , broken] = RESULT.checks;
  if (!broken) throw new Error('the fixture has changed');
  const many = resultOf(Array.from({ length: 50 }, (_, i) => ({ ...broken, server: `s${i}`, message: '##[x]' })));
  const { commands, log } = read(many);
  expect(commands.filter(({ name }) => name === 'error')).toHaveLength(10);
  expect(log).toHaveLength(42);
  expect(log.join('\n')).not.toContain('##[');
});
