import { readdirSync, readFileSync } from 'node:fs';
import { parse } from 'yaml';
import { type Catalog, catalogEntrySchema } from '../../src/core/config/schema.ts';

/** The catalog as its sources say, not as it was compiled. */
export function catalogFromTemplates(): Catalog {
  const folder = new URL('../../templates/servers/', import.meta.url);
  const entries = readdirSync(folder).map((file) =>
    catalogEntrySchema.parse(parse(readFileSync(new URL(file, folder), 'utf8'))),
  );
  return Object.fromEntries(entries.map((entry) => [entry.name, entry]));
}
