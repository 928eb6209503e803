import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { flush } from '@oclif/core/flush';
import { run } from '@oclif/core/run';
import { settings } from '@oclif/core/settings';
import type { McpkError } from './errors.ts';

/** What stands before `--`: arguments after it belong to the server that is being described. */
function ownArguments(argv: string[]): string[] {
  const end = argv.indexOf('--');
  return end < 0 ? argv : argv.slice(0, end);
}

/**
 * Runs one command line and sets the process's exit code. oclif's own handler is not used: it ends the process, which
 * cuts piped output at 64 kB, and with --json it prints its whole configuration.
 * @param root folder of package.json and oclif.manifest.json
 */
export async function main(argv: string[], root: string): Promise<void> {
  // Sources are compiled by `npm run build`; looking for a TypeScript loader costs time and prints warnings.
  settings.enableAutoTranspile = false;
  // `mcpk render | head -1`: nobody reads on, and there is nothing to say about it.
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
  try {
    await run(argv, { root });
    await flush();
  } catch (error) {
    if (isPlainExit(error)) return;
    await report(error, argv, root);
  }
}

/** `--help` and `--version` end by an error that is none. */
function isPlainExit(error: unknown): boolean {
  return error instanceof Error && (error as { oclif?: { exit?: number } }).oclif?.exit === 0;
}

async function report(error: unknown, argv: string[], root: string): Promise<void> {
  const { toMcpkError } = await import('./usage-error.ts');
  const manifest = readManifest(root);
  const words = ownArguments(argv);
  const command = words.find((word) => !word.startsWith('-')) ?? '';
  const shown: McpkError = toMcpkError(error, {
    commands: Object.keys(manifest),
    flags: Object.keys(manifest[command]?.flags ?? {}),
  });
  process.exitCode = shown.exitCode;
  if (words.includes('--json')) {
    const { errorEnvelope } = await import('./output/envelope.ts');
    process.stdout.write(errorEnvelope(command, shown, []));
    return;
  }
  const { errorText } = await import('./output/error.ts');
  const { styleFor } = await import('./output/style.ts');
  process.stderr.write(errorText(shown, styleFor('stderr', process.env)));
}

function readManifest(root: string): Record<string, { flags?: Record<string, unknown> }> {
  const manifest = JSON.parse(readFileSync(join(root, 'oclif.manifest.json'), 'utf8'));
  return (manifest as { commands: Record<string, { flags?: Record<string, unknown> }> }).commands;
}
