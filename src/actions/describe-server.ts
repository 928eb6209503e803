import type { ListedServer } from '../contract.ts';
import type { Catalog, ServerConfig } from '../core/config/schema.ts';

/** What there is to say about a configured server without asking anyone. */
export function describeServer(name: string, config: ServerConfig, catalog: Catalog): ListedServer {
  const entry = Object.hasOwn(catalog, name) ? catalog[name] : undefined;
  const image = config.image ?? entry?.image ?? null;
  const verdict = entry && image === entry.image && !config.command ? entry.nonRoot : undefined;
  return {
    name,
    image,
    source: config.image ? 'config' : 'catalog',
    nonRoot: verdict?.verdict ?? 'unchecked',
    ...(verdict && { reason: verdict.reason }),
  };
}
