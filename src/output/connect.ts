import type { ChalkInstance } from 'chalk';
import type { ConnectEvent } from '../actions/connect.ts';
import type { ConnectResult } from '../contract.ts';
import { formatDuration } from '../core/deploy/duration.ts';
import { oneLine } from './report/safe.ts';

/** On stdout: the client's entry where it was asked for and is not in its file; else the URL. */
export function connectText({ url, client }: ConnectResult): string {
  return client && !client.written ? `${JSON.stringify(client.entry, null, 2)}\n` : `${url}\n`;
}

/** On stderr, when it listens. */
export function listeningText(result: ConnectResult, style: ChalkInstance): string {
  const { app, namespace, context, pod, url, token, client } = result;
  const lines = [`${style.bold(app)} is at ${url}: pod ${pod}, namespace ${namespace} of ${context}`];
  if (client?.written) lines.push(`${client.file} has the entry "${app}"`);
  else if (client?.file) lines.push(`the entry belongs into ${client.file} (--write puts it there)`);
  const steps = client ? client.nextSteps : [`the token is in Secret ${token.secret}: ${token.command}`];
  lines.push(...steps.map((step) => `  ${style.cyan('next:')} ${step}`), style.dim('Ctrl-C ends it'));
  return lines.map((line) => `${line}\n`).join('');
}

/** A line of the log. */
export function eventText(event: ConnectEvent, now: Date): string {
  return `${now.toTimeString().slice(0, 8)} ${oneLine(words(event))}\n`;
}

function words(event: ConnectEvent): string {
  switch (event.type) {
    case 'lost':
      return `new connections wait: ${event.reason}`;
    case 'back':
      return `connected again to pod ${event.pod} after ${formatDuration(event.afterMs)}`;
    case 'moved':
      return `pod ${event.from} is gone: new connections go to pod ${event.to}`;
    case 'broken':
      return `a connection was closed: ${event.reason}`;
    case 'stopping':
      return 'stopping';
  }
}
