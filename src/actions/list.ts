import { loadCatalog } from '../adapters/catalog.ts';
import type { ListResult } from '../contract.ts';
import { describeServer } from './describe-server.ts';
import { loadConfig } from './load-app.ts';

/** The servers of the config file, or with `catalog` what there is to add; the latter needs no config. */
export async function list(options: {
  cwd: string;
  config?: string | undefined;
  catalog: boolean;
}): Promise<ListResult> {
  if (options.catalog) {
    const entries = Object.values(await loadCatalog());
    return { servers: [], catalog: entries.map(({ name, description }) => ({ name, description })) };
  }
  const { parsed, catalog } = await loadConfig(options);
  const { name, namespace, servers } = parsed.config;
  return {
    app: name,
    namespace: namespace ?? name,
    servers: Object.entries(servers).map(([server, config]) => describeServer(server, config ?? {}, catalog)),
  };
}

/** The catalog's servers that need no image of the user's. */
export async function listCatalogNames(): Promise<{ name: string; description: string }[]> {
  return Object.values(await loadCatalog()).filter(({ image }) => image !== null);
}
