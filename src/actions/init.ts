import { loadCatalog } from '../adapters/catalog.ts';
import { writeFileAtomically } from '../adapters/files.ts';
import type { InitResult } from '../contract.ts';
import { newConfig } from '../core/config/edit.ts';
import { parseConfig } from '../core/config/parse.ts';
import { UsageError } from '../errors.ts';
import { catalogServer } from './add-server.ts';
import { configPath, shownPath } from './config-path.ts';
import { describeServer } from './describe-server.ts';

export interface InitOptions {
  cwd: string;
  config?: string | undefined;
  name: string;
  namespace?: string | undefined;
  engine: 'mcpk' | 'docker';
  servers: string[];
}

/** Writes a new config file; one that is already there is never touched. @throws UsageError */
export async function init(options: InitOptions): Promise<InitResult> {
  const catalog = await loadCatalog();
  const path = configPath(options);
  const file = shownPath(options.cwd, path);
  const namespace = options.namespace ?? options.name;
  const servers = Object.fromEntries(options.servers.map((name) => [name, catalogServer(name, catalog)]));
  const text = newConfig({ name: options.name, namespace, engine: options.engine, servers });
  // The flags go through the same checks as a file that was written by hand.
  const parsed = parseConfig(new TextEncoder().encode(text), file);
  if (!parsed.ok) throw new UsageError('config.invalid', parsed.problems[0]?.message ?? 'the values are not valid');
  if (!(await writeFileAtomically(path, text, { create: true }))) {
    throw new UsageError('config.exists', `${file} is already there; it was not changed`, {
      suggestions: ['mcpk add-server NAME adds a server to it', `mcpk init --config OTHER.yaml writes another file`],
    });
  }
  const described = Object.entries(servers).map(([name, server]) => describeServer(name, server, catalog));
  return { file, name: options.name, namespace, servers: described };
}
