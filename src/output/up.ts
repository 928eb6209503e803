import type { ChalkInstance } from 'chalk';
import type { UpEvent } from '../actions/up.ts';
import type { DownResult, UpResult } from '../contract.ts';
import { type ProgressStream, statusBoard } from './status-board.ts';

/** Shows what runs on this machine, while it runs. */
export function upProgress(stream: ProgressStream, style: ChalkInstance) {
  const board = statusBoard(stream, style, { mayRest: true });
  const since = new Map<string, number>();
  const show = (servers: Extract<UpEvent, { type: 'status' }>['servers']) => {
    for (const name of since.keys()) {
      if (servers.some((server) => server.name === name)) continue;
      since.delete(name);
      board.drop(name);
    }
    for (const { name, state, message, remedies = [] } of servers) {
      if (!since.has(name)) since.set(name, performance.now());
      const advice = state === 'failed' && remedies.length > 0 ? ` (${remedies.join('; ')})` : '';
      board.set(name, { state, message: message + advice }, performance.now() - (since.get(name) ?? 0));
    }
  };
  return {
    onEvent: (event: UpEvent) => {
      if (event.type === 'status') return show(event.servers);
      // A server that starts again has its time counted again.
      if (event.type === 'config-changed') since.clear();
      for (const line of eventLines(event)) board.say(line);
    },
    stop: board.stop,
  };
}

function eventLines(event: Exclude<UpEvent, { type: 'status' }>): string[] {
  switch (event.type) {
    case 'fetching':
      return [`${event.server}: fetching ${event.what}`];
    case 'listening':
      return [`${event.app} listens on ${event.url} (token in ${event.tokenFile})`];
    case 'config-changed':
      return ['the config has changed, and is in effect'];
    case 'config-kept':
      return [
        `the config has changed, and is not taken over: ${event.message}`,
        ...event.problems.map(({ line, column, message }) => `  ${line ?? '?'}:${column ?? '?'} ${message}`),
      ];
    case 'stopping':
      return ['stopping'];
  }
}

export function upText({ app, url, tokenFile, running, servers }: UpResult, style: ChalkInstance): string {
  if (!running) return '';
  const width = Math.max(0, ...servers.map(({ name }) => name.length));
  const marks = { ready: style.green('✔'), failed: style.red('✖'), progressing: style.yellow('…') };
  const rows = servers.flatMap(({ name, state, message, remedies = [] }) => [
    `  ${marks[state]} ${name.padEnd(width)}  ${message}`,
    ...remedies.map((remedy) => `      ${style.cyan('try:')} ${remedy}`),
  ]);
  return `${[
    `${style.bold(app)} runs on ${url}`,
    ...rows,
    '',
    'next: mcpk verify --target local; mcpk down stops it',
    style.dim(`the token is in ${tokenFile}`),
  ].join('\n')}\n`;
}

export function downText({ app, stopped, folder }: DownResult, style: ChalkInstance): string {
  if (!stopped) return `nothing of ${app} runs on this machine\n`;
  return `${app} has ended ${style.dim(`(what its servers stored stays in ${folder})`)}\n`;
}
