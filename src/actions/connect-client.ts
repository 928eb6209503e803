import { join } from 'node:path';
import { readFileIfThere, writeFileAtomically } from '../adapters/files.ts';
import type { KubeConnection } from '../adapters/kube/connection.ts';
import { readToken } from '../adapters/kube/read-token.ts';
import type { ConnectResult } from '../contract.ts';
import type { App } from '../core/app/app.ts';
import { type ClientName, clientDocument, type EntryFacts, needsLiteral } from '../core/connect/client-entry.ts';
import { clientSteps } from '../core/connect/client-steps.ts';
import { mergeEntry } from '../core/connect/merge-entry.ts';
import { UsageError } from '../errors.ts';
import { shownPath } from './config-path.ts';

/** Where clients keep their files. */
export interface ClientPlaces {
  cwd: string;
  homedir: string;
  platform: NodeJS.Platform;
  env: NodeJS.ProcessEnv;
}

export interface HookUp {
  client: ClientName;
  write: boolean;
  facts: EntryFacts;
  places: ClientPlaces;
  kube: KubeConnection;
  app: App;
  signal: AbortSignal;
}

/**
 * Describes a client's entry, and with `write` puts it into the client's file.
 * @throws UsageError where the file cannot be edited without loss, McpkError where the token cannot be read
 */
export async function hookUp(job: HookUp): Promise<NonNullable<ConnectResult['client']>> {
  const { client, write, facts, places } = job;
  const path = clientFile(client, places);
  const file = path && shownPath(places.cwd, path);
  if (write && path) await writeEntry(path, job);
  const holdsToken = needsLiteral(client);
  return {
    name: client,
    ...(file && { file }),
    written: write,
    holdsToken,
    entry: clientDocument(client, facts),
    nextSteps: clientSteps(client, facts.token, { written: write, platform: places.platform }),
  };
}

/** @throws UsageError where there is no file to write */
export function refuseUnwritable(client: ClientName | undefined): void {
  if (client !== undefined && client !== 'json') return;
  throw new UsageError('usage.invalid', '--write needs to know whose file: --client json is for any', {
    suggestions: ['--client claude-code --write', 'or without --write: the entry is printed'],
  });
}

async function writeEntry(path: string, { client, facts, places, kube, app, signal }: HookUp): Promise<void> {
  const before = await readFileIfThere(path);
  const literal = needsLiteral(client) ? await readToken(kube, app, signal) : undefined;
  const text = before && new TextDecoder('utf-8', { ignoreBOM: true }).decode(before);
  const merged = mergeEntry(text, clientDocument(client, facts, literal));
  if (!merged.ok) throw cannotEdit(merged.why, shownPath(places.cwd, path), client, facts.app);
  if (merged.text === text && literal === undefined) return;
  await writeFileAtomically(path, merged.text, literal === undefined ? {} : { mode: 0o600 });
}

function cannotEdit(why: 'not-json' | 'shape' | 'taken', file: string, client: ClientName, app: string): UsageError {
  const byHand = `paste the entry yourself: mcpk connect --client ${client} prints it`;
  switch (why) {
    case 'taken':
      return new UsageError(
        'connect.entry-taken',
        `${file} has an entry "${app}" that leads elsewhere; it was not changed`,
        {
          suggestions: ['rename that entry, or the app', byHand],
        },
      );
    case 'not-json':
      return new UsageError('connect.client-file', `${file} is no plain JSON; it was not changed`, {
        suggestions: [byHand, 'comments and trailing commas would be lost: take them out, then run it again'],
      });
    case 'shape':
      return new UsageError(
        'connect.client-file',
        `${file} is JSON of a shape that is not ${client}'s; it was not changed`,
        {
          suggestions: [byHand],
        },
      );
  }
}

function clientFile(client: ClientName, { cwd, homedir, platform, env }: ClientPlaces): string | undefined {
  switch (client) {
    case 'claude':
      return join(claudeFolder(homedir, platform, env), 'claude_desktop_config.json');
    case 'claude-code':
      return join(cwd, '.mcp.json');
    case 'vscode':
      return join(cwd, '.vscode', 'mcp.json');
    case 'cursor':
      return join(cwd, '.cursor', 'mcp.json');
    case 'json':
      return undefined;
  }
}

function claudeFolder(homedir: string, platform: NodeJS.Platform, env: NodeJS.ProcessEnv): string {
  if (platform === 'darwin') return join(homedir, 'Library', 'Application Support', 'Claude');
  if (platform === 'win32') return join(env['APPDATA'] || join(homedir, 'AppData', 'Roaming'), 'Claude');
  return join(env['XDG_CONFIG_HOME'] || join(homedir, '.config'), 'Claude');
}
