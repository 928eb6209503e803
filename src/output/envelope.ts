import { EXIT, type ExitCode, type McpkError } from '../errors.ts';

const SCHEMA_VERSION = 1;

export interface EnvelopeError {
  code: string;
  message: string;
  suggestions: string[];
  docs: string;
  problems?: unknown[];
}

/** The one JSON document that a command prints with --json. */
export function successEnvelope(command: string, exitCode: ExitCode, result: unknown, warnings: string[]): string {
  return document({ schemaVersion: SCHEMA_VERSION, ok: exitCode === EXIT.ok, command, result, warnings });
}

export function errorEnvelope(command: string, error: McpkError, warnings: string[]): string {
  const body: EnvelopeError = {
    code: error.code,
    message: error.message,
    suggestions: error.suggestions,
    docs: `mcpk explain ${error.code}`,
    ...(error.problems.length > 0 && { problems: error.problems }),
  };
  return document({ schemaVersion: SCHEMA_VERSION, ok: false, command, warnings, error: body });
}

function document(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
