import { relative, resolve } from 'node:path';

const DEFAULT_CONFIG = 'mcpk.yaml';

export interface ConfigPlace {
  cwd: string;
  /** Path of the config file, relative to cwd. */
  config?: string | undefined;
}

export function configPath({ cwd, config }: ConfigPlace): string {
  return resolve(cwd, config ?? DEFAULT_CONFIG);
}

/** The shortest name that still leads there from cwd. */
export function shownPath(cwd: string, path: string): string {
  const inside = relative(cwd, path);
  return inside === '' || inside.startsWith('..') ? path : inside;
}
