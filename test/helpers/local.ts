import { spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished } from 'vitest';
import { until } from '../runtime/helpers/processes.ts';
import { BIN, type CliResult, mcpk, temporaryFolder } from './cli.ts';
import { expectContract } from './contract.ts';

const NODE = process.execPath;

/** An MCP server with four tools. */
export const FIXTURE = fileURLToPath(new URL('../runtime/fixtures/stdio-server.mjs', import.meta.url));

/** In an entry of mcpk.yaml: that server. */
export const ours = `local: { command: [${NODE}, ${FIXTURE}] }`;

/** An app of its own on this machine, gone after the test. */
export class Local {
  readonly cwd = temporaryFolder();
  readonly home = temporaryFolder();
  readonly env: Record<string, string>;

  constructor(servers: string, env: Record<string, string> = {}) {
    this.env = { HOME: this.home, ...env };
    this.write(servers);
    onTestFinished(async () => {
      await this.run('down');
      expect(this.processes()).toEqual([]);
    });
  }

  write(servers: string): void {
    writeFileSync(join(this.cwd, 'mcpk.yaml'), `apiVersion: mcpk/v1\nname: demo\nservers: ${servers}\n`);
  }

  run(...args: string[]): Promise<CliResult> {
    return mcpk(args, { cwd: this.cwd, env: this.env });
  }

  up(...args: string[]): Promise<CliResult> {
    return this.run('up', '--detach', '--port', '0', ...args);
  }

  async verify(...args: string[]) {
    const { code, stdout } = await this.run('verify', '--target', 'local', '--wait', '0', '--json', ...args);
    expectContract('verify', stdout);
    const { result } = JSON.parse(stdout);
    const checks = new Map<string, { status: string; message: string; cause?: string; remedies?: string[] }>(
      result.checks.map((check: { id: string; server?: string }) => [
        check.server === undefined ? check.id : `${check.id}[${check.server}]`,
        check,
      ]),
    );
    const failed = [...checks].filter(([, { status }]) => status === 'fail').map(([key]) => key);
    return { code, result, checks, failed };
  }

  get folder(): string {
    const state = join(this.home, '.local/state/mcpk');
    return join(state, readdirSync(state)[0] ?? '');
  }

  state(): { up: { pid: number }; gateway: { pid: number }; url: string } {
    return JSON.parse(readFileSync(join(this.folder, 'state.json'), 'utf8'));
  }

  /** Every process of this app: they all have its home in their environment. */
  processes(): { pid: number; args: string; env: string[] }[] {
    return readdirSync('/proc').flatMap((entry) => {
      try {
        const env = readFileSync(`/proc/${entry}/environ`, 'utf8').split('\0');
        if (!env.includes(`HOME=${this.home}`)) return [];
        const args = readFileSync(`/proc/${entry}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
        return [{ pid: Number(entry), args, env }];
      } catch {
        return [];
      }
    });
  }

  /** `mcpk up` in the foreground. */
  foreground(...args: string[]) {
    const child = spawn(NODE, [BIN, 'up', '--port', '0', ...args], {
      cwd: this.cwd,
      env: { PATH: process.env['PATH'], ...this.env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let text = '';
    child.stderr.on('data', (chunk) => {
      text += chunk;
    });
    child.stdout.resume();
    const code = new Promise<number | null>((resolve) => child.once('close', resolve));
    return { child, code, said: (words: string) => until(words, () => text.includes(words)), text: () => text };
  }
}
