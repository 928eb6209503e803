import { resolve } from 'node:path';
import { readFileIfThere } from '../adapters/files.ts';
import { type ManifestFile, readManifestFiles } from '../adapters/manifest-files.ts';
import { type Baseline, parseBaseline } from '../core/lint/baseline.ts';
import { type Found, found } from '../core/lint/finding.ts';
import type { Text } from '../core/lint/sources.ts';
import { READING } from '../core/rules/rulings.ts';
import { UsageError } from '../errors.ts';
import { configPath, shownPath } from './config-path.ts';

/** What is linted, and what could not even be read as text. */
export interface LintInput {
  texts: Text[];
  broken: Found[];
}

interface Where {
  cwd: string;
  /** Files, folders, patterns, `-`; none is the config. */
  paths: string[];
  config?: string | undefined;
}

/** @throws UsageError where a path names nothing, EnvironmentError where it cannot be read */
export async function lintInput(where: Where): Promise<LintInput> {
  return decode(await readFiles(where));
}

async function readFiles({ paths, cwd, config }: Where): Promise<ManifestFile[]> {
  if (paths.length > 0) return readManifestFiles(paths, cwd);
  const path = configPath({ cwd, config });
  const bytes = await readFileIfThere(path);
  if (bytes) return [{ file: shownPath(cwd, path), bytes, named: true }];
  throw new UsageError('config.not-found', `there is no ${shownPath(cwd, path)}`, {
    suggestions: config
      ? ['check the path given with --config']
      : [
          'mcpk init writes one',
          'mcpk lint PATH looks at manifests: files, folders, patterns, or - for standard input',
        ],
  });
}

function decode(files: readonly ManifestFile[]): { texts: Text[]; broken: Found[] } {
  const texts: Text[] = [];
  const broken: Found[] = [];
  for (const { file, bytes, named } of files) {
    try {
      texts.push({ file, named, text: new TextDecoder('utf-8', { fatal: true }).decode(bytes) });
    } catch {
      const spot = { file, place: undefined, pointer: '' };
      broken.push(found(READING.encoding, spot, { message: 'the file is not UTF-8 text' }));
    }
  }
  return { texts, broken };
}

/** A baseline, and the file that it stands in. */
export type NamedBaseline = { baseline: Baseline; file: string };

/** @throws UsageError */
export async function readBaseline(cwd: string, baseline: string): Promise<NamedBaseline> {
  const bytes = await readFileIfThere(resolve(cwd, baseline));
  const parsed = bytes && parseBaseline(new TextDecoder().decode(bytes));
  if (parsed) return { baseline: parsed, file: baseline };
  throw new UsageError('lint.baseline', bytes ? `${baseline} is no baseline` : `there is no ${baseline}`, {
    suggestions: [`mcpk lint --write-baseline ${baseline} writes one`],
  });
}
