import { Command } from '@oclif/core/command';
import * as Flags from '@oclif/core/flags';
import type { ChalkInstance } from 'chalk';
import { parseDuration } from './core/deploy/duration.ts';
import { EXIT, type ExitCode, InterruptedError, UsageError } from './errors.ts';

/** What a command hands back to be printed. */
export interface Finished<Result> {
  result: Result;
  /** For people, on stdout. Built only when it is wanted. */
  text: (style: ChalkInstance) => string;
  exitCode?: ExitCode;
  /** What goes on after the result is printed, for a command that runs until it is interrupted. */
  goesOn?: () => Promise<void>;
}

/**
 * The frame of every command: the JSON envelope, exit codes, warnings and interruption stand here and nowhere else.
 * Exit codes are set, never enforced by ending the process: output that is still being written would be lost.
 */
export abstract class BaseCommand<Result> extends Command {
  static override baseFlags = {
    json: Flags.boolean({ description: 'Print one JSON document on stdout.', helpGroup: 'GLOBAL' }),
  };

  readonly #warnings: string[] = [];
  #json = false;

  /** Does the work. Errors are thrown: src/cli.ts prints them in the asked form. */
  protected abstract execute(): Promise<Finished<Result>>;

  override async run(): Promise<void> {
    this.#json = this.argv.slice(0, endOfFlags(this.argv)).includes('--json');
    const { result, text, exitCode = EXIT.ok, goesOn } = await this.execute();
    process.exitCode = exitCode;
    if (this.#json) {
      const { successEnvelope } = await import('./output/envelope.ts');
      process.stdout.write(successEnvelope(this.commandName, exitCode, result, this.#warnings));
    } else {
      const { styleFor } = await import('./output/style.ts');
      process.stdout.write(text(styleFor('stdout', process.env)));
    }
    await goesOn?.();
  }

  /** A remark that is no error: on stderr for people, in the envelope with --json. */
  protected remark(message: string): void {
    this.#warnings.push(message);
    if (!this.#json) process.stderr.write(`Warning: ${message}\n`);
  }

  /** True when nothing but the JSON document may be printed. */
  protected get quiet(): boolean {
    return this.#json;
  }

  /** What stands before `--` is ours, what comes after it is a command line of the user's. */
  protected splitCommand(): { own: string[]; command: string[] } {
    const end = endOfFlags(this.argv);
    return { own: this.argv.slice(0, end), command: this.argv.slice(end + 1) };
  }

  protected get commandName(): string {
    return (this.id ?? '').replaceAll(':', ' ');
  }

  /**
   * Runs work that Ctrl-C (or SIGTERM) may interrupt: the first signal aborts it so that it can say what it has done,
   * a second one ends the process at once.
   */
  protected async interruptible<T>(work: (signal: AbortSignal) => Promise<T>): Promise<T> {
    const controller = new AbortController();
    const onSignal = () => {
      if (controller.signal.aborted) process.exit(EXIT.interrupted);
      controller.abort(new InterruptedError());
    };
    process.on('SIGINT', onSignal).on('SIGTERM', onSignal);
    try {
      return await work(controller.signal);
    } finally {
      process.off('SIGINT', onSignal).off('SIGTERM', onSignal);
    }
  }
}

function endOfFlags(argv: readonly string[]): number {
  const end = argv.indexOf('--');
  return end < 0 ? argv.length : end;
}

/** The config file, for every command that reads one. */
export const configFlag = {
  config: Flags.string({
    char: 'c',
    description: 'Path of the config file (default: mcpk.yaml in this folder).',
    env: 'MCPK_CONFIG',
    helpValue: 'FILE',
  }),
};

/** Which cluster, for every command that talks to one. */
export const clusterFlags = {
  context: Flags.string({
    description: 'Context of the kubeconfig (default: its current one).',
    env: 'MCPK_CONTEXT',
    helpValue: 'NAME',
  }),
  kubeconfig: Flags.string({
    description: 'Path of the kubeconfig (default: $KUBECONFIG, then ~/.kube/config).',
    helpValue: 'FILE',
  }),
};

/** Milliseconds, written as Go and kubectl write them: `90s`, `2m`, and 0. */
export const durationFlag = Flags.custom<number>({
  helpValue: 'DURATION',
  parse: async (text, _context, { name }) => {
    const ms = /^0[a-z]*$/.test(text) ? 0 : parseDuration(text);
    if (ms !== undefined) return ms;
    throw new UsageError('usage.invalid', `--${name} ${text} is no duration`, {
      suggestions: [`--${name} 90s`, `--${name} 2m`, `--${name} 0`],
    });
  },
});

/** Where images come from, for every command that reads them. */
export const imageFlags = {
  platform: Flags.string({
    description: 'Platform of the nodes.',
    default: 'linux/amd64',
    helpValue: 'OS/ARCH',
  }),
  mirror: Flags.string({
    description: 'Ask this URL before the registry (also MCPK_MIRRORS). Repeatable.',
    helpValue: 'HOST=URL',
    multiple: true,
    multipleNonGreedy: true,
  }),
  'plain-http': Flags.string({
    description: 'Ask this registry without TLS (also MCPK_PLAIN_HTTP). Repeatable.',
    helpValue: 'HOST',
    multiple: true,
    multipleNonGreedy: true,
  }),
  offline: Flags.boolean({ description: 'Ask no registry: only what is in the cache (also MCPK_OFFLINE=1).' }),
  refresh: Flags.boolean({
    description: 'Ask what a tag means now, however recent the last answer is.',
    exclusive: ['offline'],
  }),
};

/** As whom an image's command is to run. */
export const identityFlags = {
  uid: Flags.integer({
    description: 'User (default: the image’s own, if that is not root; else 1000).',
    helpValue: 'N',
    min: 0,
    max: 2147483647,
  }),
  gid: Flags.integer({ description: 'Group (default: the user’s).', helpValue: 'N', min: 0, max: 2147483647 }),
};

/** What those flags say, for an action. */
export function registryFlags(flags: {
  mirror?: string[] | undefined;
  'plain-http'?: string[] | undefined;
  offline: boolean;
  refresh: boolean;
}) {
  return { mirrors: flags.mirror, plainHttp: flags['plain-http'], offline: flags.offline, refresh: flags.refresh };
}
