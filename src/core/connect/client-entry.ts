import type { TokenPlace } from './token-command.ts';
import { headersCommand } from './token-command.ts';

/** Programs whose config files are known. `json` is what most others read. */
export const CLIENTS = ['claude', 'claude-code', 'vscode', 'cursor', 'json'] as const;
export type ClientName = (typeof CLIENTS)[number];

/** What stands for the token where it is not written. */
export const TOKEN_PLACEHOLDER = 'TOKEN';
/** The environment variable that entries refer to. */
export const TOKEN_VARIABLE = 'MCPK_TOKEN';

export interface EntryFacts {
  /** Name of the app: the name of the entry. */
  app: string;
  url: string;
  token: TokenPlace;
}

/** A client's config file, or the part of it that is ours. */
export type ClientDocument = Record<string, Record<string, ClientServer> | ClientInput[]>;
export type ClientServer = Record<string, string | string[] | Record<string, string>>;
export interface ClientInput {
  type: 'promptString';
  id: string;
  description: string;
  password: true;
}

/** Whether the client can only read the token itself, not a reference to it. */
export function needsLiteral(client: ClientName): boolean {
  return client === 'claude';
}

/**
 * The entry in the client's own format. It never holds the token, except for a client that can do no better.
 * @param literal the token, or what stands for it
 */
export function clientDocument(
  client: ClientName,
  { app, url, token }: EntryFacts,
  literal = TOKEN_PLACEHOLDER,
): ClientDocument {
  const bearer = (reference: string) => ({ Authorization: `Bearer ${reference}` });
  switch (client) {
    case 'claude':
      // Claude Desktop starts programs only. mcp-remote fills in what its environment holds, so that no argument list
      // shows the token; a blank inside an argument is lost on Windows.
      return {
        mcpServers: {
          [app]: {
            command: 'npx',
            args: [
              '-y',
              'mcp-remote@0.15',
              url,
              '--transport',
              'http-only',
              '--header',
              `Authorization:\${AUTHORIZATION}`,
            ],
            env: { AUTHORIZATION: `Bearer ${literal}` },
          },
        },
      };
    case 'claude-code':
      return { mcpServers: { [app]: { type: 'http', url, headersHelper: headersCommand(token) } } };
    case 'vscode': {
      const id = `${app}-token`;
      const description = `Token of ${app} (Secret ${token.secret}, namespace ${token.namespace})`;
      return {
        inputs: [{ type: 'promptString', id, description, password: true }],
        servers: { [app]: { type: 'http', url, headers: bearer(`\${input:${id}}`) } },
      };
    }
    case 'cursor':
      return { mcpServers: { [app]: { url, headers: bearer(`\${env:${TOKEN_VARIABLE}}`) } } };
    case 'json':
      return { mcpServers: { [app]: { type: 'http', url, headers: bearer(`\${${TOKEN_VARIABLE}}`) } } };
  }
}
