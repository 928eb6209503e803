import type { ChalkInstance } from 'chalk';
import type { UpEvent } from '../actions/up.ts';
import type { DownResult, UpResult } from '../contract.ts';
import { type ProgressStream, statusBoard } from './status-board.ts';

type ServerStatus = Extract<UpEvent, { type: 'status' }>['servers'][number];

/** Shows what runs on this machine, while it runs. */
export function upProgress(stream: ProgressStream, style: ChalkInstance) {
  const board = statusBoard(stream, style, { mayRest: true });
  const shown = new Map<string, { status: ServerStatus; since: number }>();
  const others = (than: string) => [...shown.values()].map(({ status }) => status).filter(({ name }) => name !== than);
  const show = (servers: readonly ServerStatus[]) => {
    for (const name of shown.keys()) {
      if (servers.some((server) => server.name === name)) continue;
      shown.delete(name);
      board.drop(name);
    }
    for (const status of servers) {
      const { name, state, message, remedies = [] } = status;
      const before = shown.get(name);
      const isNew = before?.status.state !== state || before.status.message !== message;
      // One that starts again has its time counted again.
      const since = before && !(isNew && state === 'progressing') ? before.since : performance.now();
      shown.set(name, { status, since });
      board.set(name, { state, message }, performance.now() - since);
      if (isNew) for (const remedy of remedies) board.say(`${name}: try: ${remedy}`);
    }
  };
  return {
    onEvent: (event: UpEvent) => {
      if (event.type === 'status') return show(event.servers);
      if (event.type === 'fetching')
        return show([
          ...others(event.server),
          { name: event.server, state: 'progressing', message: `fetching ${event.what}` },
        ]);
      for (const line of eventLines(event)) board.say(line);
    },
    stop: board.stop,
  };
}

function eventLines(event: Exclude<UpEvent, { type: 'status' | 'fetching' }>): string[] {
  switch (event.type) {
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
    case 'printed':
      return [event.line];
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

export function downText({ config, stopped }: DownResult, style: ChalkInstance): string {
  if (stopped.length === 0) return `nothing of ${config} runs on this machine\n`;
  const kept = (folder: string) => style.dim(`(what its servers stored stays in ${folder})`);
  return stopped.map(({ app, folder }) => `${app} has ended ${kept(folder)}\n`).join('');
}
