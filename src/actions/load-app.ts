import { loadCatalog } from '../adapters/catalog.ts';
import { readFileIfThere } from '../adapters/files.ts';
import type { App, TargetKind } from '../core/app/app.ts';
import { resolveApp } from '../core/app/resolve.ts';
import { type ParsedConfig, parseConfig } from '../core/config/parse.ts';
import type { NodeProblem } from '../core/config/pointer.ts';
import type { Catalog } from '../core/config/schema.ts';
import { UsageError } from '../errors.ts';
import { type ConfigPlace, configPath, shownPath } from './config-path.ts';

export type LoadOptions = ConfigPlace;

export interface LoadedConfig {
  parsed: ParsedConfig;
  catalog: Catalog;
  path: string;
}

export interface LoadedApp {
  app: App;
  parsed: ParsedConfig;
}

/** Reads and checks the config file. @throws UsageError with every fault and its place */
export async function loadConfig({ cwd, config }: LoadOptions): Promise<LoadedConfig> {
  const path = configPath({ cwd, config });
  const shown = shownPath(cwd, path);
  const bytes = await readFileIfThere(path);
  if (!bytes) {
    throw new UsageError('config.not-found', `there is no ${shown}`, {
      suggestions: config
        ? ['check the path given with --config']
        : ['mcpk init writes one', 'mcpk --config FILE uses another file'],
    });
  }
  const parsed = parseConfig(bytes, shown);
  if (!parsed.ok) {
    throw new UsageError('config.invalid', `${shown} is not a valid config`, { problems: parsed.problems });
  }
  return { parsed: parsed.value, catalog: await loadCatalog(), path };
}

/** The resolved app of the config file. @throws UsageError */
export async function loadApp(options: LoadOptions & { version: string; target?: TargetKind }): Promise<LoadedApp> {
  const { parsed, catalog } = await loadConfig(options);
  const { version, target = 'cluster' } = options;
  const resolved = resolveApp({ config: parsed.config, catalog, version, target });
  if (!resolved.ok) throw unresolvedError(parsed, resolved.problems);
  return { app: resolved.app, parsed };
}

/** An error of the config that was found after parsing, with the places of its faults. */
function unresolvedError(parsed: ParsedConfig, faults: NodeProblem[]): UsageError {
  const problems = faults.map((fault) => ({ file: parsed.file, ...parsed.locate(fault.pointer), ...fault }));
  return new UsageError('config.unresolved', `${parsed.file} leaves something open`, { problems });
}
