import type { Catalog } from '../core/config/schema.ts';

/** The built-in catalog: templates/servers/*.yaml, compiled by `npm run generate`. */
export async function loadCatalog(): Promise<Catalog> {
  const module = await import('./catalog.generated.json', { with: { type: 'json' } });
  return module.default as unknown as Catalog;
}
