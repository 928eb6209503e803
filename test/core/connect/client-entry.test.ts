import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { CLIENTS, clientDocument, needsLiteral } from '../../../src/core/connect/client-entry.ts';
import { clientSteps } from '../../../src/core/connect/client-steps.ts';
import { documentText } from '../../../src/core/connect/merge-entry.ts';
import { headersCommand, tokenCommand } from '../../../src/core/connect/token-command.ts';
import { expectGolden } from '../../helpers/golden.ts';

const TOKEN = { context: 'kind-dev', namespace: 'mcp', secret: 'mcp-gateway-token' };
const FACTS = { app: 'demo', url: 'http://127.0.0.1:8811/mcp', token: TOKEN };

describe('an entry', () => {
  it.each(CLIENTS)('for %s is in that client’s format, and leaves little to do', (client) => {
    const steps = (written: boolean) =>
      clientSteps(client, TOKEN, { written, platform: 'linux' }).map(
        (step) => `// ${written ? 'written' : 'printed'}: ${step}\n`,
      );
    const text = documentText(clientDocument(client, FACTS));
    expectGolden(`connect/${client}.jsonc`, [text, ...steps(false), ...steps(true)].join(''));
  });

  it('holds the token only for a client that reads no reference', () => {
    const holders = CLIENTS.filter((client) =>
      documentText(clientDocument(client, FACTS, 's3cret')).includes('s3cret'),
    );
    expect(holders).toEqual(['claude']);
    expect(CLIENTS.filter(needsLiteral)).toEqual(holders);
  });

  it('for Claude Desktop keeps the token out of the argument list', () => {
    const { mcpServers } = clientDocument('claude', FACTS, 's3cret') as { mcpServers: { demo: { args: string[] } } };
    expect(mcpServers.demo.args.join(' ')).not.toContain('s3cret');
    expect(mcpServers.demo.args.filter((arg) => arg.includes(' '))).toEqual([]);
  });
});

describe('the commands for the token', () => {
  /** What a shell hands to kubectl, and as which KUBECONFIG. */
  function run(command: string): string[] {
    const script = `kubectl() { printf '%s\\n' "\${KUBECONFIG:-default}" "$@"; }\n${command}`;
    return spawnSync('sh', ['-c', script], { encoding: 'utf8', env: {} }).stdout.trimEnd().split('\n');
  }

  it.each([
    ['kind-dev', undefined],
    ['arn:aws:eks:eu-west-1:111122223333:cluster/dev', '/home/me/.kube/dev:/etc/kube/config'],
    ["it's $HOME; `id`", '/tmp/with blank/$(id)'],
  ])('reach kubectl word by word, with context %s', (context, kubeconfig) => {
    const place = { ...TOKEN, context, kubeconfig };
    const words = [
      kubeconfig ?? 'default',
      '--context',
      context,
      '-n',
      'mcp',
      'get',
      'secret',
      'mcp-gateway-token',
      '-o',
    ];
    expect(run(tokenCommand(place))).toEqual([...words, 'go-template={{.data.token|base64decode}}']);
    const headers = '{"Authorization":"Bearer {{.data.token|base64decode}}"}';
    expect(run(headersCommand(place))).toEqual([...words, `go-template=${headers}`]);
  });
});
