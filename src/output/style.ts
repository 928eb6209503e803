import { Chalk, type ChalkInstance, supportsColor, supportsColorStderr } from 'chalk';

/** Colours for one stream: chalk honours NO_COLOR, FORCE_COLOR and whether the stream is a terminal. */
export function styleFor(stream: 'stdout' | 'stderr', env: NodeJS.ProcessEnv): ChalkInstance {
  // chalk knows FORCE_COLOR only; https://no-color.org asks for silence whenever NO_COLOR is set and not empty.
  if (env['NO_COLOR'] && !env['FORCE_COLOR']) return new Chalk({ level: 0 });
  const support = stream === 'stdout' ? supportsColor : supportsColorStderr;
  return new Chalk({ level: support ? support.level : 0 });
}

/** No colours: for files. */
export function plainStyle(): ChalkInstance {
  return new Chalk({ level: 0 });
}
