import type { ChalkInstance } from 'chalk';
import type { DeployEvent } from '../actions/deploy.ts';
import { type ProgressStream, statusBoard } from './status-board.ts';

/** Shows a deploy while it runs. */
export interface Progress {
  onEvent: (event: DeployEvent) => void;
  /** Ends what is shown; call it also when the deploy failed. */
  stop: () => void;
}

export function deployProgress(stream: ProgressStream, style: ChalkInstance): Progress {
  const board = statusBoard(stream, style);
  return {
    onEvent: (event) => {
      if (event.type === 'workload') board.set(event.name, event.status, event.elapsedMs);
      else for (const line of eventLines(event)) board.say(line);
    },
    stop: board.stop,
  };
}

function eventLines(event: Exclude<DeployEvent, { type: 'workload' }>): string[] {
  switch (event.type) {
    case 'target':
      return [`Deploying ${event.app} to namespace ${event.namespace} of ${event.context} (${event.server})`];
    case 'applied':
      return event.action === 'unchanged' ? [] : [`${event.object.kind} ${event.object.name} ${event.action}`];
    case 'token':
      return event.action === 'created' ? [`Secret ${event.secret} created with a new random token`] : [];
    case 'pruned':
      return [`${event.object.kind} ${event.object.name} removed: it is no longer part of the app`];
    case 'images':
    case 'warning':
      return [];
  }
}
