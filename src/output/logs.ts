import type { ChalkInstance } from 'chalk';
import type { LogsResult } from '../contract.ts';
import { oneLine } from './report/safe.ts';

type Line = LogsResult['lines'][number];

/** Writes lines of logs, each under its server's name where there are several. */
export function logLines(style: ChalkInstance, servers: readonly string[]): (lines: readonly Line[]) => string {
  const width = Math.max(0, ...servers.map((name) => name.length));
  const colours = [style.cyan, style.magenta, style.blue, style.yellow, style.green];
  const prefix = (server: string) => {
    const colour = colours[Math.max(0, servers.indexOf(server)) % colours.length] ?? style.dim;
    return servers.length > 1 ? `${colour(`${server.padEnd(width)} |`)} ` : '';
  };
  return (lines) =>
    lines.map(({ server, previous, text }) => `${prefix(server)}${shown(text, previous, style)}\n`).join('');
}

function shown(text: string, previous: boolean, style: ChalkInstance): string {
  return previous ? style.dim(withoutControls(text)) : withoutControls(text);
}

/** Colours of the server's own stay; nothing else may move the cursor or ring the bell. */
function withoutControls(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the characters to keep out
  return text.replaceAll(/(\u001b\[[0-9;]*m)|[\u0000-\u0008\u000a-\u001f\u007f-\u009f]/g, (_, colour = '') => colour);
}

/** Why a server has no line. */
export function silentText({ server, reason, remedies = [] }: LogsResult['silent'][number]): string {
  return [`${server} has no log: ${oneLine(reason)}`, ...remedies.map((remedy) => `  try: ${oneLine(remedy)}`)].join(
    '\n',
  );
}
