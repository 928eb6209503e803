import type { App } from '../../src/core/app/app.ts';
import { resolveApp } from '../../src/core/app/resolve.ts';
import { parseConfig } from '../../src/core/config/parse.ts';
import { catalogFromTemplates } from './catalog.ts';

/** Parses config text; faults come back as `line:column message`. */
export function faultsOf(text: string | Uint8Array): string[] {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  const parsed = parseConfig(bytes, 'mcpk.yaml');
  return parsed.ok
    ? []
    : parsed.problems.map(({ line, column, message }) => `${line ?? '-'}:${column ?? '-'} ${message}`);
}

/** The resolved app of a config text that has no faults. */
export function appOf(text: string): App {
  const parsed = parseConfig(new TextEncoder().encode(text), 'mcpk.yaml');
  if (!parsed.ok) throw new Error(parsed.problems.map(({ message }) => message).join('\n'));
  const resolved = resolveApp({ config: parsed.value.config, catalog: catalogFromTemplates(), version: '1.2.3' });
  if (!resolved.ok) throw new Error(resolved.problems.map(({ message }) => message).join('\n'));
  return resolved.app;
}
