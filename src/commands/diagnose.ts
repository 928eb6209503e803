import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { ChalkInstance } from 'chalk';
import { BaseCommand, clusterFlags, configFlag } from '../base-command.ts';
import type { DiagnoseResult } from '../contract.ts';

export default class Diagnose extends BaseCommand<DiagnoseResult> {
  static override summary = 'Says what is wrong with a server, what to do, and what was seen.';
  static override description = [
    'State, conditions, events and logs of its pods, with the cause that they tell. What looks like a secret is masked.',
    'Exit codes: 0 everything is ready, 1 something has failed or is not there, 4 something is still on its way.',
  ].join('\n');
  static override examples = [
    '<%= config.bin %> diagnose',
    '<%= config.bin %> diagnose fetch',
    '<%= config.bin %> diagnose --bundle out',
  ];
  static override args = {
    server: Args.string({ description: 'A server of mcpk.yaml, or "gateway" (default: all).' }),
  };
  static override flags = {
    ...configFlag,
    ...clusterFlags,
    bundle: Flags.string({
      description: 'Also write manifests, logs, events and states into this folder, without a secret’s value.',
      helpValue: 'DIR',
    }),
  };

  protected async execute() {
    const { args, flags } = await this.parse(Diagnose);
    const [{ diagnose }, { statusExitCode }, { diagnoseText }, { plainStyle }] = await Promise.all([
      import('../actions/diagnose.ts'),
      import('../actions/status.ts'),
      import('../output/diagnose.ts'),
      import('../output/style.ts'),
    ]);
    const result = await this.interruptible((signal) =>
      diagnose({
        cwd: process.cwd(),
        config: flags.config,
        version: this.config.version,
        kubeconfig: flags.kubeconfig,
        context: flags.context,
        env: process.env,
        signal,
        server: args.server,
        bundle: flags.bundle,
        summary: (seen) => diagnoseText(seen, plainStyle()),
        onWarning: (message) => this.remark(message),
      }),
    );
    return { result, exitCode: statusExitCode(result), text: (style: ChalkInstance) => diagnoseText(result, style) };
  }
}
