import * as Flags from '@oclif/core/flags';
import type { ChalkInstance } from 'chalk';
import { BaseCommand, clusterFlags, configFlag, durationFlag } from '../base-command.ts';
import type { StatusResult } from '../contract.ts';

export default class Status extends BaseCommand<StatusResult> {
  static override summary = 'Shows how every server and the gateway do on the cluster, and why where one does not.';
  static override description = [
    'Exit codes: 0 everything is ready, 1 something has failed or is not there, 4 something is still on its way.',
    'With --wait it ends when all is ready or hopeless, or when the time is up. --watch ends with Ctrl-C (exit code 0).',
  ].join('\n');
  static override examples = [
    '<%= config.bin %> status',
    '<%= config.bin %> status --wait --timeout 2m',
    '<%= config.bin %> status --watch',
    '<%= config.bin %> status --json | jq .result.workloads',
  ];
  static override flags = {
    ...configFlag,
    ...clusterFlags,
    wait: Flags.boolean({ description: 'Wait until everything is ready, or cannot become so.', exclusive: ['watch'] }),
    timeout: durationFlag({
      description: 'With --wait: how long.',
      default: async () => 300_000,
      defaultHelp: async () => '5m',
    }),
    watch: Flags.boolean({ description: 'Look again every two seconds, until Ctrl-C.' }),
  };

  protected async execute() {
    const { flags } = await this.parse(Status);
    const [actions, { statusText, statusWatch }, { styleFor }] = await Promise.all([
      import('../actions/status.ts'),
      import('../output/status.ts'),
      import('../output/style.ts'),
    ]);
    const where = { cwd: process.cwd(), config: flags.config, version: this.config.version, env: process.env };
    const cluster = { kubeconfig: flags.kubeconfig, context: flags.context };
    if (flags.watch) {
      const show = this.quiet ? () => {} : statusWatch(process.stdout, styleFor('stdout', process.env));
      const result = await this.interruptible((signal) =>
        actions.watchStatus({ ...where, ...cluster, signal, onLook: show }),
      );
      return { result, text: () => '' };
    }
    const board = flags.wait && !this.quiet ? await this.board() : undefined;
    const onStatus: NonNullable<typeof board>['set'] = (...seen) => board?.set(...seen);
    const result = await this.interruptible((signal) =>
      flags.wait
        ? actions.awaitStatus({ ...where, ...cluster, signal, timeoutMs: flags.timeout, onStatus })
        : actions.status({ ...where, ...cluster, signal }),
    ).finally(() => board?.stop());
    return {
      result,
      exitCode: actions.statusExitCode(result),
      text: (style: ChalkInstance) => statusText(result, style),
    };
  }

  private async board() {
    const [{ statusBoard }, { styleFor }] = await Promise.all([
      import('../output/status-board.ts'),
      import('../output/style.ts'),
    ]);
    return statusBoard(process.stderr, styleFor('stderr', process.env));
  }
}
