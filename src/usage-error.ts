import { didYouMean } from './core/did-you-mean.ts';
import { BugError, McpkError, UsageError } from './errors.ts';

/** What oclif throws for a command line that it cannot take. */
interface OclifError extends Error {
  oclif?: { exit?: number };
}

/**
 * Turns anything that was thrown into an error of ours.
 * @param known command ids and flag names, for suggestions
 */
export function toMcpkError(error: unknown, known: { commands: string[]; flags: string[] }): McpkError {
  if (error instanceof McpkError) return error;
  if (!isOclifError(error)) return new BugError(error);
  const message = (error.message.split('\n')[0] ?? '').replace(/\.?$/, '');
  const command = /^[Cc]ommand (\S+) not found/.exec(message)?.[1];
  if (command !== undefined) return unknownCommand(command.replaceAll(':', ' '), known.commands);
  const flag = /^Nonexistent flags?: --?(\S+)/.exec(message)?.[1];
  if (flag !== undefined) {
    const near = didYouMean(flag.replace(/,$/, ''), known.flags).map((name) => `--${name}`);
    return new UsageError('usage.unknown-flag', `there is no flag --${flag.replace(/,$/, '')}`, {
      suggestions: [...near, 'mcpk COMMAND --help lists the flags'],
    });
  }
  return new UsageError('usage.invalid', error.message.replace(/\nSee more help with --help$/, ''), {
    suggestions: ['mcpk COMMAND --help'],
  });
}

function unknownCommand(command: string, commands: string[]): UsageError {
  const near = didYouMean(command, commands).map((id) => `mcpk ${id}`);
  return new UsageError('usage.unknown-command', `there is no command "${command}"`, {
    suggestions: near.length > 0 ? near : ['mcpk --help lists the commands'],
  });
}

function isOclifError(error: unknown): error is OclifError {
  return error instanceof Error && (error as OclifError).oclif !== undefined;
}
