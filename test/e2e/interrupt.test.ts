import { spawn } from 'node:child_process';
import { expect, it } from 'vitest';
import { BIN, temporaryFolder } from '../helpers/cli.ts';
import { cluster, kubeconfig, mcpkOnCluster, restrictedNamespace } from '../helpers/cluster.ts';

it('Ctrl-C during deploy ends with 130, says what was applied, and deploy resumes', async () => {
  const kube = await cluster();
  const namespace = await restrictedNamespace(kube, 'e2e-interrupt');
  const cwd = temporaryFolder();
  expect(
    (await mcpkOnCluster(['init', '--name', 'demo', '--namespace', namespace, '--server', 'duckduckgo'], cwd)).code,
  ).toBe(0);

  const child = spawn(process.execPath, [BIN, 'deploy'], { cwd, env: { ...process.env, KUBECONFIG: kubeconfig() } });
  let stderr = '';
  child.stderr.setEncoding('utf8');
  child.stderr.on('data', (text: string) => {
    const before = stderr;
    stderr += text;
    // In the middle: the servers' objects are applied, the gateway's Deployment is not.
    if (
      !before.includes('Deployment mcp-server-duckduckgo created') &&
      stderr.includes('Deployment mcp-server-duckduckgo created')
    ) {
      child.kill('SIGINT');
    }
  });
  expect(await new Promise((resolve) => child.on('close', resolve))).toBe(130);
  expect(stderr).toContain('interrupted');
  expect(stderr).toContain('Deployment mcp-server-duckduckgo');
  expect(stderr).toMatch(/mcpk deploy resumes/);

  const { code, stdout, stderr: said } = await mcpkOnCluster(['deploy'], cwd);
  expect([code, code === 0 ? '' : stdout + said]).toEqual([0, '']);
  expect((await mcpkOnCluster(['delete', '--yes'], cwd)).code).toBe(0);
});
