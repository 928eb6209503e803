import * as Flags from '@oclif/core/flags';
import type { ChalkInstance } from 'chalk';
import type { UpEvent } from '../actions/up.ts';
import { BaseCommand, configFlag, durationFlag } from '../base-command.ts';
import type { UpResult } from '../contract.ts';

export default class Up extends BaseCommand<UpResult> {
  static override summary = 'Runs the app on this machine, without a cluster.';
  static override description = [
    'Starts the gateway and the servers, each from its npm or PyPI package or its `local.command`, and shows how they do.',
    'A change of the config takes effect at once. Ctrl-C ends everything (exit code 0; 130 if nothing ran yet).',
    'A secret is taken from the environment variable of the same name.',
  ].join('\n');
  static override examples = [
    '<%= config.bin %> up',
    '<%= config.bin %> up --detach && <%= config.bin %> verify --target local; <%= config.bin %> down',
  ];
  static override flags = {
    ...configFlag,
    port: Flags.integer({
      char: 'p',
      description: 'Port on 127.0.0.1; 0 takes a free one.',
      default: 8811,
      min: 0,
      max: 65535,
    }),
    detach: Flags.boolean({ char: 'd', description: 'Return when the servers are ready or have failed; it runs on.' }),
    wait: durationFlag({
      description: 'With --detach: how long it may take.',
      default: async () => 120_000,
      defaultHelp: async () => '2m',
    }),
  };

  protected async execute() {
    const { flags } = await this.parse(Up);
    const [{ up }, { upDetached }, { upProgress, upText }, { styleFor }] = await Promise.all([
      import('../actions/up.ts'),
      import('../actions/up-detached.ts'),
      import('../output/up.ts'),
      import('../output/style.ts'),
    ]);
    const progress = this.quiet ? undefined : upProgress(process.stderr, styleFor('stderr', process.env));
    const where = { cwd: process.cwd(), config: flags.config, env: process.env, pid: process.pid };
    const own = { version: this.config.version, root: this.config.root, port: flags.port };
    const onEvent = (event: UpEvent) => progress?.onEvent(event);
    try {
      return await this.interruptible(async (signal) => {
        const options = { ...where, ...own, signal, onEvent };
        const done = flags.detach
          ? await upDetached({ ...options, waitMs: flags.wait })
          : { result: await up(options), exitCode: 0 as const };
        return { ...done, text: (style: ChalkInstance) => upText(done.result, style) };
      });
    } finally {
      progress?.stop();
    }
  }
}
