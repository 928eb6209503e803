import * as Flags from '@oclif/core/flags';
import { BaseCommand, clusterFlags, configFlag, durationFlag } from '../base-command.ts';
import type { CheckListResult, VerifyResult } from '../contract.ts';

export default class Verify extends BaseCommand<VerifyResult | CheckListResult> {
  static override summary = 'Proves that every server and the gateway answer, and says why where one does not.';
  static override description = [
    'Speaks MCP to every server directly and through the gateway, and checks pods, security, names and logs on the way.',
    'Exit codes: 0 all checks passed, 1 some failed, 3 none failed but some could not be run.',
  ].join('\n');
  static override examples = [
    '<%= config.bin %> verify',
    '<%= config.bin %> verify --target local',
    '<%= config.bin %> verify --only fetch --wait 2m',
    '<%= config.bin %> verify --skip dns.resolve --json | jq .result.broken',
  ];
  static override flags = {
    ...configFlag,
    ...clusterFlags,
    target: Flags.option({
      description: 'What is looked at: the cluster, or what mcpk up runs on this machine.',
      options: ['cluster', 'local'] as const,
      default: 'cluster' as const,
    })(),
    only: Flags.string({
      description: 'Check, category or server to look at, with what it needs.',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'WORD',
    }),
    skip: Flags.string({
      description: 'Check, category or server to leave out.',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'WORD',
    }),
    list: Flags.boolean({ description: 'Print the checks and stop.' }),
    wait: durationFlag({
      description: 'How long checks that fail are tried again (default 30s).',
      default: async () => 30_000,
    }),
  };

  protected async execute() {
    const { flags } = await this.parse(Verify);
    const { listChecks, verify } = await import('../actions/verify.ts');
    const { checkListText, progressLine, verifyText } = await import('../output/verify.ts');
    if (flags.list) {
      const checks = listChecks(flags.target).map(({ id, category, title, severity, scope, needs, retry }) => ({
        id,
        category,
        title,
        severity,
        scope,
        needs,
        retry,
      }));
      return { result: { checks }, text: () => checkListText(checks) };
    }
    const progress = progressLine(process.stderr, process.env, this.quiet);
    const { target, kubeconfig, context, config, only = [], skip = [] } = flags;
    const where = { cwd: process.cwd(), env: process.env, version: this.config.version, config };
    const cluster = { target, kubeconfig, context };
    const { result, exitCode } = await this.interruptible((signal) =>
      verify({ ...where, ...cluster, only, skip, waitMs: flags.wait, signal, onProgress: progress.update }),
    ).finally(progress.clear);
    return { result, exitCode, text: verifyText(result, { unicode: progress.unicode }) };
  }
}
