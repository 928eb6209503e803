import type { Selection } from '../core/lint/run.ts';
import type { Severity } from '../core/rules/finding.ts';
import type { PodSecurityPolicy } from '../core/rules/pod-security.ts';
import type { ImageOptions } from './image-options.ts';

export interface LintImageOptions extends ImageOptions {
  platform: string;
  /** Registries are asked for what the cache does not have. Without it only what is there is looked at. */
  ask: boolean;
}

export interface LintOptions {
  cwd: string;
  version: string;
  /** Files, folders, patterns, `-`; none is the config. */
  paths: string[];
  config?: string | undefined;
  selection: Selection;
  failOn: Severity;
  podSecurity: PodSecurityPolicy;
  honourIgnores: boolean;
  /** Path of a baseline file. */
  baseline?: string | undefined;
  /** Write one of what is found instead of telling it. */
  writeBaseline?: string | undefined;
  fix: boolean;
  diff: boolean;
  /** What could not be checked fails nothing. */
  allowUnchecked: boolean;
  images: LintImageOptions;
  /** YYYY-MM-DD */
  today: string;
}
