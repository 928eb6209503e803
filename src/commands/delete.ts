import { createInterface } from 'node:readline/promises';
import * as Flags from '@oclif/core/flags';
import type { ChalkInstance } from 'chalk';
import type { DeletePlan } from '../actions/delete.ts';
import { BaseCommand, clusterFlags, configFlag } from '../base-command.ts';
import type { DeleteResult } from '../contract.ts';
import { parseDuration } from '../core/deploy/duration.ts';
import { UsageError } from '../errors.ts';

export default class Delete extends BaseCommand<DeleteResult> {
  static override summary = 'Takes the app off the cluster.';
  static override description =
    'Deletes what mcpk made for this app, and its namespace if nothing else is in it. Volumes stay unless --delete-volumes is given.';
  static override examples = ['<%= config.bin %> delete', '<%= config.bin %> delete --yes --delete-volumes'];
  static override flags = {
    ...configFlag,
    ...clusterFlags,
    yes: Flags.boolean({ char: 'y', description: 'Do not ask.' }),
    'delete-volumes': Flags.boolean({ description: 'Delete the servers’ data too.' }),
    timeout: Flags.string({
      description: 'How long to wait until everything is gone, e.g. 90s or 5m.',
      default: '5m',
      helpValue: 'TIME',
    }),
  };

  protected async execute() {
    const { flags } = await this.parse(Delete);
    const timeoutMs = parseDuration(flags.timeout);
    if (timeoutMs === undefined) {
      throw new UsageError('usage.invalid', `--timeout ${flags.timeout} is no duration`, {
        suggestions: ['--timeout 90s', '--timeout 5m'],
      });
    }
    if (!flags.yes && (this.quiet || !process.stdin.isTTY || !process.stderr.isTTY)) {
      throw new UsageError('delete.not-confirmed', 'nobody can be asked here whether to delete the app', {
        suggestions: ['mcpk delete --yes'],
      });
    }
    const [{ deleteApp }, { deleteText, deletingLine }] = await Promise.all([
      import('../actions/delete.ts'),
      import('../output/deploy.ts'),
    ]);
    const result = await this.interruptible((signal) =>
      deleteApp({
        cwd: process.cwd(),
        config: flags.config,
        version: this.config.version,
        kubeconfig: flags.kubeconfig,
        context: flags.context,
        env: process.env,
        signal,
        timeoutMs,
        deleteVolumes: flags['delete-volumes'],
        confirm: async (plan) => flags.yes || (await ask(plan, signal)),
        onEvent: (event) => this.quiet || process.stderr.write(deletingLine(event)),
      }),
    );
    return { result, text: (style: ChalkInstance) => deleteText(result, style) };
  }
}

async function ask({ app, namespace, context, server, objects }: DeletePlan, signal: AbortSignal): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr });
  const list = objects.map(({ kind, name }) => `  ${kind} ${name}\n`).join('');
  try {
    process.stderr.write(`${list}from namespace ${namespace} of ${context} (${server})\n`);
    // While it reads a line, readline swallows Ctrl-C; and at the end of input it leaves the question open for ever.
    terminal.on('SIGINT', () => process.kill(process.pid, 'SIGINT'));
    const ended = new Promise<string>((resolve) => terminal.once('close', () => resolve('')));
    const answer = await Promise.race([
      terminal.question(`Delete ${app}, ${objects.length} objects? [y/N] `, { signal }),
      ended,
    ]);
    return /^y(es)?$/i.test(answer);
  } finally {
    terminal.close();
  }
}
