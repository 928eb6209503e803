import * as Flags from '@oclif/core/flags';
import type { ChalkInstance } from 'chalk';
import { BaseCommand, clusterFlags, configFlag } from '../base-command.ts';
import type { DiffResult } from '../contract.ts';

export default class Diff extends BaseCommand<DiffResult> {
  static override summary = 'Shows what a deploy would change, without changing anything.';
  static override description = [
    'Asks the cluster by server-side dry runs, so that its defaults and policies are in the answer. Secrets are masked.',
    'Exit codes: 0 whether or not anything differs, 1 where a deploy would fail, and with --exit-code where anything differs.',
  ].join('\n');
  static override examples = [
    '<%= config.bin %> diff',
    '<%= config.bin %> diff --exit-code && echo nothing to do',
    '<%= config.bin %> diff --json | jq .result.summary',
  ];
  static override flags = {
    ...configFlag,
    ...clusterFlags,
    'exit-code': Flags.boolean({ description: 'End with 1 where anything differs.' }),
  };

  protected async execute() {
    const { flags } = await this.parse(Diff);
    const [{ diff, diffExitCode }, { diffText }] = await Promise.all([
      import('../actions/diff.ts'),
      import('../output/diff.ts'),
    ]);
    const warnings = new Set<string>();
    const result = await this.interruptible((signal) =>
      diff({
        cwd: process.cwd(),
        config: flags.config,
        version: this.config.version,
        kubeconfig: flags.kubeconfig,
        context: flags.context,
        env: process.env,
        signal,
        onWarning: (message) => warnings.add(message),
      }),
    );
    for (const warning of warnings) this.remark(warning);
    const exitCode = diffExitCode(result, flags['exit-code']);
    return { result, exitCode, text: (style: ChalkInstance) => diffText(result, style) };
  }
}
