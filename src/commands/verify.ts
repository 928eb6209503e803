import * as Flags from '@oclif/core/flags';
import { BaseCommand, clusterFlags, configFlag, durationFlag } from '../base-command.ts';
import type { CheckListResult, VerifyResult } from '../contract.ts';

const DEFAULT_WAIT_MS = 30_000;
const FORMAT_WORDS = ['text', 'short', 'json', 'junit', 'tap', 'github'] as const;

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
    '<%= config.bin %> verify --format short --output junit=verify.xml --fail-on warning',
    "<%= config.bin %> verify --suppress 'mcp.server.tools[github]=no key in CI'",
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
    suppress: Flags.string({
      description:
        'Accept that this check fails: ID=REASON or ID[SERVER]=REASON. It is shown as suppressed. Repeatable.',
      multiple: true,
      multipleNonGreedy: true,
      helpValue: 'ID=REASON',
    }),
    'fail-on': Flags.option({
      description: 'The mildest result that fails.',
      options: ['error', 'warning'] as const,
      default: 'error' as const,
    })(),
    list: Flags.boolean({ description: 'Print the checks and stop.' }),
    wait: durationFlag({ description: 'How long checks that fail are tried again (default 30s).' }),
    'init-budget': durationFlag({
      description: "How long the gateway's start may take before that is a warning (default 1s).",
    }),
    'connect-budget': durationFlag({
      description: 'How long it may take to connect to a server and initialize it (default: as long as it takes).',
    }),
    format: Flags.option({
      description: 'What is printed (default: text; on GitHub Actions text and annotations).',
      options: FORMAT_WORDS,
      helpGroup: 'REPORT',
    })(),
    output: Flags.string({
      char: 'o',
      description: 'Also write a report of that format into a file. Repeatable.',
      helpValue: 'FORMAT=FILE',
      multiple: true,
      multipleNonGreedy: true,
      helpGroup: 'REPORT',
    }),
    baseline: Flags.string({
      description:
        'Compare with a former run: tools that are gone, checks that passed, a start that takes twice as long.',
      helpValue: 'FILE',
      helpGroup: 'REPORT',
    }),
    'write-baseline': Flags.string({
      description: 'Write what holds now into this file, for --baseline.',
      helpValue: 'FILE',
      helpGroup: 'REPORT',
    }),
  };

  protected async execute() {
    const { flags } = await this.parse(Verify);
    const { version } = this.config;
    if (flags.list) return this.list(flags.target);
    const { verify } = await import('../actions/verify.ts');
    const { addToStepSummary, pathInRepository, reportTarget, writeReport } = await import('../actions/reports.ts');
    const { progressLine } = await import('../output/verify/progress.ts');
    const { reportsOf } = await import('../output/verify/reports.ts');
    const cwd = process.cwd();
    const targets = (flags.output ?? []).map((text) => reportTarget(text, FORMAT_WORDS));
    const progress = progressLine(process.stderr, this.quiet);
    const { target, kubeconfig, context, config, only = [], skip = [], suppress = [], baseline } = flags;
    const outcome = await this.interruptible((signal) =>
      verify({
        ...{ cwd, env: process.env, version, config, target, kubeconfig, context, only, skip, suppress, baseline },
        ...{ waitMs: flags.wait ?? DEFAULT_WAIT_MS, failOn: flags['fail-on'], writeBaseline: flags['write-baseline'] },
        budgets: { initMs: flags['init-budget'], connectMs: flags['connect-budget'] },
        ...{ signal, onProgress: progress.update },
      }),
    ).finally(progress.clear);
    for (const remark of outcome.remarks) this.remark(remark);
    const reports = await reportsOf(outcome, {
      ...{ version, failOn: flags['fail-on'], env: process.env, folder: await pathInRepository(cwd) },
      ...{ columns: process.stdout.columns, format: flags.format, also: targets.map(({ format }) => format) },
    });
    for (const { format, file } of targets) await writeReport(cwd, file, reports.file(format));
    if (reports.stepSummary) await addToStepSummary(reports.stepSummary.file, reports.stepSummary.text);
    return { result: outcome.result, exitCode: outcome.exitCode, text: reports.printed };
  }

  private async list(target: 'cluster' | 'local') {
    const { listChecks } = await import('../actions/verify.ts');
    const { checkListText } = await import('../output/verify/list.ts');
    const checks = listChecks(target).map(({ id, category, title, severity, scope, needs, retry }) => ({
      ...{ id, category, title, severity, scope, needs, retry },
    }));
    return { result: { checks }, text: () => checkListText(checks) };
  }
}
