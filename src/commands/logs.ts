import * as Args from '@oclif/core/args';
import * as Flags from '@oclif/core/flags';
import type { ChalkInstance } from 'chalk';
import { BaseCommand, clusterFlags, configFlag } from '../base-command.ts';
import type { LogsResult } from '../contract.ts';
import { UsageError } from '../errors.ts';

const tailFlag = Flags.custom<number>({
  description: 'So many lines from the end of each container, or "all".',
  helpValue: 'N',
  parse: async (text) => {
    if (text === 'all') return Number.POSITIVE_INFINITY;
    if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
    throw new UsageError('usage.invalid', `--tail ${text} is no number of lines`, {
      suggestions: ['--tail 50', '--tail all'],
    });
  },
});

export default class Logs extends BaseCommand<LogsResult> {
  static override summary = 'Prints what the servers and the gateway print.';
  static override description = [
    'All containers, in the order of time, each line under its server’s name where there are several. Where there is no',
    'log, it says why. Exit codes: 0, or 1 where nothing has started. --follow ends with Ctrl-C (exit code 0).',
  ].join('\n');
  static override examples = [
    '<%= config.bin %> logs',
    '<%= config.bin %> logs fetch --follow',
    '<%= config.bin %> logs gateway --tail all',
    '<%= config.bin %> logs fetch --previous',
  ];
  static override args = {
    server: Args.string({ description: 'A server of mcpk.yaml, or "gateway" (default: all).' }),
  };
  static override flags = {
    ...configFlag,
    ...clusterFlags,
    follow: Flags.boolean({ char: 'f', description: 'Go on with what is printed from now on.' }),
    previous: Flags.boolean({
      char: 'p',
      description: 'What was printed before the last restart.',
      exclusive: ['follow'],
    }),
    tail: tailFlag({ default: async () => 100, defaultHelp: async () => '100' }),
  };

  protected async execute() {
    const { args, flags } = await this.parse(Logs);
    if (flags.follow && this.quiet) {
      throw new UsageError('usage.invalid', '--follow has no end, and --json prints one document', {
        suggestions: ['leave one of them out'],
      });
    }
    const [actions, { logLines, silentText }, { styleFor }] = await Promise.all([
      import('../actions/logs.ts'),
      import('../output/logs.ts'),
      import('../output/style.ts'),
    ]);
    const where = { cwd: process.cwd(), config: flags.config, version: this.config.version, env: process.env };
    const cluster = { kubeconfig: flags.kubeconfig, context: flags.context };
    const tail = Number.isFinite(flags.tail) ? flags.tail : undefined;
    const options = { ...where, ...cluster, server: args.server, tail };
    if (flags.follow) {
      const style = styleFor('stdout', process.env);
      const result = await this.interruptible((signal) =>
        actions.followLogs({
          ...options,
          signal,
          onLines: (lines, servers) => process.stdout.write(logLines(style, servers)(lines)),
          onSilent: (silent) => this.remark(silentText(silent)),
        }),
      );
      return { result, text: () => '' };
    }
    const result = await this.interruptible((signal) => actions.logs({ ...options, signal, previous: flags.previous }));
    for (const silent of result.silent) this.remark(silentText(silent));
    const servers = [...new Set(result.lines.map(({ server }) => server))];
    const text = (style: ChalkInstance) => logLines(style, servers)(result.lines);
    return { result, exitCode: actions.logsExitCode(result), text };
  }
}
