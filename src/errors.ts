/**
 * The errors that a user sees. Each class says whose move it is next, and that decides the exit code.
 * Anything else that is thrown is a bug of ours (EXIT.bug).
 */
import type { Problem } from './core/problem.ts';

/** Exit codes of every command, whatever its output format. */
export const EXIT = {
  ok: 0,
  failed: 1,
  usage: 2,
  environment: 3,
  timeout: 4,
  bug: 70,
  interrupted: 130,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export interface ErrorDetails {
  /** What to do next, one step an entry. */
  suggestions?: string[];
  problems?: Problem[];
  cause?: unknown;
}

export abstract class McpkError extends Error {
  abstract readonly exitCode: ExitCode;
  /** Stable id, also the page name of `mcpk explain`. */
  readonly code: string;
  readonly suggestions: string[];
  readonly problems: Problem[];

  constructor(code: string, message: string, details: ErrorDetails = {}) {
    super(message, { cause: details.cause });
    this.code = code;
    this.suggestions = details.suggestions ?? [];
    this.problems = details.problems ?? [];
  }
}

/** The user's input is wrong: flags, arguments or mcpk.yaml. */
export class UsageError extends McpkError {
  readonly exitCode = EXIT.usage;
}

/** The cluster, a registry or the machine did not let us find out. */
export class EnvironmentError extends McpkError {
  readonly exitCode = EXIT.environment;
}

/** The thing that was asked for was tried and failed. */
export class FailedError extends McpkError {
  readonly exitCode = EXIT.failed;
}

/** The deadline passed while progress was still possible. */
export class TimeoutError extends McpkError {
  readonly exitCode = EXIT.timeout;
}

export class InterruptedError extends McpkError {
  readonly exitCode = EXIT.interrupted;
  constructor(message = 'interrupted', details: ErrorDetails = {}) {
    super('interrupted', message, details);
  }
}

/** Something that cannot happen did: a fault of mcpk itself. */
export class BugError extends McpkError {
  readonly exitCode = EXIT.bug;
  constructor(cause: unknown) {
    const message = cause instanceof Error ? cause.message : String(cause);
    super('internal.bug', `mcpk has a bug: ${message}`, {
      suggestions: ['report it with the command line and the text below: https://github.com/mcpk/mcpk/issues'],
      cause,
    });
    if (cause instanceof Error && cause.stack) this.stack = cause.stack;
  }
}
