import * as Flags from '@oclif/core/flags';
import { BaseCommand, configFlag, imageFlags, registryFlags } from '../base-command.ts';
import type { LintResult } from '../contract.ts';

const FORMAT_WORDS = ['text', 'json', 'sarif', 'junit', 'tap', 'github'] as const;

export default class Lint extends BaseCommand<LintResult> {
  static override summary = 'Finds what is wrong in the config, and in manifests of anybody, before they are applied.';
  static override description = [
    'PATH is a file, a folder, a pattern or - for standard input; without one the config of this folder is looked at, with every object that it renders to. Nothing is asked of a cluster, and of registries only with --images.',
    'Exit codes: 0 nothing at or above --fail-on, 1 findings, 2 the config is invalid or a path names nothing, 3 something could not be checked.',
  ].join('\n');
  static override usage = '<%= command.id %> [PATH...] [FLAGS]';
  static override strict = false;
  static override examples = [
    '<%= config.bin %> lint',
    '<%= config.bin %> lint k8s/ --fix --diff',
    'helm template . | <%= config.bin %> lint - --fail-on warning',
    '<%= config.bin %> lint --output sarif=lint.sarif --output junit=lint.xml',
  ];
  static override flags = {
    ...configFlag,
    format: Flags.option({
      description: 'What is printed (default: text; on GitHub Actions text and annotations).',
      options: FORMAT_WORDS,
    })(),
    output: Flags.string({
      char: 'o',
      description: 'Also write a report of that format into a file. Repeatable.',
      helpValue: 'FORMAT=FILE',
      multiple: true,
      multipleNonGreedy: true,
    }),
    'fail-on': Flags.option({
      description: 'The mildest finding that fails.',
      options: ['error', 'warning', 'info'] as const,
      default: 'error' as const,
    })(),
    only: Flags.string({
      description: 'Rule or family of rules to look for. Repeatable.',
      helpValue: 'RULE',
      multiple: true,
      multipleNonGreedy: true,
    }),
    skip: Flags.string({
      description: 'Rule or family of rules to leave out. Repeatable.',
      helpValue: 'RULE',
      multiple: true,
      multipleNonGreedy: true,
    }),
    'pod-security': Flags.string({
      description: 'Pod Security that the pods must pass: LEVEL[:VERSION].',
      default: 'restricted:latest',
      helpValue: 'LEVEL',
    }),
    fix: Flags.boolean({ description: 'Mend what can be mended, in place; comments and order stay.', default: false }),
    diff: Flags.boolean({ description: 'Show what --fix changes; without --fix nothing is written.' }),
    ignores: Flags.boolean({
      description: 'Honour ignores in comments and in the config.',
      allowNo: true,
      default: true,
    }),
    baseline: Flags.string({ description: 'Do not tell what stands in this file.', helpValue: 'FILE' }),
    'write-baseline': Flags.string({
      description: 'Write what is found into this file, to be told only of what is new from now on.',
      helpValue: 'FILE',
    }),
    'allow-unchecked': Flags.boolean({ description: 'Exit with 0 though something could not be checked.' }),
    images: Flags.boolean({
      description: 'Also ask registries for images that the cache does not have.',
      helpGroup: 'IMAGES',
    }),
    ...imageFlags,
  };

  protected async execute() {
    const { flags, argv } = await this.parse(Lint);
    const { lint, podSecurityPolicy, today } = await import('../actions/lint.ts');
    const { reportsOf } = await import('../output/lint/reports.ts');
    const { addToStepSummary, pathInRepository, reportTarget, writeReport } = await import('../actions/reports.ts');
    const cwd = process.cwd();
    const targets = (flags.output ?? []).map((text) => reportTarget(text, FORMAT_WORDS));
    const outcome = await this.interruptible((signal) =>
      lint({
        ...{ cwd, version: this.config.version, paths: argv as string[], config: flags.config },
        ...{ selection: { only: flags.only ?? [], skip: flags.skip ?? [] }, failOn: flags['fail-on'] },
        ...{ podSecurity: podSecurityPolicy(flags['pod-security']), today: today() },
        ...{ honourIgnores: flags.ignores, baseline: flags.baseline, writeBaseline: flags['write-baseline'] },
        ...{ fix: flags.fix, diff: flags.diff, allowUnchecked: flags['allow-unchecked'] },
        images: { ...registryFlags(flags), env: process.env, signal, platform: flags.platform, ask: flags.images },
      }),
    );
    for (const warning of outcome.remarks) this.remark(warning);
    const reports = await reportsOf(outcome, {
      ...{ version: this.config.version, failOn: flags['fail-on'], warnings: outcome.remarks },
      ...{ env: process.env, folder: await pathInRepository(cwd), columns: process.stdout.columns },
      ...{ format: flags.format, also: targets.map(({ format }) => format) },
    });
    for (const { format, file } of targets) await writeReport(cwd, file, reports.file(format));
    if (reports.stepSummary) await addToStepSummary(reports.stepSummary.file, reports.stepSummary.text);
    return { result: outcome.result, exitCode: outcome.exitCode, text: reports.printed };
  }
}
