import { type ClientName, TOKEN_PLACEHOLDER, TOKEN_VARIABLE } from './client-entry.ts';
import { type TokenPlace, tokenCommand } from './token-command.ts';

/** What is left to do by hand, so that a client has the token; the token itself is on no screen and in no history. */
export function clientSteps(
  client: ClientName,
  token: TokenPlace,
  { written, platform }: { written: boolean; platform: string },
): string[] {
  switch (client) {
    case 'claude':
      return written
        ? ['the file holds the token, and only you can read it (mode 0600)', 'restart Claude Desktop']
        : [
            `Claude Desktop reads no reference: put the token where ${TOKEN_PLACEHOLDER} stands, or let --write do it`,
            'restart Claude Desktop',
          ];
    case 'claude-code':
      return ['start claude in this folder and approve the server: it fetches the token by the command in the entry'];
    case 'vscode':
      return [
        'start the server in VS Code: it asks once for the token, and keeps it in its own secret store',
        `copy the token: ${tokenCommand(token)} | ${copyCommand(platform)}`,
      ];
    case 'cursor':
      return [exported(token), 'start Cursor from that shell: cursor .'];
    case 'json':
      return [exported(token)];
  }
}

/** A shell keeps the command in its history, not what the command writes. */
function exported(token: TokenPlace): string {
  return `export ${TOKEN_VARIABLE}="$(${tokenCommand(token)})"`;
}

function copyCommand(platform: string): string {
  if (platform === 'darwin') return 'pbcopy';
  return platform === 'win32' ? 'clip' : 'xclip -selection clipboard';
}
