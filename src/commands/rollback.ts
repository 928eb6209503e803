import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { ChalkInstance } from 'chalk';
import { BaseCommand, clusterFlags, configFlag, durationFlag } from '../base-command.ts';
import type { RollbackResult } from '../contract.ts';
import { UsageError } from '../errors.ts';

const revisionArg = Args.custom<number>({
  parse: async (text) => {
    if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
    throw new UsageError('usage.invalid', `"${text}" is no number of a revision`, {
      suggestions: ['mcpk history lists them'],
    });
  },
});

export default class Rollback extends BaseCommand<RollbackResult> {
  static override summary = 'Brings back a former revision of the app, and waits until it runs.';
  static override description = [
    'Applies what that deploy applied and takes away what has come since; this is a new revision.',
    'Values of Secrets and volumes stay as they are, and so does mcpk.yaml. Exit codes are those of deploy.',
  ].join('\n');
  static override examples = ['<%= config.bin %> rollback', '<%= config.bin %> rollback 3'];
  static override args = {
    revision: revisionArg({
      description: 'Number as mcpk history shows it (default: the newest other one that became ready).',
    }),
  };
  static override flags = {
    ...configFlag,
    ...clusterFlags,
    timeout: durationFlag({
      description: 'How long to wait until everything runs.',
      default: async () => 300_000,
      defaultHelp: async () => '5m',
    }),
    'force-conflicts': Flags.boolean({ description: 'Take over fields that other tools have set.' }),
  };

  protected async execute() {
    const { args, flags } = await this.parse(Rollback);
    const [{ rollback }, { deployExitCode }, { rollbackText }, { deployProgress }, { styleFor }] = await Promise.all([
      import('../actions/rollback.ts'),
      import('../actions/roll-out.ts'),
      import('../output/history.ts'),
      import('../output/progress.ts'),
      import('../output/style.ts'),
    ]);
    const progress = this.quiet ? undefined : deployProgress(process.stderr, styleFor('stderr', process.env));
    const warnings = new Set<string>();
    const where = { cwd: process.cwd(), config: flags.config, version: this.config.version, env: process.env };
    const cluster = { kubeconfig: flags.kubeconfig, context: flags.context };
    try {
      const result = await this.interruptible((signal) =>
        rollback({
          ...where,
          ...cluster,
          signal,
          revision: args.revision,
          timeoutMs: flags.timeout,
          forceConflicts: flags['force-conflicts'],
          onStart: (to) => this.quiet || process.stderr.write(`Rolling back to revision ${to}\n`),
          onEvent: (event) => {
            if (event.type === 'warning') warnings.add(event.message);
            else progress?.onEvent(event);
          },
        }),
      );
      return { result, text: (style: ChalkInstance) => rollbackText(result, style), exitCode: deployExitCode(result) };
    } finally {
      progress?.stop();
      for (const warning of warnings) this.remark(warning);
    }
  }
}
